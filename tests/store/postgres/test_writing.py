"""What only PostgreSQL can get wrong: entries changed afterwards, batches that wait for each other."""

import asyncio
from itertools import chain
from random import Random

import asyncpg
import pytest

from fakes.writing import TABLES, change, id_of, key, link
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.store.postgres.store import ENTRY, MANY, PostgresStore
from yuzhi.store.unit import Change

ROUNDS = 60
UPSERT = (
    "insert into entry (matter_id, seq, at, step, body, leaf) select matter_id, seq, at, step, body, leaf"
    " from entry on conflict (matter_id, seq) do update set body = ''"
)


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresStore:
    return PostgresStore(pool, TABLES)


@pytest.mark.parametrize(
    "statement",
    [
        "update entry set body = ''",
        "update entry set at = at where false",
        "delete from entry",
        "truncate entry",
        UPSERT,
    ],
)
async def test_entries_are_only_ever_added(store: PostgresStore, pool: asyncpg.Pool, statement: str) -> None:
    await store.save([change(1)])
    with pytest.raises(asyncpg.PostgresError) as refused:
        await pool.execute(statement)
    assert refused.value.sqlstate == "23001"  # restrict_violation
    assert (await store.entries([id_of(1)]))[id_of(1)][0].body == change(1).entry.body


async def saved(store: PostgresStore, batch: list[Change]) -> str:
    try:
        await store.save(batch)
    except Refusal as refusal:
        return refusal.code
    return ""


async def test_batches_over_the_same_matters_in_opposite_orders_never_wait_for_each_other(
    store: PostgresStore, pool: asyncpg.Pool
) -> None:
    """A deadlock would be broken by PostgreSQL after a second and come out as `store.busy`."""
    chance = Random(1)
    numbers = list(range(1, 41))
    await store.save([change(n, rows=link(n, "child_of")) for n in numbers])
    for round_ in range(2, ROUNDS):
        up = [change(n, round_, rows=link(n, "child_of")) for n in numbers]
        mixed = chance.sample(up, len(up))
        codes = await asyncio.gather(saved(store, up), saved(store, up[::-1]), saved(store, mixed))
        assert sorted(codes) == ["", "matter.stale", "matter.stale"]


async def test_the_same_keys_in_opposite_orders_never_wait_for_each_other(store: PostgresStore) -> None:
    """Two clients that both try again: the same keys, other matters, another order."""
    for round_ in range(8):
        names = [f"{round_}/{i}" for i in range(1500)]
        codes = await asyncio.gather(
            saved(store, with_keys(round_ * 100 + 1, names)),
            saved(store, with_keys(round_ * 100 + 51, names[::-1])),
        )
        assert sorted(codes) == ["", "store.row_exists"]


def with_keys(first: int, names: list[str]) -> list[Change]:
    """Return 50 changes with all those keys among them, in that order."""
    share = len(names) // 50
    parts = [names[i * share : (i + 1) * share] for i in range(50)]
    return [
        change(
            first + i, rows={"idempotency": [row for name in part for row in key("a", name)["idempotency"]]}
        )
        for i, part in enumerate(parts)
    ]


async def test_copied_and_inserted_batches_never_wait_for_each_other(store: PostgresStore) -> None:
    for round_ in range(10):
        base = round_ * 1000
        many = [change(base + i, rows=key("a", f"{base + i}")) for i in range(MANY)]
        few = [change(base + 500 + i, rows=key("a", f"{base + MANY - i}")) for i in range(1, 50)]
        codes = await asyncio.gather(saved(store, many), saved(store, few))
        assert sorted(codes) == ["", "store.row_exists"]


async def test_within_a_transaction_nothing_is_kept_until_it_ends(
    store: PostgresStore, pool: asyncpg.Pool
) -> None:
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        here = store.within(conn)
        await here.save([change(1)])
        assert list(await here.entries([id_of(1)])) == [id_of(1)]
        assert await store.entries([id_of(1)]) == {}
        await transaction.rollback()
    assert await store.entries([id_of(1)]) == {}


async def test_reading_all_entries_sees_one_moment(store: PostgresStore) -> None:
    await store.save([change(n) for n in range(1, 6001)])
    seen: list[int] = []
    async for batch in store.all_entries():
        if not seen:
            await store.save([change(9001)])
        seen.append(len(batch))
    assert sum(seen) == 6000
    assert len(seen) > 1
    read = [batch async for batch in store.all_entries()]
    assert len(list(chain.from_iterable(read))) == 6001


async def test_a_session_that_ends_is_trouble_and_not_a_bug(store: PostgresStore, pool: asyncpg.Pool) -> None:
    async with pool.acquire() as conn:
        here = store.within(conn)
        with pytest.raises(asyncpg.PostgresError):
            await conn.execute("select pg_terminate_backend(pg_backend_pid())")
        with pytest.raises(Refusal) as refused:
            await here.save([change(1)])
        assert refused.value.code == "store.unavailable"
    await store.save([change(1)])


async def test_a_row_type_has_the_columns_its_table_is_written_with(pool: asyncpg.Pool) -> None:
    typed = [table for table in (ENTRY, *matters.TABLES) if table.row_type]
    assert len(typed) == 9
    for table in typed:
        rows = await pool.fetch(
            "select attname, atttypid from pg_attribute a join pg_type t on t.typrelid = a.attrelid"
            " where t.typname = $1 order by attnum",
            table.row_type,
        )
        kept = await pool.fetch(
            "select attname, atttypid from pg_attribute where attrelid = $1::text::regclass",
            f'"{table.name}"',
        )
        assert [row["attname"] for row in rows] == [column for column, _ in table.columns]
        assert {tuple(row) for row in rows} <= {tuple(row) for row in kept}
