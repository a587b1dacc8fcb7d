"""Agreements over HTTP: drafted, set, signed by everybody or not in effect, performed or broken."""

import io
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import docx
import pytest
import pytest_asyncio

from fakes.disputes import GUARDIAN, a_mediator, a_party, a_person, problem, taken_up
from fakes.served import FAR, RESIDENT
from fakes.signing import Bench, a_bench
from yuzhi.capabilities.agreements import mind_performance

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHIEF = "p-chief"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """One town, with a mediator whose post is at the desk."""
    async with a_bench(own_database, tmp_path_factory.mktemp("home")) as made:
        saved = await made.city.post("/mediators", {"mediators": [a_mediator("m1", post="p-desk")]}, CHIEF)
        assert saved.status_code == 200, saved.text
        yield made


@dataclass
class Case:
    """A dispute with a mediator, ready to be agreed on."""

    id: str
    parties: list[str]
    people: list[dict[str, str]]

    @property
    def path(self) -> str:
        """Return where its agreements are."""
        return f"/disputes/{self.id}/agreements"


async def a_case(bench: Bench, *more: dict[str, Any], **said: Any) -> Case:
    people = [a_person("赵甲"), a_person("孙乙")]
    given = [a_party(1, people[0]), a_party(2, people[1]), *more]
    opened = await taken_up(bench.city, parties=given, happened_on="2026-10-20", **said)
    await bench.city.pool.execute("update mediator set most_cases = 1000")
    reason = {"mediator": "m1", "reason": "熟悉邻里纠纷", "is_chief": True}
    gave = await bench.city.post(f"/disputes/{opened['id']}/mediators", reason)
    assert gave.status_code == 204, gave.text
    return Case(opened["id"], opened["parties"], people)


def terms(case: Case, **said: Any) -> dict[str, Any]:
    return {
        "facts": "十月二十日楼上漏水，楼下吊顶受损。", "issues": "赔偿数额。",
        "terms": "赔偿三千元，分两期付清。",
        "instalments": [
            {"party": case.parties[1], "due_on": "2026-11-20", "what": "支付首期赔偿款",
             "amount_fen": 100_000},
            {"party": case.parties[1], "due_on": "2026-12-20", "what": "支付余款", "amount_fen": 200_000},
        ],
        **said,
    }  # fmt: skip


async def drafted(bench: Bench, case: Case, **said: Any) -> str:
    answer = await bench.city.post(case.path, terms(case, **said))
    assert answer.status_code == 201, answer.text
    id_: str = answer.json()["id"]
    return id_


async def offered(bench: Bench, case: Case, **said: Any) -> str:
    id_ = await drafted(bench, case, **said)
    answer = await bench.city.post(f"{case.path}/{id_}/offer", {})
    assert answer.status_code == 200, answer.text
    return id_


async def signed(bench: Bench, case: Case, id_: str, **said: Any) -> Any:
    return await bench.city.post(f"{case.path}/{id_}/signatures", said)


async def in_effect(bench: Bench, case: Case, **said: Any) -> Mapping[str, Any]:
    id_, scan = await offered(bench, case, **said), await bench.a_scan()
    for party in case.parties:
        assert (await signed(bench, case, id_, role="party", party=party, file=scan)).status_code == 200
    assert (await signed(bench, case, id_, role="mediator", mediator="m1")).status_code == 200
    assert (await signed(bench, case, id_, role="seal")).status_code == 200
    done = await bench.city.post(f"{case.path}/{id_}/conclude", {})
    assert done.status_code == 200, done.text
    found: Mapping[str, Any] = done.json()
    return found


async def lines_of(bench: Bench, agreement: str) -> list[str]:
    word = await bench.city.get(f"{agreement}/document.docx")
    assert word.status_code == 200, word.text
    return [part.text for part in docx.Document(io.BytesIO(word.content)).paragraphs]


async def papers_tell_who_signed(bench: Bench, one: str, signed_text: str, unsigned: bytes) -> None:
    """Check that both papers of an agreement say who signed, how and when, and which text."""
    end = await lines_of(bench, one)
    assert "赵甲（签名）：手机验证码签署，2026-11-02 10:00" in end
    assert "孙乙（签名）：纸质签名，扫描件存档，2026-11-02" in end
    assert "调解员 调解员m1（签名）：以调解员身份在平台签署，2026-11-02 10:00" in end
    assert any(line.endswith("（印章）：已加盖印章，2026-11-03") for line in end)
    digest = next(line for line in end if line.startswith("所签文本的 SHA-256："))
    assert digest.partition("：")[2].replace(" ", "") == signed_text
    assert max(map(len, digest.split(" "))) < 40  # a line of the page can be broken in it
    page = (await bench.city.get(f"{one}/document.pdf")).content
    assert page.startswith(b"%PDF-")
    assert page != unsigned


