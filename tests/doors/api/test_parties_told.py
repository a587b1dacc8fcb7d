"""Every party of a case is told what becomes of it, once, where it can be reached; and finds its way back."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from fakes.disputes import GUARDIAN, a_party, problem
from fakes.town import CITY, NEAR, PHONE, Browser, Town, a_town, by_phone
from yuzhi.capabilities.deliveries import Channel, Letter, PostRoom, carry_due, deliver_due
from yuzhi.capabilities.registry import Person, Post, PostList, save_posts

API = "/api/v1"
DESK, MEDIATOR, CLERK = "acc-desk", "acc-both", "acc-near"
AGENT = {"name": "孙律师", "phone": "13700007777"}
ZHAO, QIAN = {"name": "赵一", "phone": "13600000001"}, {"name": "钱二", "phone": "13600000002"}

A_PETITION = {
    "procedure": "petition", "channel": "letter", "requester": ZHAO, "form": {"address_unclear": False},
    "territory": CITY,
}  # fmt: skip


@dataclass
class Heard:
    """A way out that remembers what went by it: to which number, and which words."""

    letters: list[Letter] = field(default_factory=list)

    async def carry(self, letter: Letter) -> None:
        self.letters.append(letter)

    def named(self, name: str) -> list[str]:
        return sorted(one.address for one in self.letters if one.name == name)


@dataclass
class PostOffice:
    """The post of a town: what goes out, by telephone numbers."""

    room: PostRoom
    heard: Heard
    drop: Path

    async def goes_out(self) -> None:
        def now() -> datetime:
            return datetime.now(UTC)

        while (await deliver_due(self.room, now)).claimed:
            pass
        while (await carry_due(self.room, self.room.channels[0], now)).claimed:
            pass

    def receipts(self, phone: str) -> list[str]:
        files = (one.read_text(encoding="utf-8") for one in sorted(self.drop.glob("sms-party_receipt-*.md")))
        return [one for one in files if phone in one]


@pytest_asyncio.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        some = (
            Post("p-zhou", "both", "near", ("mediator",), NEAR),
            Post("p-letters", "near", "near", ("petition_desk",), CITY),
        )
        people = PostList((Person("both", "both"), Person("near", "near")), some)
        async with made.pool.acquire() as conn:
            await save_posts(conn, people, actor="test", now=datetime.now(UTC))
        await made.assembly.ground.load()
        yield made


@pytest_asyncio.fixture
async def post(town: Town, tmp_path: Path) -> PostOffice:
    heard = Heard()
    sms = Channel(name="sms", carrier=heard, reaches=frozenset({"requesters"}), contact="phone")
    room = replace(town.assembly.for_api().post.room, channels=(sms,))
    return PostOffice(room, heard, tmp_path / "outbox" / "sms")


def a_case(*parties: dict[str, Any], **said: Any) -> dict[str, Any]:
    matter = {
        "procedure": "people-mediation", "kind": "neighbours", "channel": "walk_in", "subject": "楼上漏水",
        "detail": "对方先动手", "territory": NEAR, "form": {"minor_party": False}, **said,
    }  # fmt: skip
    return {"matter": matter, "parties": list(parties)}


async def taken_up(desk: Browser, *parties: dict[str, Any], **said: Any) -> dict[str, Any]:
    answer = await desk.post(f"{API}/disputes", a_case(*parties, **said))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def done(browser: Browser, case: dict[str, Any], step: str, **said: Any) -> None:
    answer = await browser.post(f"{API}/matters/{case['id']}/steps/{step}", said)
    assert answer.status_code == 200, answer.text


async def a_scan(desk: Browser) -> str:
    kept = await desk.http.post(f"{API}/files", content=b"%PDF-1.7 consent", headers=desk._headers({}))
    assert kept.status_code == 201, kept.text
    file: str = kept.json()["file"]
    return file


async def listed(browser: Browser) -> dict[str, Any]:
    answer = await browser.get(f"{API}/my/matters")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_every_side_is_told_once_and_of_the_other_nothing(town: Town, post: PostOffice) -> None:
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
    ):
        consent = await a_scan(desk)
        agent = {"role": "agent", "person": AGENT, "consent": consent, "scope": "代为调解"}
        child = {"name": "孙小", "phone": "13600000099"}
        case = await taken_up(
            desk,
            a_party(1, ZHAO, representatives=[agent]),
            a_party(2, QIAN),
            a_party(
                2, child, born_on="2015-05-05", representatives=[{"role": "guardian", "person": GUARDIAN}]
            ),
            a_party(2, {"name": "无电话"}),
            requester=ZHAO,
        )
        await done(desk, case, "assign", lead="near")
        await done(mediator, case, "accept")
        await post.goes_out()
        # Who asked is a party too, with one telephone; for the child it is the guardian who is told.
        phones = sorted((ZHAO["phone"], QIAN["phone"], GUARDIAN["phone"], AGENT["phone"]))
        assert post.heard.named("offered") == phones
        words = next(one.body for one in post.heard.letters if one.name == "offered")
        assert "楼上漏水" not in words
        assert "对方先动手" not in words
        assert post.heard.named("received") == [ZHAO["phone"]]

        await done(mediator, case, "begin")
        await done(mediator, case, "call-session", form={"called_for": "2099-01-05", "where": "三楼"})
        await done(mediator, case, "stop", reason="other_side_stops")
        await post.goes_out()
        for letter in ("begun", "session", "other-roads"):
            assert post.heard.named(letter) == phones, letter
        assert "2099-01-05" in next(one.body for one in post.heard.letters if one.name == "session")

        acts = (await desk.get(f"{API}/disputes/{case['id']}/acts")).json()["acts"]
        unreached = [one["facts"] for one in acts if one["act"] == "letter_unreached"]
        assert [one["letter"] for one in unreached] == ["offered", "begun", "session", "other-roads"]
        assert unreached[0]["parties"] == [case["parties"][3]]
        states = await town.pool.fetch("select distinct state from delivery where audience = 'parties'")
        assert [row["state"] for row in states] == ["sent"]


async def test_who_has_left_and_whose_agency_is_over_are_told_nothing(town: Town, post: PostOffice) -> None:
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
    ):
        agent = {"role": "agent", "person": AGENT, "consent": await a_scan(desk), "scope": "代为调解"}
        case = await taken_up(desk, a_party(1, ZHAO, representatives=[agent]), a_party(2, QIAN), a_party(2))
        await done(desk, case, "assign", lead="near")
        leaves = f"{API}/disputes/{case['id']}/parties/{case['parties'][1]}/leave"
        assert (await desk.post(leaves, {"reason": "不是当事人"})).status_code == 204
        await town.pool.execute("update representative set valid_to = '2020-01-01'")
        await done(mediator, case, "accept")
        await post.goes_out()
        told = post.heard.named("offered")
        assert ZHAO["phone"] in told
        assert not {QIAN["phone"], AGENT["phone"]} & set(told)


async def test_a_party_added_later_gets_its_number_and_code(town: Town, post: PostOffice) -> None:
    async with town.signed_in(DESK) as desk, town.client() as party:
        case = await taken_up(desk, a_party(1, ZHAO), a_party(2))
        added = await desk.post(f"{API}/disputes/{case['id']}/parties", a_party(2, QIAN))
        assert added.status_code == 201, added.text
        await post.goes_out()
        (receipt,) = post.receipts(QIAN["phone"])
        assert len(post.receipts(ZHAO["phone"])) == 1
        assert "楼上漏水" not in receipt
        found = re.search(r"编号 (\d+-\d+) .*查询码 ([A-Z0-9]{5}-[A-Z0-9]{5})", receipt)
        assert found, receipt
        told = {"number": found[1], "code": found[2]}
        assert (await party.post(f"{API}/sign-in/tracking", told)).status_code == 200
        assert (await party.get(f"{API}/matters/{case['id']}")).json()["state"] == "received"
        # Asked again nobody is told twice.
        again = await desk.post(f"{API}/disputes/{case['id']}/parties", a_party(2))
        assert again.status_code == 201
        await post.goes_out()
        assert len(post.receipts(QIAN["phone"])) == 1


async def test_the_paper_with_a_code_is_for_those_who_work_on_the_case(town: Town) -> None:
    async with town.signed_in(DESK) as desk, town.signed_in("acc-far") as outside:
        rare = {"name": "𠮷一", "phone": QIAN["phone"]}  # no font of ours has it
        case = await taken_up(desk, a_party(1, ZHAO), a_party(2, rare))
        path = f"{API}/disputes/{case['id']}/parties/{case['parties'][1]}/code"
        paper = await desk.post(f"{path}/slip", {})
        assert paper.status_code == 200, paper.text
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF")
        assert problem(await outside.post(f"{path}/slip", {}), 404) == "dispute.not_found"
        acts = (await desk.get(f"{API}/disputes/{case['id']}/acts")).json()["acts"]
        assert [one["act"] for one in acts][-1] == "party_code_told"


async def test_one_sign_in_by_telephone_leads_to_every_case(town: Town, post: PostOffice) -> None:
    told = {"name": "陈乙", "phone": PHONE}
    minor = a_party(
        2, {"name": "陈小", "phone": PHONE}, born_on="2015-05-05",
        representatives=[{"role": "guardian", "person": {"name": "陈大", "phone": "13800009999"}}],
    )  # fmt: skip
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
        town.client() as by_code,
        town.client() as party,
        town.client(address="192.0.2.9") as stranger,
    ):
        first = await taken_up(desk, a_party(1, ZHAO), a_party(2, told))
        by_agent = await taken_up(
            desk,
            a_party(
                1, representatives=[
                    {"role": "agent", "person": told, "consent": await a_scan(desk), "scope": "代为调解"},
                ],
            ),
            a_party(2),
        )  # fmt: skip
        coded = await taken_up(desk, a_party(1, QIAN), a_party(2, told))
        not_theirs, of_child = (
            await taken_up(desk, a_party(1), a_party(2)),
            await taken_up(desk, a_party(1), minor),
        )
        code = f"{API}/disputes/{coded['id']}/parties/{coded['parties'][1]}/code"
        served = (await desk.post(code, {})).json()
        assert (await by_code.post(f"{API}/sign-in/tracking", served)).status_code == 200

        await by_phone(town, party)
        # At once, before any list was looked at.
        for case in (first, by_agent, coded):
            assert (await party.get(f"{API}/matters/{case['id']}")).json()["state"] == "received"
        for case in (not_theirs, of_child):
            assert (await party.get(f"{API}/matters/{case['id']}")).status_code == 404
        mine = await listed(party)
        theirs = {first["id"], by_agent["id"], coded["id"]}
        assert {one["id"] for one in mine["rows"]} == set(mine["as_party"]) == theirs
        assert {one["subject"] for one in mine["rows"]} == {None}

        # An agent whose agency is over is inside no more, and finds the case no more.
        await town.pool.execute("update representative set valid_to = '2020-01-01'")
        assert (await party.get(f"{API}/matters/{by_agent['id']}")).status_code == 404
        assert by_agent["id"] not in (await listed(party))["as_party"]

        # A case they are entered in while signed in is there, too; in it they act for themselves.
        later = await taken_up(desk, a_party(1), a_party(2, told))
        assert later["id"] in (await listed(party))["as_party"]
        await done(desk, later, "assign", lead="near")
        await done(mediator, later, "accept")
        await done(party, later, "refuse", reason="other_side_refuses")
        # The code goes on leading to its one case, and nowhere else.
        assert (await by_code.get(f"{API}/matters/{coded['id']}")).json()["state"] == "received"
        assert problem(await by_code.get(f"{API}/matters/{first['id']}"), 403) == "sign_in.only_one_matter"

        await by_phone(town, stranger, "13800138000")
        assert (await listed(stranger))["rows"] == []
        assert (await stranger.get(f"{API}/matters/{first['id']}")).status_code == 404


async def test_what_was_written_before_lies_in_the_inbox_of_who_comes(town: Town, post: PostOffice) -> None:
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
        town.client() as party,
    ):
        case = await taken_up(desk, a_party(1, ZHAO), a_party(2, {"name": "陈乙", "phone": PHONE}))
        await done(desk, case, "assign", lead="near")
        await done(mediator, case, "accept")
        await post.goes_out()
        await by_phone(town, party)
        rows = (await party.get(f"{API}/matters/{case['id']}/notices")).json()["rows"]
        assert [one["letter"] for one in rows] == ["offered"]


async def test_of_a_case_handed_over_parties_hear_the_new_number(town: Town, post: PostOffice) -> None:
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
    ):
        case = await taken_up(desk, a_party(1, ZHAO), a_party(2, QIAN), kind="wages")
        await done(desk, case, "assign", lead="near")
        for step in ("accept", "begin"):
            await done(mediator, case, step)
        over = {"procedure": "labour-dispute", "kind": "wages", "lead": "near"}
        await done(mediator, case, "to-other-road", reason="改走劳动争议", hand_over=over)
        await post.goes_out()
        assert len(post.receipts(QIAN["phone"])) == 1
        new = await town.pool.fetchrow(
            "select id::text, number from matter where procedure = 'labour-dispute'"
        )
        await done(mediator, dict(new), "mediate", form={"applied_on": f"{datetime.now(UTC):%Y-%m-%d}"})
        await post.goes_out()
        old, heard = sorted(post.receipts(QIAN["phone"]))
        told = {case["number"]: old, new["number"]: heard}
        told = told if f"{case['number']}-" in old else {case["number"]: heard, new["number"]: old}
        assert all(f"{number}-2 " in receipt for number, receipt in told.items())
        assert post.heard.named("offered") == sorted([ZHAO["phone"], QIAN["phone"]] * 2)


async def test_who_petitions_with_others_is_told_and_nobody_on_the_other_side(
    town: Town, post: PostOffice
) -> None:
    async with town.signed_in(CLERK, post="p-letters") as clerk:
        joint = await taken_up(
            clerk, a_party(1, ZHAO), a_party(1, {"name": "共同信访人", "phone": "13600000003"}),
            a_party(2, QIAN, kind="organisation"), **A_PETITION, kind="claim",
        )  # fmt: skip
        # Nobody has to stand against them: one person petitions alone.
        await taken_up(clerk, a_party(1, ZHAO), **A_PETITION, kind="accusation", detail="举报")
        await post.goes_out()
        assert post.heard.named("received") == [ZHAO["phone"]] * 2
        assert post.heard.named("taken-up") == []
        await done(clerk, joint, "transfer", lead="near")
        await post.goes_out()
        assert post.heard.named("taken-up") == [ZHAO["phone"], "13600000003"]
        assert post.receipts(QIAN["phone"]) == []
        assert len(post.receipts("13600000003")) == 1


async def test_who_files_from_home_sends_strangers_nothing(town: Town, post: PostOffice) -> None:
    async with (
        town.client() as resident,
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
    ):
        await by_phone(town, resident)
        case = await taken_up(resident, a_party(1, ZHAO, is_me=True), a_party(2, QIAN), channel="web")
        await post.goes_out()
        assert post.receipts(QIAN["phone"]) == []
        assert post.heard.named("offered") == []
        await done(desk, case, "assign", lead="near")
        await done(mediator, case, "accept")
        await post.goes_out()
        assert len(post.receipts(QIAN["phone"])) == 1
        assert QIAN["phone"] in post.heard.named("offered")


async def test_without_parties_who_asked_is_told(town: Town, post: PostOffice) -> None:
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
    ):
        opened = await desk.post(f"{API}/matters", a_case(requester=ZHAO)["matter"])
        assert opened.status_code == 201, opened.text
        await done(desk, opened.json(), "assign", lead="near")
        await done(mediator, opened.json(), "accept")
        await post.goes_out()
        assert post.heard.named("offered") == [ZHAO["phone"]]


async def test_elsewhere_a_dispute_has_two_sides(town: Town) -> None:
    async with town.signed_in(DESK) as desk:
        answer = await desk.post(f"{API}/disputes", a_case(a_party(1)))
        assert problem(answer, 422) == "dispute.one_side"
