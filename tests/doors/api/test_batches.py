"""Batches from the field: every item once, in order, answered for one by one, whatever else is there."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fakes.pictures import PNG
from fakes.served import CLERK, NEAR, RESIDENT, Served, served
from yuzhi.capabilities import matters
from yuzhi.capabilities.registry import Person, Post, PostList, save_posts
from yuzhi.store.files import is_sha256

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKER = "p-grid"
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Watch:
    """Our time, as the tests set it; batches take nothing from the machine's."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A town with somebody who walks a grid."""
    async with served(own_database, tmp_path_factory.mktemp("home"), now=Watch()) as made:
        worker = Post(WORKER, "walker", "near", ("grid_worker", "handler"), "330212001")
        async with made.pool.acquire() as conn:
            people = PostList((Person("walker", "walker"),), (worker,))
            await save_posts(conn, people, actor="test", now=NOW)
        await made.assembly.ground.load()
        yield made


@pytest.fixture(autouse=True)
def an_hour_later(city: Served) -> None:
    """Let each test have its own hour."""
    city.needs.now.at += timedelta(hours=1)  # type: ignore[attr-defined]


def now(city: Served) -> datetime:
    return city.needs.now()


def event(id_: str, at: datetime, **more: Any) -> dict[str, Any]:
    """Return an item that opens a grid event."""
    opened = {
        "procedure": "grid-event", "subject": "占道经营", "kind": "event", "channel": "patrol",
        "territory": "330212001", "category": "event/order/stalls", **more.pop("open", {}),
    }  # fmt: skip
    return {"id": id_, "at": at.isoformat(), "open": opened, **more}


def step(id_: str, at: datetime, matter: str, name: str, **ask: Any) -> dict[str, Any]:
    return {"id": id_, "at": at.isoformat(), "matter": matter, "step": name, "ask": ask}


async def send(city: Served, *items: Any, by: str = WORKER, **more: Any) -> dict[str, Any]:
    answer = await city.post("/batches", {"items": list(items), **more}, by)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def results(told: dict[str, Any]) -> list[str]:
    return [one.get("code") or one["status"] for one in told["items"]]


async def photos(city: Served) -> list[dict[str, str]]:
    kept = (await city.ask("POST", "/files", WORKER, content=PNG)).json()["file"]
    assert is_sha256(kept)
    return [{"file": kept, "kind": kind} for kind in ("photo_before", "photo_after")]


async def count(city: Served, table: str) -> int:
    async with city.pool.acquire() as conn:
        found: int = await conn.fetchval(f'select count(*) from "{table}"')
    return found


async def test_reports_go_in_and_come_out_in_order(city: Served) -> None:
    at = now(city) - timedelta(hours=2)
    told = await send(
        city, *(event(f"a{n}", at + timedelta(minutes=n), open={"subject": f"第{n}处"}) for n in range(5))
    )
    assert (told["taken"], told["repeated"], told["refused"]) == (5, 0, 0)
    assert [one["id"] for one in told["items"]] == [f"a{n}" for n in range(5)]
    numbers = [one["matter"]["number"] for one in told["items"]]
    assert numbers == sorted(numbers)
    listed = (await city.get("/matters", WORKER, params={"order": "newest"})).json()["rows"]
    assert [row["number"] for row in listed[:5]] == numbers[::-1]


async def test_sending_again_does_nothing_twice(city: Served) -> None:
    at = now(city)
    items = [event(f"b{n}", at) for n in range(3)]
    first = await send(city, *items[:2])
    before = await count(city, "entry")
    again = await send(city, *items[:2], items[2])
    assert results(again) == ["repeated", "repeated", "taken"]
    assert [one["matter"]["id"] for one in again["items"][:2]] == [
        one["matter"]["id"] for one in first["items"]
    ]
    assert await count(city, "entry") == before + 1
    assert results(await send(city, *[dict(reversed(item.items())) for item in items])) == ["repeated"] * 3