async def test_signed_by_code_and_on_paper_then_performed_in_instalments(bench: Bench) -> None:
    case = await a_case(bench)
    id_ = await offered(bench, case)
    one = f"{case.path}/{id_}"
    unsigned = (await bench.city.get(f"{one}/document.pdf")).content
    assert "赵甲（签名）：" in await lines_of(bench, one)
    sent = await bench.city.post(f"{one}/codes", {"role": "party", "party": case.parties[0]})
    assert sent.status_code == 202, sent.text
    code = await bench.code_for(case.people[0]["phone"])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answer = await signed(bench, case, id_, role="party", party=case.parties[0], code=wrong)
    assert problem(answer, 403) == "signature.code_wrong"
    first = await signed(bench, case, id_, role="party", party=case.parties[0], code=code)
    assert first.status_code == 200, first.text
    assert first.json()["signatures"][0]["means"] == "code"
    again = await signed(bench, case, id_, role="party", party=case.parties[0], code=code)
    assert problem(again, 403) == "signature.code_wrong"

    # Without both signatures there is no agreement.
    early = await bench.city.post(f"{one}/conclude", {})
    assert problem(early, 409) == "agreement.signature_missing"
    assert early.json()["facts"]["basis"] == "人民调解法 29"
    assert early.json()["facts"]["lacking"] == [f"party:{case.parties[1]}", "mediator:m1", "seal"]

    bare = await signed(bench, case, id_, role="party", party=case.parties[1])
    assert problem(bare, 422) == "signature.file_missing"
    scan = await bench.a_scan()
    paper = await signed(bench, case, id_, role="party", party=case.parties[1], file=scan)
    means = {one["party"]: one["means"] for one in paper.json()["signatures"]}
    assert means == {case.parties[0]: "code", case.parties[1]: "paper"}
    assert (await signed(bench, case, id_, role="mediator", mediator="m1")).status_code == 200
    bench.clock.at += timedelta(days=1)
    assert (await signed(bench, case, id_, role="seal")).status_code == 200
    done = (await bench.city.post(f"{one}/conclude", {})).json()
    assert (done["state"], done["lacking"]) == ("effective", [])
    assert done["effective_at"] == bench.clock.at.isoformat().replace("+00:00", "Z")  # the last signature's
    assert done["confirm_until"] == "2026-12-03"

    await papers_tell_who_signed(bench, one, done["digest"], unsigned)

    part = {"performed_on": "2026-11-03", "paid_fen": 40_000}
    halfway = (await bench.city.post(f"{one}/instalments/1/performance", part)).json()
    assert (halfway["instalments"][0]["paid_fen"], halfway["instalments"][0]["performed_on"]) == (
        40_000,
        None,
    )
    much = await bench.city.post(f"{one}/instalments/1/performance", {**part, "paid_fen": 60_001})
    assert problem(much, 422) == "instalment.too_much"
    for no, fen in ((1, 60_000), (2, 200_000)):
        path = f"{one}/instalments/{no}/performance"
        last = await bench.city.post(path, {"performed_on": "2026-11-03", "paid_fen": fen})
    assert last.json()["state"] == "performed"


async def test_the_text_has_everybody_in_clear_and_is_set_in_chinese(bench: Bench) -> None:
    case = await a_case(bench)
    id_ = await drafted(bench, case, terms="付 #eval(1+1) *三千* 元 {number} {bogus} $x$ 㙍䶮")
    one = f"{case.path}/{id_}"
    word = await bench.city.get(f"{one}/document.docx")
    assert word.headers["content-type"].startswith("application/vnd.openxmlformats")
    text = "\n".join(part.text for part in docx.Document(io.BytesIO(word.content)).paragraphs)
    assert "调解协议书（草稿）" in text
    assert "赵甲" in text
    assert "付 #eval(1+1) *三千* 元 {number} {bogus} $x$ 㙍䶮" in text
    assert "支付首期赔偿款，金额人民币1,000.00元" in text
    page = await bench.city.get(f"{one}/document.pdf")
    assert page.content.startswith(b"%PDF-")
    assert b"NotoSerifSC" in page.content
    assert (await bench.city.get(f"{one}/document.pdf")).content == page.content
    for outside in (FAR, RESIDENT):
        assert (await bench.city.get(f"{one}/document.pdf", outside)).status_code in {403, 404}
    reads = await bench.city.pool.fetchval(
        "select count(*) from personal_access where matter_id = $1 and act = 'read'", case.id
    )
    assert reads >= 2 * 3


