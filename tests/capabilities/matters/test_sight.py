"""One contract for both stores: whose ground, unit or account shows them a matter; nothing else does."""

from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from fakes.city import EAST, GRID, WEST, an_office
from fakes.people import DESK, SOMEBODY, WATER, resident
from fakes.walk import MONDAY
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, NewMatter, OpenedView
from yuzhi.store.journal import Sight
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.postgres.store import PostgresStore


@pytest.fixture(params=["memory", "postgres"])
def store(request: pytest.FixtureRequest) -> MemoryStore | PostgresStore:
    if request.param == "memory":
        return MemoryStore(TABLES)
    pool: asyncpg.Pool = request.getfixturevalue("pool")
    return PostgresStore(pool, TABLES)


@pytest.mark.parametrize(
    ("sight", "is_seen"),
    [
        (Sight(ground=("3302",)), True),
        (Sight(ground=("330203", "330212")), True),
        (Sight(ground=(EAST,)), True),
        (Sight(ground=(GRID,)), False),  # a grid below is no ground over its community
        (Sight(ground=(WEST,)), False),
        (Sight(ground=("",)), False),
        (Sight(unit=WATER), True),  # has it from the routing
        (Sight(unit=DESK), False),
        (Sight(unit="power"), False),
        (Sight(unit=""), False),
        (Sight(account=UUID(SOMEBODY)), True),
        (Sight(account=uuid4()), False),
        (Sight(account=uuid4(), lets_parties_in=True), False),
        (Sight(), False),
    ],
)
async def test_a_matter_is_seen_by_ground_or_queue_or_its_own_requester(
    store: MemoryStore | PostgresStore, sight: Sight, is_seen: bool
) -> None:
    office = an_office(store)
    ask = NewMatter(procedure="request", subject="厨房漏水", kind="help", channel="web", territory=EAST)
    answer = await matters.open_matter(office, ask, resident(), MONDAY)
    matter = msgspec.json.decode(answer, type=OpenedView).id
    found = await store.entries_seen(matter, sight)
    whole = (await store.entries([matter]))[matter]
    assert list(found) == (list(whole) if is_seen else [])


async def test_a_matter_that_is_not_there_is_seen_by_nobody(store: MemoryStore | PostgresStore) -> None:
    assert list(await store.entries_seen(uuid4(), Sight(ground=("3302",), unit=WATER))) == []