async def test_batches_sent_at_the_same_time_do_nothing_twice(city: Served) -> None:
    items = [event(f"c{n}", now(city)) for n in range(40)]
    before = await count(city, "matter")
    told = await asyncio.gather(*(send(city, *items) for _ in range(4)))
    assert await count(city, "matter") == before + 40
    for n in range(40):
        states = sorted(one["items"][n]["status"] for one in told)
        assert states == ["repeated", "repeated", "repeated", "taken"]
        assert len({one["items"][n]["matter"]["id"] for one in told}) == 1


async def test_an_id_used_for_something_else_is_refused(city: Served) -> None:
    at = now(city)
    await send(city, event("d1", at))
    told = await send(
        city,
        event("d1", at, open={"subject": "另一件"}),
        event("d2", at),
        event("d2", at),
        event("d2", at, open={"kind": "facility"}),
    )
    assert results(told) == ["idempotency.key_reused", "taken", "repeated", "idempotency.key_reused"]
    assert told["items"][2]["matter"] == told["items"][1]["matter"]


async def test_small_things_are_settled_in_one_go(city: Served) -> None:
    then = {
        "step": "settle-on-the-spot",
        "ask": {"texts": {"measures": "已劝离"}, "attachments": await photos(city)},
    }
    told = await send(
        city, event("e1", now(city), then=then), event("e2", now(city), then={"step": "settle-on-the-spot"})
    )
    assert results(told) == ["taken", "text.missing"]
    settled = told["items"][0]["matter"]
    assert (settled["state"], settled["version"]) == ("self_settled", 1)
    seen = (await city.get(f"/matters/{settled['id']}", WORKER)).json()
    assert (seen["outcome"], seen["lead_unit"]) == ("solved", "near")
    assert seen["texts"]["measures"] == "已劝离"


async def test_nothing_of_a_refused_item_is_left(city: Served) -> None:
    before = [await count(city, table) for table in ("entry", "matter", "text", "delivery", "idempotency")]
    told = await send(city, event("f1", now(city), then={"step": "settle-on-the-spot"}))
    assert results(told) == ["text.missing"]
    assert before == [
        await count(city, table) for table in ("entry", "matter", "text", "delivery", "idempotency")
    ]
    mended = event("f1", now(city))
    assert results(await send(city, mended)) == ["taken"]


async def test_visits_and_patrols_are_records(city: Served) -> None:
    visit = {
        "procedure": "home-visit", "subject": "独居老人走访", "kind": "care", "channel": "patrol",
        "territory": "330212001",
    }  # fmt: skip
    form = {"met": "resident", "people_seen": 1, "help_needed": "daily_care"}
    recorded = {"step": "record", "ask": {"outcome": "visited", "form": form}}
    walked = {"step": "finish", "ask": {"outcome": "nothing_found", "form": {"minutes": 90}}}
    told = await send(
        city,
        {"id": "g1", "at": now(city).isoformat(), "open": visit, "then": recorded},
        {
            "id": "g2",
            "at": now(city).isoformat(),
            "open": {**visit, "procedure": "patrol", "kind": "daily"},
            "then": walked,
        },
        event("g3", now(city)),
        step("g4", now(city), "g1", "tie-to-request", target="g3"),
    )
    assert results(told) == ["taken"] * 4
    assert [one["matter"]["state"] for one in told["items"][:3]] == ["recorded", "finished", "reported"]
    tied = (await city.get(f"/matters/{told['items'][0]['matter']['id']}/relations", WORKER)).json()["links"]
    assert [one["id"] for one in tied] == [told["items"][2]["matter"]["id"]]
    nowhere = await send(city, step("g5", now(city), "g1", "tie-to-request", target="g9"))
    assert results(nowhere) == ["matter.not_found"]


