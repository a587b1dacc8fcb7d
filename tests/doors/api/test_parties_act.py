"""A party acts in its own case, with the number and code that were served on it and nobody's help."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio

from fakes.disputes import GUARDIAN, a_party, problem
from fakes.town import NEAR, PHONE, Browser, Town, a_town, by_phone
from yuzhi.capabilities.registry import Person, Post, PostList, save_posts

DESK, MEDIATOR = "acc-desk", "acc-both"
API = "/api/v1"


@pytest_asyncio.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    """A town in which somebody mediates."""
    async with a_town(fresh_database, tmp_path) as made:
        people = PostList((Person("both", "both"),), (Post("p-zhou", "both", "near", ("mediator",), NEAR),))
        async with made.pool.acquire() as conn:
            await save_posts(conn, people, actor="test", now=datetime.now(UTC))
        await made.assembly.ground.load()
        yield made


async def filed(desk: Browser, *parties: dict[str, Any]) -> dict[str, Any]:
    """File a dispute, and have it accepted by the unit whose mediators ask both sides."""
    matter = {
        "procedure": "people-mediation", "kind": "neighbours", "channel": "walk_in", "subject": "楼上漏水",
        "detail": "对方先动手", "territory": NEAR, "form": {"minor_party": False},
    }  # fmt: skip
    told = {"matter": matter, "parties": parties or [a_party(1), a_party(2)]}
    answer = await desk.post(f"{API}/disputes", told)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    given = await desk.post(f"{API}/matters/{found['id']}/steps/assign", {"lead": "near"})
    assert given.status_code == 200, given.text
    return found


async def code_of(desk: Browser, case: dict[str, Any], place: int) -> dict[str, str]:
    answer = await desk.post(f"{API}/disputes/{case['id']}/parties/{case['parties'][place]}/code", {})
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()
    return found


async def test_the_other_side_refuses_by_itself(town: Town) -> None:
    async with (
        town.signed_in(DESK) as desk,
        town.signed_in(MEDIATOR, post="p-zhou") as mediator,
        town.client() as party,
    ):
        case, other = await filed(desk), await filed(desk)
        here = f"{API}/matters/{case['id']}"
        assert (await mediator.post(f"{here}/steps/accept", {})).status_code == 200
        served = await code_of(desk, case, 1)
        assert served["number"] == f"{case['number']}-2"
        signed_in = await party.post(f"{API}/sign-in/tracking", served)
        assert signed_in.status_code == 200, signed_in.text
        assert signed_in.json()["matter"] == case["id"]

        # They see the case, its limits and what they may do; not what the other side said, or who asked.
        seen = (await party.get(here)).json()
        assert (seen["state"], set(seen["texts"].values()), seen["evidence"]) == ("asking", {None}, [])
        assert len((await party.get(f"{API}/disputes/{case['id']}")).json()["parties"]) == 2
        options = (await party.get(f"{here}/options")).json()["options"]
        allowed = {one["step"] for one in options if one["is_allowed"]}
        assert allowed == {"consent", "refuse", "choose-mediator", "choose-openness", "object"}
        story = (await party.get(f"{here}/journal")).json()["entries"]
        assert [one["step"] for one in story][-1] == "accept"
        assert "楼上漏水" not in str(story)
        assert "对方先动手" not in str(story)
        for hidden in ("requester", "suggestions", "draft", "receipt"):
            assert problem(await party.get(f"{here}/{hidden}"), 404) == "matter.not_found"
        assert problem(await party.delete(f"{here}/requester"), 404) == "matter.not_found"
        assert problem(await party.get(f"{API}/disputes/{case['id']}/notes"), 403) == "dispute.posts_only"
        elsewhere = await party.get(f"{API}/matters/{other['id']}")
        assert problem(elsewhere, 403) == "sign_in.only_one_matter"

        objection = {"texts": {"objection": "调解员是对方的同事"}}
        assert (await party.post(f"{here}/steps/object", objection)).status_code == 200
        not_theirs = await party.post(f"{here}/steps/withdraw", {})
        assert problem(not_theirs, 403) == "step.not_your_duty"
        refused = await party.post(f"{here}/steps/refuse", {"reason": "other_side_refuses"})
        assert (refused.status_code, refused.json()["outcome"]) == (200, "not_begun")
        entries = (await mediator.get(f"{here}/journal")).json()["entries"]
        assert [(one["step"], one["by"]["hand"]) for one in entries[-2:]] == [
            ("object", "party"), ("refuse", "party"),
        ]  # fmt: skip
        assert "调解员是对方的同事" in str(entries[-2]["facts"])
        acts = (await desk.get(f"{API}/disputes/{case['id']}/acts")).json()["acts"]
        assert [one["act"] for one in acts][-2:] == ["party_code_told", "party_joined"]


async def test_a_code_leads_to_one_party_of_one_case(town: Town) -> None:
    async with town.signed_in(DESK) as desk, town.client() as party:
        case, other = await filed(desk), await filed(desk)
        served = await code_of(desk, case, 0)
        for number in (
            f"{case['number']}-2", f"{case['number']}-3", f"{case['number']}-0", case["number"],
            f"{other['number']}-1", f"{case['number']}-x", "-1", f"{case['number']}-1-1",
        ):  # fmt: skip
            tried = await party.post(f"{API}/sign-in/tracking", {"number": number, "code": served["code"]})
            assert problem(tried, 401) in {"sign_in.wrong", "sign_in.wait"}
        # The same party comes back as the same, however often.
        for _ in range(2):
            assert (await party.post(f"{API}/sign-in/tracking", served)).status_code == 200
        accounts = await town.pool.fetch("select requester from party where requester is not null")
        assert len(accounts) == 1


async def test_for_a_minor_the_guardian_comes_in(town: Town) -> None:
    minor = a_party(2, born_on="2015-05-05", representatives=[{"role": "guardian", "person": GUARDIAN}])
    async with town.signed_in(DESK) as desk, town.client() as guardian:
        case = await filed(desk, a_party(1), minor)
        served = await code_of(desk, case, 1)
        assert (await guardian.post(f"{API}/sign-in/tracking", served)).status_code == 200
        assert (await guardian.get(f"{API}/matters/{case['id']}")).json()["state"] == "received"
        row = await town.pool.fetchrow(
            "select p.requester as child, r.requester as guardian from party p"
            " join representative r on r.party = p.id"
        )
        assert (row["child"], row["guardian"] is not None) == (None, True)


async def test_only_those_inside_tell_a_code(town: Town) -> None:
    async with town.signed_in(DESK) as desk, town.signed_in("acc-far") as outside:
        case = await filed(desk)
        path = f"{API}/disputes/{case['id']}/parties/{case['parties'][1]}/code"
        assert problem(await outside.post(path, {}), 404) == "dispute.not_found"
        nobody = f"{API}/disputes/{case['id']}/parties/{case['id']}/code"
        assert problem(await desk.post(nobody, {}), 404) == "party.unknown"


async def test_by_telephone_a_party_joins_or_brings_its_code(town: Town) -> None:
    """Known at once by the telephone the other side gave; with the code that was served, by any telephone."""
    told = {"name": "陈乙", "phone": PHONE}
    async with town.signed_in(DESK) as desk, town.client() as party:
        known, other = await filed(desk, a_party(1), a_party(2, told)), await filed(desk)
        await by_phone(town, party)
        for case, status in ((known, 200), (other, 404)):
            assert (await party.get(f"{API}/matters/{case['id']}")).status_code == status
        joined = await party.post(f"{API}/disputes/{known['id']}/parties/join", {"phone": PHONE})
        assert joined.status_code == 200, joined.text
        claimed = await party.post(f"{API}/my/matters", await code_of(desk, other, 1))
        assert claimed.json() == {"matter": other["id"], "number": other["number"]}
        for case in (known, other):
            assert (await party.get(f"{API}/matters/{case['id']}")).json()["state"] == "received"
            options = (await party.get(f"{API}/matters/{case['id']}/options")).json()["options"]
            assert {one["step"] for one in options if one["is_allowed"]} == set()  # not yet asked


async def test_who_came_by_code_may_bring_it_to_their_telephone(town: Town) -> None:
    async with town.signed_in(DESK) as desk, town.client() as party, town.client() as at_home:
        case = await filed(desk)
        served = await code_of(desk, case, 1)
        assert (await party.post(f"{API}/sign-in/tracking", served)).status_code == 200
        await by_phone(town, at_home)
        assert (await at_home.post(f"{API}/my/matters", served)).status_code == 200
        assert (await at_home.get(f"{API}/matters/{case['id']}")).json()["state"] == "received"
        assert (await at_home.get(f"{API}/matters/{case['id']}/requester")).status_code == 404
