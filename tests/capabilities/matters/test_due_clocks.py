"""Due clocks, found by any number of workers: each speaks once, and none waits for a matter that is stuck."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from fakes.city import an_office
from fakes.people import DESK, post
from fakes.play import open_one
from fakes.procedures import a_clock, a_procedure, a_step
from fakes.walk import MONDAY
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, NewStep, Office, Ticked, tick_due, verify
from yuzhi.engine import facts as f
from yuzhi.engine.definition import Automatic
from yuzhi.engine.limits import parse_limit
from yuzhi.store.journal import StoredEntry
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.store.unit import Change

EVENT = a_procedure(
    a_step("remind", "received", duties=("clock",), does=("urge",)),
    a_step("close", "received", "closed", duties=("desk",)),
    name="event",
    clocks=(
        a_clock(
            "hour", "opened", "closed", "1 hour", amber=50,
            automatic=(Automatic(step="remind"), Automatic(step="remind", after=parse_limit("1 hour"))),
        ),
    ),
    leading_clock="hour",
)  # fmt: skip
CLERK = post("desk", unit=DESK, id="clerk")
LATER = MONDAY + timedelta(hours=5)


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresStore:
    return PostgresStore(pool, TABLES)


@pytest.fixture
def office(store: PostgresStore) -> Office:
    return an_office(store, EVENT)


async def events(office: Office, size: int, now: datetime = MONDAY) -> list[UUID]:
    return [await open_one(office, now, n=1, procedure="event", form={}) for _ in range(size)]


async def told(office: Office, matter: UUID) -> list[str]:
    return [str(fact["fact"]) for one in await matters.history(office, matter, CLERK) for fact in one.facts]


ALL = ["clock_amber", "clock_breached", "automatic_done", "automatic_done"]


async def test_a_clock_speaks_when_its_moment_has_come(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    (matter,) = await events(office, 1)
    for minutes, expected in ((29, 0), (30, 1), (59, 0), (60, 1), (119, 0), (120, 1), (600, 0)):
        done = await tick_due(office, pool, store, MONDAY + timedelta(minutes=minutes))
        assert (minutes, done.written) == (minutes, expected)
    assert [fact for fact in await told(office, matter) if fact in ALL] == ALL
    view = await matters.view(office, matter, CLERK)
    assert (view.version, view.urged) == (4, 2)


async def test_what_is_past_is_made_up_for_in_one_entry(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    (matter,) = await events(office, 1)
    assert (await tick_due(office, pool, store, LATER)) == Ticked(found=1, written=1, stuck={})
    assert (await tick_due(office, pool, store, LATER)) == Ticked(found=0, written=0, stuck={})
    assert (await matters.history(office, matter, CLERK))[1].by == {
        "hand": "clock",
        "id": "clock",
        "unit": "",
    }


async def test_what_ran_out_long_ago_may_be_left_to_others(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await events(office, 1)
    left = await tick_due(office, pool, store, LATER, since=LATER - timedelta(minutes=1))
    assert left == Ticked(found=0, written=0, stuck={})
    assert (await tick_due(office, pool, store, LATER, since=MONDAY)).written == 1


async def test_many_workers_at_once_let_each_clock_speak_once(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    found = await events(office, 60)

    async def work() -> int:
        written = 0
        for _ in range(12):
            try:
                done = await tick_due(office, pool, store, LATER, most=7)
            except Refusal as refusal:
                assert refusal.code == "matter.stale"  # noqa: PT017
                continue
            assert done.stuck == {}
            written += done.written
        return written

    assert sum(await asyncio.gather(*(work() for _ in range(5)))) == 60
    for matter in found:
        assert [fact for fact in await told(office, matter) if fact in ALL] == ALL
    assert (await verify(store)).faults == ()


async def test_workers_find_work_behind_what_others_have_in_hand(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await events(office, 20)
    done = await asyncio.gather(*(tick_due(office, pool, store, LATER, most=5) for _ in range(4)))
    assert [one.written for one in done] == [5, 5, 5, 5]


async def test_a_stuck_matter_holds_up_no_others(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    broken, unknown, *sound = await events(office, 6)
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute("update entry set body = 'nothing' where matter_id = $1", broken)
        await conn.execute("delete from entry where matter_id = $1", unknown)
        await conn.execute("alter table entry enable trigger user")
    done = await tick_due(office, pool, store, LATER)
    assert (done.found, done.written) == (6, 4)
    assert done.stuck == {broken: "clock.broke", unknown: "matter.not_found"}
    for matter in sound:
        assert "clock_breached" in await told(office, matter)
    again = await tick_due(office, pool, store, LATER, leaving_out=done.stuck)
    assert again == Ticked(found=0, written=0, stuck={})


async def test_a_limit_that_cannot_be_counted_yet_is_stuck_and_not_lost(
    pool: asyncpg.Pool, store: PostgresStore
) -> None:
    begin = a_step("begin", "received", "begun", duties=("clock",))
    procedure = a_procedure(
        begin, a_step("close", ["received", "begun"], "closed"), name="late",
        clocks=(
            a_clock("short", "opened", ["begun", "closed"], "1 hour", automatic=(Automatic(step="begin"),)),
            a_clock("long", "begun", "closed", "20 workdays"),
        ),
    )  # fmt: skip
    office = an_office(store, procedure)
    start = MONDAY.replace(month=12, day=21)
    matter = await open_one(office, start, n=1, procedure="late", form={})
    done = await tick_due(office, pool, store, start + timedelta(hours=2))
    assert done.stuck == {matter: "calendar.year_not_loaded"}
    assert (await matters.view(office, matter, CLERK)).version == 1


async def test_a_read_table_at_odds_with_the_journal_is_told(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    (matter,) = await events(office, 1)
    await pool.execute("update clock set next_at = $1", MONDAY)
    assert (await tick_due(office, pool, store, MONDAY)).stuck == {matter: "clock.nothing_due"}


class Crossed(PostgresStore):
    """A store in which somebody else is quicker: just before it reads, or just before it writes."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        *,
        before_reading: Callable[[], Awaitable[object]] | None = None,
        before_writing: Callable[[], Awaitable[object]] | None = None,
        within: asyncpg.Connection | None = None,
    ) -> None:
        super().__init__(pool, TABLES, within)
        self._before_reading = before_reading
        self._before_writing = before_writing

    def within(self, conn: asyncpg.Connection) -> "Crossed":
        return Crossed(
            self._pool, before_reading=self._before_reading, before_writing=self._before_writing, within=conn
        )

    async def entries(self, matters: Sequence[UUID]) -> Mapping[UUID, Sequence[StoredEntry]]:
        if self._before_reading is not None:
            await self._before_reading()
        return await super().entries(matters)

    async def save(self, changes: Sequence[Change]) -> None:
        if self._before_writing is not None:
            await self._before_writing()
        await super().save(changes)