async def test_a_batch_that_broke_off_is_sent_again(city: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is gone before a step was written: that happens, what was written does not happen twice."""
    at = now(city)
    items = [event("q1", at), event("q2", at), step("q3", at, "q1", "take-on"), event("q4", at)]
    before = [await count(city, table) for table in ("matter", "entry")]

    reached = asyncio.Event()

    async def gone(_change: object) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as broken:
        broken.setattr(city.needs.office.gathering, "save", gone)  # steps go this way, openings do not
        sending = asyncio.create_task(city.post("/batches", {"items": items}, WORKER))
        await reached.wait()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    again = await asyncio.gather(send(city, *items), send(city, *items))
    assert [sorted(pair) for pair in zip(*map(results, again), strict=True)] == [
        ["repeated", "repeated"], ["repeated", "repeated"], ["repeated", "taken"], ["repeated", "repeated"],
    ]  # fmt: skip
    assert [await count(city, table) for table in ("matter", "entry")] == [before[0] + 3, before[1] + 4]


async def test_steps_rest_on_items_of_this_batch_of_earlier_ones_and_on_matters(city: Served) -> None:
    at = now(city)
    shots = await photos(city)
    done = {"texts": {"measures": "已清理"}, "attachments": shots[1:], "outcome": "solved"}
    told = await send(
        city, event("h1", at), step("h2", at, "h1", "take-on"), step("h3", at, "h1", "feed-back", **done)
    )
    assert results(told) == ["taken"] * 3
    assert [one["matter"]["version"] for one in told["items"]] == [1, 2, 3]
    assert told["items"][2]["matter"]["state"] == "fed_back"
    entries = (await city.get(f"/matters/{told['items'][0]['matter']['number']}/journal")).json()["entries"]
    assert [one["step"] for one in entries] == ["open", "take-on", "feed-back"]

    await send(city, event("h4", at))
    number = (await city.opened(procedure="grid-event", kind="event", channel="hotline"))["number"]
    later = await send(city, step("h5", at, "h4", "take-on"), step("h6", at, number, "take-on"))
    assert results(later) == ["taken", "taken"]
    assert results(await send(city, step("h5", at, "h4", "take-on"))) == ["repeated"]


async def test_conflicts_are_told_item_by_item(city: Served) -> None:
    at = now(city)
    opened = await city.opened(procedure="grid-event", kind="event", channel="hotline")
    await city.step(opened["id"], "reject", CLERK, reason="too_small", texts={"reply": "不予立案"})
    told = await send(
        city,
        step("i1", at, opened["number"], "take-on"),
        step("i2", at, opened["id"], "take-on", version=1),
        step("i3", at, "2026030200000018", "take-on"),
        step("i4", at, "nothing", "take-on"),
        event("i5", at, open={"territory": "999999"}),
        event("i6", at, open={"attachments": [{"file": "0" * 64}]}),
        step("i7", at, "i5", "take-on"),
        event("i8", at, open={"category": "nothing"}),
        event("i9", at),
    )
    assert results(told) == [
        "step.wrong_state", "matter.stale", "matter.not_found", "matter.not_found", "territory.unknown",
        "file.not_found", "field.rests_on_refused", "category.unknown", "taken",
    ]  # fmt: skip
    first = told["items"][0]
    assert (first["http_status"], first["facts"]["state"]) == (409, "rejected")
    assert first["says"]
    assert (told["taken"], told["refused"]) == (1, 8)


async def test_both_times_are_kept_and_a_wrong_clock_is_corrected(city: Served) -> None:
    ours = now(city)
    slow = ours - timedelta(hours=5)  # the device is five hours behind
    told = await send(city, event("j1", slow - timedelta(minutes=30)), sent_at=slow.isoformat())
    assert told["clock_behind"] == 5 * 3600
    entries = (await city.get(f"/matters/{told['items'][0]['matter']['id']}/journal")).json()["entries"]
    seen = entries[0]["facts"][0]["seen"]
    assert datetime.fromisoformat(seen["at"]) == slow - timedelta(minutes=30)
    assert seen["behind"] == 5 * 3600
    assert datetime.fromisoformat(entries[0]["at"]) == ours

    fast = ours + timedelta(days=400)
    assert results(await send(city, event("j2", fast - timedelta(minutes=5)), sent_at=fast.isoformat())) == [
        "taken"
    ]
    little = await send(city, event("j3", ours), sent_at=(ours - timedelta(seconds=90)).isoformat())
    assert little["clock_behind"] == 0


async def test_times_that_cannot_be_are_refused(city: Served) -> None:
    ours = now(city)
    told = await send(
        city,
        event("k1", ours + timedelta(minutes=3)),
        event("k2", ours + timedelta(minutes=1)),
        event("k3", ours - timedelta(days=91)),
        {**event("k4", ours), "at": "2026-03-02T09:00:00"},
        {**event("k5", ours), "at": "0001-01-01T00:00:00+14:00"},
        {**event("k6", ours), "at": "yesterday"},
    )
    assert results(told) == [
        "field.in_future", "taken", "field.too_old", "field.no_zone", "field.too_old", "field.malformed",
    ]  # fmt: skip


async def test_an_item_that_cannot_be_read_spoils_no_other(city: Served) -> None:
    at = now(city).isoformat()
    told = await send(
        city, 7, "x", {}, {"id": "l1", "at": at}, {"id": "l2", "at": at, "matter": "l9"},
        {"id": "l3", "at": at, "open": {"procedure": "grid-event"}},
        {"id": "", "at": at, "matter": "x", "step": "y"},
        {"id": "l4", "at": at, "nonsense": 1}, {"id": "l" * 101, "at": at, "matter": "x", "step": "y"},
        event("l5", now(city)), {**event("l6", now(city)), "matter": "l5", "step": "take-on"},
    )  # fmt: skip
    assert results(told) == [
        "field.malformed", "field.malformed", "field.malformed", "field.neither", "field.neither",
        "field.malformed", "field.bad_id", "field.malformed", "field.bad_id", "taken", "field.neither",
    ]  # fmt: skip
    assert [one["id"] for one in told["items"]][3:6] == ["l1", "l2", "l3"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "field.malformed"),
        (b"[]", 400, "field.malformed"),
        (b"{", 400, "field.malformed"),
        (b'{"items": 3}', 400, "field.malformed"),
        (b'{"items": [], "more": 1}', 400, "field.malformed"),
        (b"[" * 100_000, 400, "field.malformed"),
        (b'{"items": [], "sent_at": "2026-03-02T09:00:00"}', 422, "field.no_zone"),
        (json.dumps({"items": [{}] * 1001}).encode(), 413, "field.too_many"),
        (b'{"items": ["' + b"x" * (8 << 20) + b'"]}', 413, "request.too_large"),
    ],
)
async def test_bodies_of_no_use_are_refused_whole(city: Served, body: bytes, status: int, code: str) -> None:
    answer = await city.ask("POST", "/batches", WORKER, content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_only_posts_send_batches_and_only_what_is_theirs(city: Served) -> None:
    answer = await city.post("/batches", {"items": []}, RESIDENT)
    assert (answer.status_code, answer.json()["code"]) == (403, "field.posts_only")
    told = await send(city, event("m1", now(city)), by=NEAR)  # a handler opens nothing
    assert results(told) == ["opening.not_your_duty"]
    opened = await city.opened(procedure="grid-event", kind="event", channel="hotline", territory="330212002")
    assert results(await send(city, step("m2", now(city), opened["id"], "take-on"))) == ["matter.not_found"]


async def test_ids_of_items_are_remembered_for_good(city: Served) -> None:
    item = event("n1", now(city))
    await send(city, item)
    await matters.forget_keys(city.pool, now(city) + timedelta(days=400))
    assert results(await send(city, item)) == ["repeated"]


async def test_a_large_batch_goes_in_whole(city: Served, tmp_path: Path) -> None:
    items = [event(f"o{n}", now(city) - timedelta(seconds=n)) for n in range(1000)]
    items[500]["open"]["kind"] = "nothing"
    told = await send(city, *items)
    assert (told["taken"], told["refused"]) == (999, 1)
    assert (await send(city, *items))["repeated"] == 999