async def test_a_character_no_font_has_is_told_and_never_left_blank(bench: Bench) -> None:
    case = await a_case(bench)
    id_ = await drafted(bench, case, terms="付给𠮷先生三千元")
    page = await bench.city.get(f"{case.path}/{id_}/document.pdf")
    assert problem(page, 422) == "document.character_missing"
    assert "𠮷" in page.json()["facts"]["characters"]
    word = await bench.city.get(f"{case.path}/{id_}/document.docx")
    assert "𠮷" in "".join(part.text for part in docx.Document(io.BytesIO(word.content)).paragraphs)


async def test_an_oral_agreement_takes_effect_when_it_is_reached(bench: Bench) -> None:
    case = await a_case(bench)
    oral = terms(case, form="oral")
    refused = await bench.city.post(case.path, oral)
    assert problem(refused, 422) == "agreement.agreed_at_missing"
    assert refused.json()["facts"]["basis"] == "人民调解法 30"
    reached = (bench.clock.at - timedelta(hours=3)).isoformat()
    made = (await bench.city.post(case.path, {**oral, "agreed_at": reached})).json()
    assert (made["state"], made["lacking"]) == ("effective", [])
    assert datetime.fromisoformat(made["effective_at"]) == datetime.fromisoformat(reached)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"facts": " "}, "agreement.empty"),
        ({"form": "oral", "agreed_at": "2026-10-01T08:00:00Z"}, "agreement.before_event"),
        ({"form": "oral", "agreed_at": "2199-10-01T08:00:00Z"}, "agreement.in_future"),
        ({"instalments": [{"party": "00000000-0000-7000-8000-000000000001", "due_on": "2026-12-01",
                           "what": "道歉"}]}, "party.unknown"),
        ({"instalments": [{"party": "00000000-0000-7000-8000-000000000001", "due_on": "2026-10-01",
                           "what": "道歉"}]}, "instalment.before_agreement"),
    ],
)  # fmt: skip
async def test_agreements_that_cannot_be(bench: Bench, said: dict[str, Any], code: str) -> None:
    case = await a_case(bench)
    answer = await bench.city.post(case.path, terms(case, **said))
    assert answer.status_code in {404, 422}
    assert answer.json()["code"] == code


async def test_there_is_no_agreement_without_a_mediator(bench: Bench) -> None:
    opened = await taken_up(bench.city)
    case = Case(opened["id"], opened["parties"], [])
    assert problem(await bench.city.post(case.path, terms(case)), 409) == "agreement.no_mediator"


async def test_one_agreement_at_a_time_and_its_words_stay_once_offered(bench: Bench) -> None:
    case = await a_case(bench)
    id_ = await drafted(bench, case)
    assert problem(await bench.city.post(case.path, terms(case)), 409) == "agreement.under_way"
    one = f"{case.path}/{id_}"
    other = await bench.city.ask("PUT", one, json=terms(case, terms="赔偿四千元。", instalments=[]))
    assert (other.json()["version"], other.json()["terms"], other.json()["instalments"]) == (
        2,
        "赔偿四千元。",
        [],
    )
    scan = await bench.a_scan()
    early = await signed(bench, case, id_, role="party", party=case.parties[0], file=scan)
    assert problem(early, 409) == "agreement.wrong_state"
    await bench.city.post(f"{one}/offer", {})
    late = await bench.city.ask("PUT", one, json=terms(case))
    assert problem(late, 409) == "agreement.wrong_state"
    assert (await bench.city.post(f"{one}/give-up", {})).json()["state"] == "void"
    await drafted(bench, case)


@pytest.mark.parametrize(
    ("day", "code"), [("2026-10-25", "signature.before_draft"), ("2199-01-01", "signature.in_future")]
)
async def test_papers_are_signed_between_draft_and_today(bench: Bench, day: str, code: str) -> None:
    case = await a_case(bench)
    id_, scan = await offered(bench, case), await bench.a_scan()
    answer = await signed(bench, case, id_, role="party", party=case.parties[0], file=scan, signed_on=day)
    assert problem(answer, 422) == code


