"""What changed lately, in an order in which nothing that commits late is passed over."""

import asyncio
from random import Random
from uuid import UUID

import asyncpg
import pytest

from fakes.city import EAST, WEST, an_office
from fakes.logbook import settled
from fakes.people import SOMEBODY
from fakes.play import CLERK, open_one
from fakes.walk import MONDAY
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import (
    NOWHERE,
    TABLES,
    Change,
    NewStep,
    Office,
    Point,
    changes_since,
    newest_change,
)
from yuzhi.store.postgres.store import PostgresStore


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresStore:
    return PostgresStore(pool, TABLES)


@pytest.fixture
def office(store: PostgresStore) -> Office:
    return an_office(store)


async def test_a_change_tells_what_happened_and_who_may_see_it(office: Office, pool: asyncpg.Pool) -> None:
    matter = await open_one(office, MONDAY, n=0)
    await matters.take_step(office, matter, "add", NewStep(co_handlers=("roads",)), CLERK, MONDAY)
    await settled(pool)
    first, second = await changes_since(pool, NOWHERE, 10)
    assert (first.matter, first.version, first.step, first.at) == (matter, 1, "open", MONDAY)
    assert (second.version, second.step, second.state, second.territory) == (2, "add", "dispatched", EAST)
    assert second.requester == UUID(SOMEBODY)
    assert sorted(second.units) == ["roads", "water"]
    assert second.number == (await matters.view(office, matter, CLERK)).number


async def test_reading_goes_on_where_it_ended(office: Office, pool: asyncpg.Pool) -> None:
    found = [await open_one(office, MONDAY, n=n) for n in range(7)]
    await settled(pool)
    point, seen = NOWHERE, list[UUID]()
    while more := await changes_since(pool, point, 2):
        point = more[-1].point
        seen += [one.matter for one in more]
    assert seen == found
    assert await newest_change(pool) == point
    assert await changes_since(pool, point, 2) == []


async def test_nothing_is_newest_in_an_empty_journal(pool: asyncpg.Pool) -> None:
    assert await newest_change(pool) is None


async def late(
    store: PostgresStore, pool: asyncpg.Pool, *, touches_first: bool
) -> tuple[list[Change], list[Change]]:
    """Let one transaction write before another and commit after it; return what is seen before and after."""
    office = an_office(store, chance=Random(2).randbytes)
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        if touches_first:
            await conn.execute("create table touched (x int)")  # has a number, but no position yet
        else:
            await write(store.within(conn))
        await open_one(office, MONDAY, n=1, territory=WEST)
        seen = list(await changes_since(pool, NOWHERE, 10))
        if touches_first:
            await write(store.within(conn))
        await transaction.commit()
    await settled(pool)
    after = await changes_since(pool, seen[-1].point if seen else NOWHERE, 10)
    return seen, list(after)


async def write(store: PostgresStore) -> None:
    office = an_office(store, chance=Random(3).randbytes)
    await open_one(office, MONDAY, n=0)


@pytest.mark.parametrize("touches_first", [True, False])
async def test_who_commits_late_is_not_passed_over(
    store: PostgresStore, pool: asyncpg.Pool, touches_first: bool
) -> None:
    seen, after = await late(store, pool, touches_first=touches_first)
    assert seen == []  # nobody knows yet what the running transaction will add
    assert len({one.matter for one in after}) == 2


async def test_who_begins_late_and_was_given_a_lower_position_is_not_passed_over(
    store: PostgresStore, pool: asyncpg.Pool
) -> None:
    """Transactions and positions are numbered apart: the later transaction may hold the lower position."""
    async with pool.acquire() as early, pool.acquire() as later:
        first, second = early.transaction(), later.transaction()
        await first.start()
        await early.execute("select pg_current_xact_id()")
        await second.start()
        slow = await open_one(an_office(store.within(later), chance=Random(1).randbytes), MONDAY, n=1)
        quick = await open_one(an_office(store.within(early), chance=Random(2).randbytes), MONDAY)
        await first.commit()
        await settled(pool)
        seen = await changes_since(pool, NOWHERE, 10)
        assert [one.matter for one in seen] == [quick]
        await second.commit()
    await settled(pool)
    after = await changes_since(pool, seen[-1].point, 10)
    assert [one.matter for one in after] == [slow]
    assert after[0].point.position < seen[0].point.position


async def test_a_reader_beside_many_writers_misses_nothing(store: PostgresStore, pool: asyncpg.Pool) -> None:
    done = asyncio.Event()

    async def write_some(seed: int) -> None:
        chance = Random(seed)
        for n in range(12):
            async with pool.acquire() as conn, conn.transaction():
                here = an_office(store.within(conn), chance=chance.randbytes)
                await asyncio.sleep(chance.random() * 0.01)
                await open_one(here, MONDAY, n=n + 1)
                await asyncio.sleep(chance.random() * 0.02)

    async def read() -> list[UUID]:
        point: Point = NOWHERE
        seen: list[UUID] = []
        while True:
            is_last = done.is_set()
            for one in await changes_since(pool, point, 3):
                seen.append(one.matter)
                point = one.point
            if is_last and not await changes_since(pool, point, 1):
                return seen
            await asyncio.sleep(0.002)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write_some(seed) for seed in range(3)))
    await settled(pool)
    done.set()
    seen = await reading
    assert len(seen) == len(set(seen)) == 36
