"""The hotline's desk: a call in one request, answered or merged on the spot, and drafts that are not lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from fakes.served import CLERK, FAR, RESIDENT, Served, a_matter, served
from yuzhi.capabilities import hotline
from yuzhi.capabilities.matters import pass_answers_on
from yuzhi.capabilities.understanding.advising import HotIssueView

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLER = {"name": "陈晓东", "phone": "13900001234"}
PDF = b"%PDF-1.7\n" + bytes(80)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(own_database, tmp_path_factory.mktemp("home")) as made:
        yield made


async def call(city: Served, by: str = CLERK, headers: dict[str, str] | None = None, **said: Any) -> Any:
    parts: dict[str, Any] = {
        name: said.pop(name) for name in ("reply", "merge_into", "lead", "draft") if name in said
    }
    matter = a_matter(**said)
    matter["requester"] = CALLER
    body: dict[str, Any] = {"matter": matter, **parts}
    return await city.post("/calls", body, by, headers=headers or {})


async def test_a_call_is_one_request(city: Served) -> None:
    kept = (await city.ask("POST", "/files", content=PDF)).json()["file"]
    answer = await call(
        city, detail="三天不亮了", place_words="解放路3号", channel="web",
        attachments=[{"file": kept, "kind": "document"}],
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["tracking_code"]
    assert told["merged_into"] == ""
    seen = (await city.get(f"/matters/{told['id']}")).json()
    assert (seen["channel"], seen["has_requester"], seen["texts"]["detail"]) == (
        "hotline",
        True,
        "三天不亮了",
    )


@pytest.mark.parametrize("channel", ["letter", "walk_in"])
async def test_letters_and_visitors_are_taken_in_at_the_desk(city: Served, channel: str) -> None:
    scan = (await city.ask("POST", "/files", content=PDF)).json()["file"]
    attached = [{"file": scan, "kind": "scan"}]
    told = (await call(city, channel=channel, subject="来信：路灯不亮", attachments=attached)).json()
    seen = (await city.get(f"/matters/{told['id']}")).json()
    assert (seen["channel"], seen["evidence"]) == (channel, [{"kind": "scan", "file": scan}])
    kept = await city.get(f"/matters/{told['id']}/files/{scan}")
    assert kept.content == PDF


async def test_an_answer_given_on_the_spot_opens_and_closes_at_once(city: Served) -> None:
    answer = await call(
        city, kind="consultation", subject="居住证怎么办", reply="带身份证到派出所即可，当场受理。"
    )
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["state"], told["version"]) == ("closed", 1)
    seen = (await city.get(f"/matters/{told['id']}")).json()
    assert (seen["outcome"], seen["state"]) == ("explained", "closed")
    assert seen["texts"]["reply"].startswith("带身份证")
    assert seen["resolved_at"] == seen["opened_at"] == seen["ended_at"]
    clocks = {one["name"]: one for one in seen["clocks"]}
    assert {one["state"] for one in clocks.values()} == {"stopped"}
    assert clocks["handle"]["stopped_at"] == seen["opened_at"]
    assert seen["reopen_until"]  # whoever is not content may still say so
    entries = (await city.get(f"/matters/{told['id']}/journal")).json()["entries"]
    assert len(entries) == 1
    async with city.pool.acquire() as conn:
        letters = await conn.fetch("select letter from delivery where matter_id = $1", UUID(told["id"]))
    assert {row["letter"] for row in letters} == {"received", "answered"}


async def test_whoever_calls_about_the_same_is_answered_with_it(city: Served) -> None:
    lead = await city.opened(subject="路灯不亮")
    second = (await call(city, subject="路灯又不亮", merge_into=lead["number"])).json()
    assert (second["state"], second["merged_into"], second["version"]) == ("merged", lead["number"], 1)
    # A third names the second: it goes to the one that is answered.
    third = (await call(city, subject="路灯还不亮", merge_into=second["id"])).json()
    assert third["merged_into"] == lead["number"]
    relations = (await city.get(f"/matters/{lead['id']}/relations")).json()
    assert relations["merged"] == 2

    done = await city.step(lead["id"], "answer-at-once", outcome="explained", texts={"reply": "今晚修好。"})
    assert done.status_code == 200, done.text
    while (await pass_answers_on(city.needs.office, city.pool, datetime.now(UTC), lambda text: text)).read:
        pass
    for one in (second, third):
        seen = (await city.get(f"/matters/{one['id']}")).json()
        assert seen["texts"]["reply"] == "今晚修好。"


async def test_a_call_is_merged_into_a_hot_issue(city: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, other = [await city.opened(subject="大面积停水") for _ in range(2)]
    at = datetime.now(UTC)
    issue = HotIssueView(
        id="issue-1", title="停水", place="", territory="330212001", first_at=at, last_at=at, heat=1,
        voices=1, recency=1, growth=1, stability=1, members=(UUID(lead["id"]), UUID(other["id"])),
    )  # fmt: skip

    async def hot_issues(pack: str, _by: object, *, most: int) -> tuple[HotIssueView, ...]:
        assert (pack, most) == ("citizen-request", 200)
        return (issue,)

    monkeypatch.setattr(city.needs.adviser, "hot_issues", hot_issues)
    told = (await call(city, subject="我家也停水", merge_into="issue-1")).json()
    assert (told["state"], told["merged_into"]) == ("merged", lead["number"])


async def test_the_callers_earlier_matters_are_found_and_looking_is_traced(city: Served) -> None:
    person = {"name": "周宁", "phone": "+86 139-0000-7777"}
    numbers = []
    for subject in ("噪音", "路灯"):
        answer = await city.post("/calls", {"matter": a_matter(subject=subject, requester=person)})
        numbers.append(answer.json()["number"])
    wanted = {"purpose": "contact", "phone": "13900007777"}
    found = (await city.post("/requesters/search", wanted)).json()["rows"]
    assert [row["number"] for row in found] == numbers[::-1]
    assert (await city.post("/requesters/search", wanted, FAR)).json()["rows"] == []  # not their ground
    async with city.pool.acquire() as conn:
        traced = await conn.fetch("select actor, purpose from personal_access where act = 'search'")
    assert {(CLERK, "contact"), (FAR, "contact")} <= {tuple(row) for row in traced}


async def test_purposes_are_offered_to_whom_they_are_open(city: Served) -> None:
    found = (await city.get("/requesters/purposes")).json()["purposes"]
    told = {one["purpose"]: one["fields"] for one in found}
    assert told["contact"] == ["email", "name", "phone"]
    assert "own" not in told
    theirs = (await city.get("/requesters/purposes", RESIDENT)).json()["purposes"]
    assert {one["purpose"] for one in theirs} == {"own", "correct"}


async def test_what_cannot_be_is_refused_and_nothing_opened(city: Served) -> None:
    lead = await city.opened()

    async def count() -> int:
        async with city.pool.acquire() as conn:
            found: int = await conn.fetchval("select count(*) from matter")
            return found

    before = await count()
    for said, by, code in (
        ({"reply": "好", "merge_into": lead["id"]}, CLERK, "call.both"),
        ({"merge_into": "2026030200000018"}, CLERK, "matter.not_found"),
        ({"merge_into": "no issue"}, CLERK, "matter.not_found"),
        ({"reply": "x" * 20_001}, CLERK, "text.too_long"),
        ({}, RESIDENT, "call.posts_only"),
        ({"reply": "好"}, FAR, "call.no_such_step"),
    ):
        answer = await call(city, by, **said)
        assert answer.json()["code"] == code, answer.text
    assert await count() == before


async def test_a_call_is_given_to_a_unit_instead_of_where_the_rules_send_it(city: Served) -> None:
    told = (await call(city, subject="咨询噪音", kind="consultation", lead="near")).json()
    assert (told["state"], told["lead_unit"], told["version"]) == ("dispatched", "near", 1)
    assert (await call(city, lead="near", reply="好")).json()["code"] == "call.both"
    assert (await call(city, lead="no unit")).json()["code"] == "unit.unknown"


async def test_a_desk_is_told_what_it_may_do_with_a_call(city: Served) -> None:
    asked = {"procedure": "citizen-request"}
    assert (await city.get("/calls/options", params=asked)).json() == {
        "reply": True,
        "merge": True,
        "lead": True,
    }
    far = (await city.get("/calls/options", FAR, params=asked)).json()
    assert far == {"reply": False, "merge": False, "lead": False}
    assert (await city.get("/calls/options", RESIDENT, params=asked)).status_code == 403
    unknown = await city.get("/calls/options", params={"procedure": "none"})
    assert unknown.json()["code"] == "procedure.unknown"


async def test_a_call_sent_twice_is_one_matter(city: Served) -> None:
    key = {"Idempotency-Key": "a" * 20}
    first, again = [(await call(city, headers=key, reply="见公告。")).json() for _ in range(2)]
    assert first == again


async def keep(city: Served, id_: str, version: int, by: str = CLERK, **content: Any) -> Any:
    return await city.ask("PUT", f"/calls/drafts/{id_}", by, json={"version": version, "content": content})


async def test_a_draft_is_kept_changed_and_opened_once(city: Served) -> None:
    id_ = str(uuid4())
    assert (await keep(city, id_, 0, words="路灯")).json()["version"] == 1
    assert (await keep(city, id_, 1, words="路灯不亮")).json()["version"] == 2
    assert (await keep(city, id_, 1, words="路灯不亮")).json()["version"] == 2  # the answer had been lost
    stale = await keep(city, id_, 1, words="另一个窗口")
    assert (stale.status_code, stale.json()["code"], stale.json()["facts"]["current"]) == (
        409,
        "draft.stale",
        2,
    )
    shown = (await city.get(f"/calls/drafts/{id_}")).json()
    assert shown["content"] == {"words": "路灯不亮"}
    assert [one["id"] for one in (await city.get("/calls/drafts")).json()["drafts"]] == [id_]

    both = await asyncio.gather(call(city, draft=id_), call(city, draft=id_))
    assert {one.status_code for one in both} == {201}
    assert len({one.json()["id"] for one in both}) == 1
    assert (await city.get(f"/calls/drafts/{id_}")).status_code == 404


async def test_a_draft_is_nobody_elses_and_nothing_of_it_lies_open(city: Served) -> None:
    id_ = str(uuid4())
    await keep(city, id_, 0, phone="13900001234")
    assert (await city.get(f"/calls/drafts/{id_}", FAR)).status_code == 404
    assert (await city.get("/calls/drafts", FAR)).json()["drafts"] == []
    assert (await city.get("/calls/drafts", RESIDENT)).status_code == 403
    async with city.pool.acquire() as conn:
        sealed = await conn.fetchval("select sealed from call_draft where id = $1", UUID(id_))
        assert b"1390000" not in sealed
        # Under another post's name it does not open.
        await conn.execute(
            "insert into call_draft select 'p-far', id, version, sealed, updated_at, expires_at"
            " from call_draft"
        )
    assert (await city.get("/calls/drafts", FAR)).json()["drafts"] == []
    assert (await city.ask("DELETE", f"/calls/drafts/{id_}")).status_code == 204
    assert (await city.get(f"/calls/drafts/{id_}")).status_code == 404


async def test_drafts_are_bounded_and_expire(city: Served) -> None:
    assert (await keep(city, str(uuid4()), 0, words="x" * 70_000)).json()["code"] == "draft.too_large"
    for version in (-1, 2**31, 2**70):
        assert (await keep(city, str(uuid4()), version)).status_code == 400
    kept = [(await keep(city, str(uuid4()), 0, by="p-near", n=n)).status_code for n in range(51)]
    assert kept == [200] * 50 + [409]
    later = datetime.now(UTC) + hotline.KEPT_FOR + timedelta(minutes=1)
    assert await hotline.drafts(city.pool, city.needs.drafts, "p-near", later) == []
    await hotline.forget_drafts(city.pool, later)
    assert (await city.get("/calls/drafts", "p-near")).json()["drafts"] == []