async def test_for_a_minor_the_guardian_signs(bench: Bench) -> None:
    guardian = {**GUARDIAN, "phone": a_person()["phone"]}
    minor = a_party(1, born_on="2016-01-01", representatives=[{"role": "guardian", "person": guardian}])
    case = await a_case(bench, minor)
    id_, child = await offered(bench, case), case.parties[2]
    scan = await bench.a_scan()
    alone = await signed(bench, case, id_, role="party", party=child, file=scan)
    assert problem(alone, 422) == "signature.guardian_needed"
    assert alone.json()["facts"]["basis"] == "民法典 19、20"
    shown = (await bench.city.get(f"/disputes/{case.id}")).json()["parties"]
    hand = next(one for one in shown if one["id"] == child)["representatives"][0]["id"]
    said = {"role": "party", "party": child, "representative": hand}
    assert (await bench.city.post(f"{case.path}/{id_}/codes", said)).status_code == 202
    code = await bench.code_for(guardian["phone"])
    done = await signed(bench, case, id_, **said, code=code)
    assert done.status_code == 200, done.text
    assert done.json()["signatures"][0]["is_for"]
    name = minor["person"]["name"]
    lines = await lines_of(bench, f"{case.path}/{id_}")
    assert any(line.startswith(f"{guardian['name']}（代 {name} 签名）：手机验证码签署，") for line in lines)


async def test_a_code_is_good_for_five_tries_and_ten_minutes(bench: Bench) -> None:
    case = await a_case(bench)
    id_ = await offered(bench, case)
    party, ask = case.parties[0], {"role": "party", "party": case.parties[0]}
    path = f"{case.path}/{id_}/codes"
    await bench.city.post(path, ask)
    assert problem(await bench.city.post(path, ask), 429) == "signing.wait"
    code = await bench.code_for(case.people[0]["phone"])
    for wrong in range(5):
        tried = f"{(int(code) + 1 + wrong) % 1_000_000:06d}"
        await signed(bench, case, id_, role="party", party=party, code=tried)
    spent = await signed(bench, case, id_, role="party", party=party, code=code)
    assert problem(spent, 403) == "signature.code_wrong"
    bench.clock.at += timedelta(minutes=2)
    await bench.city.post(path, ask)
    code = await bench.code_for(case.people[0]["phone"])
    bench.clock.at += timedelta(minutes=11)
    stale = await signed(bench, case, id_, role="party", party=party, code=code)
    assert problem(stale, 403) == "signature.code_wrong"


async def test_a_corrected_name_makes_another_text_of_it(bench: Bench) -> None:
    case = await a_case(bench)
    id_, scan = await offered(bench, case), await bench.a_scan()
    await bench.city.post(f"/disputes/{case.id}/parties", a_party(3))
    answer = await signed(bench, case, id_, role="party", party=case.parties[0], file=scan)
    assert problem(answer, 409) == "agreement.changed"


async def test_who_owes_is_reminded_once_and_what_is_missed_breaks_the_agreement(bench: Bench) -> None:
    case = await a_case(bench)
    made = await in_effect(bench, case)
    room, start = bench.city.needs.centre.agreements, bench.clock.at
    try:
        bench.clock.at = datetime(2026, 11, 18, 2, tzinfo=UTC)
        done = [await mind_performance(room, bench.clock.at) for _ in range(2)]
        assert done[0].reminded >= 1
        assert done[1].reminded == 0
        told = [one for one in await bench.messages() if case.people[1]["phone"] in one]
        mine = [one for one in told if "应于" in one]
        assert len(mine) == 1
        assert "2026-11-20" in mine[0]
        assert "1,000.00" in mine[0]
        assert "漏水" not in mine[0]
        bench.clock.at = datetime(2026, 11, 20, 15, 59, tzinfo=UTC)  # the last minute of the day here
        await mind_performance(room, bench.clock.at)
        path = f"{case.path}/{made['id']}"
        assert (await bench.city.get(path)).json()["state"] == "effective"
        bench.clock.at = datetime(2026, 11, 20, 16, 1, tzinfo=UTC)
        assert (await mind_performance(room, bench.clock.at)).missed >= 1
        broken = (await bench.city.get(path)).json()
        assert (broken["state"], broken["instalments"][0]["is_missed"]) == ("broken", True)
        acts = (await bench.city.get(f"/disputes/{case.id}/acts")).json()["acts"]
        assert acts[-1]["act"] == "instalment_missed"
    finally:
        bench.clock.at = start
