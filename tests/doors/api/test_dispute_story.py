"""One dispute from the hall to the court with the packs that ship, and one whose instalment was not paid."""

import hashlib
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import docx
import pytest
import pytest_asyncio

from fakes.disputes import a_mediator, a_party, a_person, problem
from fakes.signing import Bench, a_bench
from fakes.town import CITY, DISTRICT, NEAR
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.agreements import mind_performance
from yuzhi.capabilities.registry import Person, Post, PostList, Unit, UnitList, save_posts, save_units
from yuzhi.store.journal import Journal, StoredEntry

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNITS = (
    Unit("centre", "区矛调中心", "dispute_centre", DISTRICT, "hotline"),
    Unit("committee", "下应街道调委会", "mediation_committee", NEAR, "centre"),
    Unit("court", "区人民法院", "court", DISTRICT),
)
POSTS = (
    Post("p-hall", "hall", "centre", ("intake_desk", "confirmation_desk", "litigation_desk"), DISTRICT),
    Post("p-zhou", "zhou", "committee", ("mediator",), NEAR),
    Post("p-court", "clerk", "court", ("court_liaison",), DISTRICT),
)
HALL, ZHOU, COURT, CHIEF = "p-hall", "p-zhou", "p-court", "p-chief"
FIRST = ("冯甲", "卫丙", "沈戊", "杨庚")
ANSWERS = {
    "field": "neighbours", "other_side": "person", "stage": "new", "arbitration_clause": "without",
    "violence": "calm",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    """A town with a centre, a committee with its mediators, and a court."""
    async with a_bench(own_database, tmp_path_factory.mktemp("home")) as made:
        people = tuple(Person(one.person, one.person) for one in POSTS)
        async with made.city.pool.acquire() as conn:
            await save_units(conn, UnitList(UNITS), actor="test", now=made.clock())
            await save_posts(conn, PostList(people, POSTS), actor="test", now=made.clock())
        await made.city.assembly.ground.load()
        directory = [
            a_mediator("zhou", unit="committee", post=ZHOU, fields=["neighbours"], territories=[NEAR]),
            a_mediator("far", unit="centre", fields=["labour"], territories=[CITY]),
            a_mediator("kin", unit="committee", fields=["neighbours"], territories=[NEAR],
                       interests=[{"name": name, "because": "亲属"} for name in FIRST]),
        ]  # fmt: skip
        saved = await made.city.post("/mediators", {"mediators": directory}, CHIEF)
        assert saved.status_code == 200, saved.text
        yield made


async def took(bench: Bench, matter: str, step: str, by: str, **said: Any) -> dict[str, Any]:
    answer = await bench.city.step(matter, step, by, **said)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def state_of(bench: Bench, matter: str, by: str = ZHOU) -> str:
    found: str = (await bench.city.get(f"/matters/{matter}", by)).json()["state"]
    return found


async def mediated(bench: Bench, one: dict[str, str], other: dict[str, str]) -> tuple[str, list[str]]:
    """Go from the hall to the second session; return the matter and its parties."""
    city, today = bench.city, bench.clock.at.date().isoformat()
    visit = await city.post("/registrations", {"answers": ANSWERS}, HALL)
    roads = {road["road"]: road for road in visit.json()["roads"]}
    assert roads["people_mediation"]["because"][0]["basis"].startswith("人民调解法 4、17")
    dispute = {
        "matter": {"procedure": "", "kind": "neighbours", "channel": "walk_in", "subject": "楼上漏水",
                   "territory": NEAR, "form": {"minor_party": False, "arose_on": "2026-10-20"}},
        "parties": [a_party(1, one), a_party(2, other)], "happened_on": "2026-10-20",
    }  # fmt: skip
    chosen = {"road": "people_mediation", "because": "想先调解", "dispute": dispute}
    done = await city.post(f"/registrations/{visit.json()['id']}/choice", chosen, HALL)
    assert done.status_code == 200, done.text
    assert (done.json()["chosen"], done.json()["because"]) == ("people_mediation", "想先调解")
    matter: str = done.json()["matter"]
    assert (await city.get(f"/matters/{matter}", HALL)).json()["lead_unit"] == "committee"

    await took(bench, matter, "accept", ZHOU)
    fits = (await city.get(f"/disputes/{matter}/mediators/fits?field=neighbours", ZHOU)).json()["fits"]
    assert fits[0]["mediator"] == "zhou"
    assert {"field", "ground", "load"} == {reason["what"] for reason in fits[0]["reasons"]}
    refused = await city.post(f"/disputes/{matter}/mediators", {"mediator": "kin", "reason": "就近"}, ZHOU)
    assert problem(refused, 409) == "mediator.has_interest"
    given = {"mediator": "zhou", "reason": "熟悉邻里纠纷，就近", "is_chief": True}
    assert (await city.post(f"/disputes/{matter}/mediators", given, ZHOU)).status_code == 204

    await took(bench, matter, "begin", ZHOU)
    for attending in (2, 3):
        await took(bench, matter, "hold-session", ZHOU, form={"held_on": today, "attending": attending})
        note = {"kind": "session", "body": "双方陈述"}
        assert (await city.post(f"/disputes/{matter}/notes", note, ZHOU)).status_code == 201
    parties = (await city.get(f"/disputes/{matter}", ZHOU)).json()["parties"]
    return matter, [party["id"] for party in parties]


async def agreed(
    bench: Bench, matter: str, parties: list[str], phone: str, due: tuple[str, ...]
) -> dict[str, Any]:
    """Draft an agreement; one signs by a code, the other on paper that was scanned; let it take effect."""
    city = bench.city
    terms = {
        "facts": "十月二十日楼上漏水，楼下吊顶受损。", "issues": "赔偿数额。", "terms": "赔偿两千元。",
        "instalments": [{"party": parties[1], "due_on": day, "what": "赔偿款", "amount_fen": 100_000}
                        for day in due],
    }  # fmt: skip
    drafted = await city.post(f"/disputes/{matter}/agreements", terms, ZHOU)
    assert drafted.status_code == 201, drafted.text
    one = f"/disputes/{matter}/agreements/{drafted.json()['id']}"
    assert (await city.post(f"{one}/offer", {}, ZHOU)).status_code == 200
    by_code = {"role": "party", "party": parties[0]}
    assert (await city.post(f"{one}/codes", by_code, ZHOU)).status_code == 202
    by_code["code"] = await bench.code_for(phone)
    scan = await bench.a_scan(ZHOU)
    hands: tuple[dict[str, Any], ...] = (
        by_code, {"role": "party", "party": parties[1], "file": scan},
        {"role": "mediator", "mediator": "zhou"}, {"role": "seal"},
    )  # fmt: skip
    for hand in hands:
        # Without everybody's signature it does not take effect, and the matter stays where it is.
        assert problem(await city.post(f"{one}/conclude", {}, ZHOU), 409) == "agreement.signature_missing"
        signed = await city.post(f"{one}/signatures", hand, ZHOU)
        assert signed.status_code == 200, signed.text
    assert await state_of(bench, matter) == "mediating"
    done = await city.post(f"{one}/conclude", {}, ZHOU)
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


async def test_from_the_hall_to_the_court_that_confirms_it(bench: Bench) -> None:
    city, day = bench.city, bench.clock.at.date().isoformat()
    one, other = a_person("冯甲"), a_person("陈乙")
    matter, parties = await mediated(bench, one, other)
    made = await agreed(bench, matter, parties, one["phone"], ("2026-11-20", "2026-12-20"))
    assert (made["state"], made["confirm_until"]) == ("effective", "2026-12-02")

    # The matter has moved by itself, with the days of the signatures and the text as evidence.
    seen = (await city.get(f"/matters/{matter}", ZHOU)).json()
    assert seen["state"] == "agreed"
    signed = ("parties_signed_on", "mediator_signed_on", "sealed_on")
    assert {name: seen["fields"][name] for name in signed} == dict.fromkeys(signed, day)
    (text,) = (piece for piece in seen["evidence"] if piece["kind"] == "agreement")
    kept = await city.get(f"/matters/{matter}/files/{text['file']}", ZHOU)
    assert kept.content.startswith(b"%PDF-")
    assert hashlib.sha256(kept.content).hexdigest() == text["file"]
    # The seal is that of the mediators' organisation, not of the centre where the case was taken up.
    word = await city.get(f"/disputes/{matter}/agreements/{made['id']}/document.docx", ZHOU)
    lines = [part.text for part in docx.Document(io.BytesIO(word.content)).paragraphs]
    assert [line for line in lines if line.startswith("下应街道调委会（印章）")]
    assert not [line for line in lines if "矛调中心" in line]
    step = (await city.get(f"/matters/{matter}/journal", ZHOU)).json()["entries"][-1]
    assert (step["step"], step["by"]["hand"]) == ("agree-in-writing", "agreement")

    # Both apply to the court within thirty days of its taking effect; parties and agreement go along.
    bench.clock.at += timedelta(days=5)
    there = {"form": {"both_apply": True, "subject_of": "ordinary"}}
    given = await took(bench, matter, "confirm", ZHOU, hand_over=there)
    assert given["state"] == "confirming"
    court = given["thread"][1]["number"]
    case = (await city.get(f"/matters/{court}", HALL)).json()
    assert case["lead_unit"] == "centre"
    (clock,) = (one for one in case["clocks"] if one["name"] == "apply")
    assert clock["due_at"].startswith("2026-12-02T16:00")  # the end of the thirtieth day here
    assert [piece["kind"] for piece in case["evidence"]] == ["agreement"]
    await took(bench, court, "take", HALL)
    inside = (await city.get(f"/disputes/{court}", HALL)).json()
    assert [(party["side"], party["person"]["name"]) for party in inside["parties"]] == [
        (1, "冯*"),
        (2, "陈*"),
    ]
    (carried,) = (await city.get(f"/disputes/{court}/agreements", HALL)).json()["agreements"]
    assert (carried["state"], carried["effective_at"]) == ("effective", made["effective_at"])
    scan, filed = await bench.a_scan(HALL), bench.clock.at.date().isoformat()
    papers = [{"file": scan, "kind": kind} for kind in ("organisation_proof", "identity")]
    await took(bench, court, "file", HALL, form={"filed_on": filed}, attachments=papers)
    await took(bench, court, "accept", COURT, form={"accepted_on": filed})
    ruling = [{"file": await bench.a_scan(COURT), "kind": "ruling"}]
    await took(bench, court, "confirm", COURT, form={"ruled_on": filed}, attachments=ruling)
    after = (await city.get(f"/matters/{matter}", ZHOU)).json()
    assert (after["state"], after["outcome"]) == ("confirmed", "confirmed")
    groups = (await city.get("/disputes/figures?by=road", "p-desk")).json()["groups"]
    counted = next(one for one in groups if one["group"] == "people-mediation")
    assert {name: counted[name]["count"] for name in ("agreed", "confirmed", "performed")} == {
        "agreed": 1, "confirmed": 1, "performed": 0,  # a court's word is not yet the money
    }  # fmt: skip
    assert (await matters.verify(city.assembly.store)).faults == ()


async def test_an_instalment_that_is_not_paid_opens_the_road_to_the_court(bench: Bench) -> None:
    city = bench.city
    one, other = a_person("卫丙"), a_person("蒋丁")
    matter, parties = await mediated(bench, one, other)
    due = [(bench.clock.at + timedelta(days=days)).date().isoformat() for days in (10, 40)]
    made = await agreed(bench, matter, parties, one["phone"], tuple(due))
    paid = {"performed_on": bench.clock.at.date().isoformat(), "paid_fen": 60_000}
    path = f"/disputes/{matter}/agreements/{made['id']}"
    part = await city.post(f"{path}/instalments/1/performance", paid, ZHOU)
    assert part.json()["instalments"][0]["paid_fen"] == 60_000
    assert await state_of(bench, matter) == "agreed"

    bench.clock.at += timedelta(days=12)
    assert (await mind_performance(city.needs.centre.agreements, bench.clock.at)).missed >= 1
    assert await state_of(bench, matter) == "unperformed"
    (clock,) = (one for one in (await city.get(path, ZHOU)).json()["instalments"] if one["is_missed"])
    assert clock["no"] == 1
    answers = {**ANSWERS, "stage": "failed"}
    told = await city.post(f"{path}/unkept", {"answers": answers}, ZHOU)
    assert "litigation" in {road["road"] for road in told.json()["roads"] if road["is_open"]}
    opened = await city.post(
        f"{path}/unkept", {"answers": answers, "road": "litigation", "lead": "centre"}, ZHOU
    )
    assert opened.status_code == 200, opened.text
    new = opened.json()["matter"]

    # Not a second matter beside the first: one thread, seen from either side, with what belongs to it.
    assert await state_of(bench, matter) == "suing"
    there = (await city.get(f"/matters/{new}", HALL)).json()
    assert (there["procedure"], there["thread"][0]["number"]) == (
        "litigation-follow", (await city.get(f"/matters/{matter}", ZHOU)).json()["number"],
    )  # fmt: skip
    inside = (await city.get(f"/disputes/{new}", HALL)).json()
    assert (inside["origin"], len(inside["parties"])) == (matter, 2)
    (broken,) = (await city.get(f"/disputes/{new}/agreements", HALL)).json()["agreements"]
    assert broken["state"] == "broken"
    acts = [act["act"] for act in (await city.get(f"/disputes/{matter}/acts", ZHOU)).json()["acts"]]
    assert acts[-1] == "reopened"


class Stuck:
    """A journal in which one matter cannot be read on: its calendar ends there."""

    def __init__(self, journal: Journal, matter: str) -> None:
        self._journal, self._matter = journal, UUID(matter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def entries(self, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[StoredEntry]]:
        if self._matter in ids:
            raise Refusal("calendar.year_not_loaded", year=2027)
        return await self._journal.entries(ids)


async def test_one_that_cannot_be_noted_holds_up_no_others(bench: Bench) -> None:
    cases = []
    for name in ("沈戊", "杨庚"):
        one = a_person(name)
        matter, parties = await mediated(bench, one, a_person())
        due = bench.clock.at.date().isoformat()
        await agreed(bench, matter, parties, one["phone"], (due,))
        cases.append(matter)
    room, office = bench.city.needs.centre.agreements, bench.city.needs.office
    stuck: Any = Stuck(office.journal, cases[0])
    hindered = replace(room, cases=replace(room.cases, office=replace(office, journal=stuck)))
    later = bench.clock.at + timedelta(days=2)
    await mind_performance(hindered, later)
    assert [await state_of(bench, one) for one in cases] == ["agreed", "unperformed"]
    await mind_performance(room, later)
    assert await state_of(bench, cases[0]) == "unperformed"


async def test_an_agreement_performed_ends_its_matter(bench: Bench) -> None:
    city = bench.city
    one, other = a_person("沈戊"), a_person("韩己")
    matter, parties = await mediated(bench, one, other)
    due = (bench.clock.at + timedelta(days=10)).date().isoformat()
    made = await agreed(bench, matter, parties, one["phone"], (due,))
    paid = {"performed_on": bench.clock.at.date().isoformat(), "paid_fen": 100_000}
    path = f"/disputes/{matter}/agreements/{made['id']}/instalments/1/performance"
    assert (await city.post(path, paid, ZHOU)).json()["state"] == "performed"
    after = (await city.get(f"/matters/{matter}", ZHOU)).json()
    assert (after["state"], after["outcome"]) == ("performed", "performed")


async def test_an_oral_agreement_moves_its_matter_or_is_refused(bench: Bench) -> None:
    city = bench.city
    matter, _ = await mediated(bench, a_person("杨庚"), a_person("朱辛"))
    oral = {"form": "oral", "facts": "漏水", "terms": "道歉", "agreed_at": bench.clock.at.isoformat()}
    assert (await city.post(f"/disputes/{matter}/agreements", oral, ZHOU)).json()["state"] == "effective"
    assert await state_of(bench, matter) == "agreed"
    # An agreement of a matter that has gone elsewhere is none: neither side moves without the other.
    again = await city.post(f"/disputes/{matter}/agreements", oral, ZHOU)
    assert problem(again, 409) == "step.wrong_state"
    assert len((await city.get(f"/disputes/{matter}/agreements", ZHOU)).json()["agreements"]) == 1