async def test_who_was_quicker_leaves_nobody_stuck(office: Office, pool: asyncpg.Pool) -> None:
    """Between finding a clock due and reading the journal somebody else may have stopped it."""
    (matter,) = await events(office, 1)

    async def close() -> None:
        await matters.take_step(office, matter, "close", NewStep(), CLERK, MONDAY + timedelta(hours=4))

    crossed = Crossed(pool, before_reading=close)
    assert await tick_due(office, pool, crossed, LATER) == Ticked(found=1, written=0, stuck={})


async def test_a_matter_that_moves_on_while_its_clock_speaks_is_looked_at_again(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    (matter,) = await events(office, 1)

    async def close() -> None:
        await matters.take_step(office, matter, "close", NewStep(), CLERK, LATER)

    with pytest.raises(Refusal) as refused:
        await tick_due(office, pool, Crossed(pool, before_writing=close), LATER)
    assert refused.value.code == "matter.stale"
    assert await tick_due(office, pool, store, LATER) == Ticked(found=0, written=0, stuck={})
    assert (await verify(store)).faults == ()


async def test_a_worker_whose_clock_is_behind_leaves_it_for_later(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await events(office, 1, now=MONDAY)
    await pool.execute("update clock set next_at = $1", MONDAY - timedelta(hours=2))
    assert await tick_due(office, pool, store, MONDAY - timedelta(hours=1)) == Ticked(
        found=1, written=0, stuck={}
    )


def test_facts_of_clocks_are_those_counted_here() -> None:
    assert {kind.__struct_config__.tag for kind in (f.ClockAmber, f.ClockBreached, f.AutomaticDone)} == set(
        ALL
    )
