"""The journal is checked entry by entry, and read tables are built from it anew, equal to the byte."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from fakes.city import an_office
from fakes.play import open_one, play
from fakes.walk import MONDAY
from yuzhi.capabilities.matters import TABLES, Fault, Office, rebuild, tick_due, verify
from yuzhi.capabilities.matters._tables import READ_TABLES
from yuzhi.store.journal import leaf_hash
from yuzhi.store.postgres.store import PostgresStore


@pytest.fixture
def store(pool: asyncpg.Pool) -> PostgresStore:
    return PostgresStore(pool, TABLES)


@pytest.fixture
def office(store: PostgresStore) -> Office:
    return an_office(store)


async def played(office: Office, pool: asyncpg.Pool, store: PostgresStore, size: int = 40) -> list[UUID]:
    """Play an office for a while and let its clocks speak."""
    found = await play(office, size, MONDAY)
    for days in (2, 9):
        await tick_due(office, pool, store, MONDAY + timedelta(days=days))
    return found


async def dump(pool: asyncpg.Pool) -> dict[str, list[str]]:
    """Return every row of the read tables as text."""
    return {
        table.name: [
            row["line"]
            for row in await pool.fetch(f'select t::text as line from "{table.name}" t order by 1')
        ]
        for table in READ_TABLES
    }


async def test_read_tables_built_anew_are_equal_to_the_byte(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await played(office, pool, store)
    before = await dump(pool)
    assert all(before.values()), "there is something in every table"
    async with pool.acquire() as conn:
        assert await rebuild(conn, store, office.shelf) == 40
    assert await dump(pool) == before


async def test_a_row_that_went_wrong_is_mended(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await played(office, pool, store, 10)
    before = await dump(pool)
    await pool.execute("update matter set state = 'nowhere', lead_unit = 'x'")
    await pool.execute("delete from assignment")
    await pool.execute("update clock set next_at = null, due_at = due_at + interval '1 day'")
    async with pool.acquire() as conn:
        await rebuild(conn, store, office.shelf)
    assert await dump(pool) == before


async def test_building_anew_fails_whole_or_not_at_all(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    found = await played(office, pool, store, 5)
    before = await dump(pool)
    await damage(pool, "set body = 'not json'", found[2], 1)
    async with pool.acquire() as conn:
        with pytest.raises(Exception, match="malformed"):
            await rebuild(conn, store, office.shelf)
    assert await dump(pool) == before


async def test_it_goes_on_being_used_while_it_is_built_anew(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    """Whoever writes meanwhile waits or is told to come again; what was acknowledged is there afterwards."""
    await played(office, pool, store, 20)
    acknowledged: list[UUID] = []

    async def use() -> None:
        for n in range(30):
            matter = await open_one(office, MONDAY, n=n)
            acknowledged.append(matter)

    async def build() -> None:
        for _ in range(5):
            async with pool.acquire() as conn:
                await rebuild(conn, store, office.shelf)

    await asyncio.gather(use(), build())
    there = {row["id"] for row in await pool.fetch("select id from matter")}
    assert set(acknowledged) <= there
    assert len(there) == 50
    before = await dump(pool)
    async with pool.acquire() as conn:
        await rebuild(conn, store, office.shelf)
    assert await dump(pool) == before


async def damage(pool: asyncpg.Pool, change: str, matter: UUID, seq: int) -> None:
    """Do to an entry what nobody may: only the owner of the table could, by putting its guard aside."""
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute(f"update entry {change} where matter_id = $1 and seq = $2", matter, seq)
        await conn.execute("alter table entry enable trigger user")


async def test_a_sound_journal_has_no_fault(office: Office, pool: asyncpg.Pool, store: PostgresStore) -> None:
    await played(office, pool, store)
    told: list[int] = []
    found = await verify(store, told.append)
    entries = await pool.fetchval("select count(*) from entry")
    assert (found.matters, found.entries, found.faults) == (40, entries, ())
    assert told[-1] == entries


async def test_an_empty_journal_is_sound(store: PostgresStore) -> None:
    assert await verify(store) == type(await verify(store))(matters=0, entries=0, faults=())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("set body = replace(encode(body, 'escape'), '漏', '漏')::bytea || ' '", "journal.leaf_differs"),
        ("set leaf = '\\x00'", "journal.leaf_differs"),
        ("set at = at + interval '1 microsecond'", "journal.columns_differ"),
        ("set step = 'other'", "journal.columns_differ"),
    ],
)
async def test_a_rewritten_row_is_named_and_no_other(
    office: Office, pool: asyncpg.Pool, store: PostgresStore, change: str, code: str
) -> None:
    found = await played(office, pool, store, 12)
    matter = await pool.fetchval(
        "select matter_id from entry where seq = 2 order by position limit 1 offset 3"
    )
    assert matter in found
    change = change.replace("replace(encode(body, 'escape'), '漏', '漏')::bytea", "body")
    await damage(pool, change, matter, 2)
    assert [(one.matter, one.seq, one.code) for one in (await verify(store)).faults] == [(matter, 2, code)]


async def test_an_entry_rewritten_with_its_leaf_is_still_told_apart(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    """Who mends the leaf too forgets the columns; who mends those too is found by the transparency log."""
    found = await played(office, pool, store, 3)
    body: bytes = await pool.fetchval("select body from entry where matter_id = $1 and seq = 1", found[1])
    forged = body.replace(b'"step":"open"', b'"step":"shut"')
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute(
            "update entry set body = $1, leaf = $2 where matter_id = $3 and seq = 1",
            forged,
            leaf_hash(forged),
            found[1],
        )
        await conn.execute("alter table entry enable trigger user")
    assert [(one.matter, one.code) for one in (await verify(store)).faults] == [
        (found[1], "journal.columns_differ")
    ]


async def test_a_missing_entry_is_named(office: Office, pool: asyncpg.Pool, store: PostgresStore) -> None:
    await played(office, pool, store, 6)
    matter = await pool.fetchval("select matter_id from entry where seq = 3 limit 1")
    await remove(pool, matter, 2)
    faults = (await verify(store)).faults
    assert {(one.matter, one.code) for one in faults} == {(matter, "journal.entry_missing")}
    assert faults[0].seq == 3


async def test_a_journal_without_a_beginning_is_named(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await played(office, pool, store, 6)
    matter = await pool.fetchval("select matter_id from entry where seq = 2 limit 1")
    await remove(pool, matter, 1)
    assert {one.matter for one in (await verify(store)).faults} == {matter}


async def remove(pool: asyncpg.Pool, matter: UUID, seq: int) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute("delete from entry where matter_id = $1 and seq = $2", matter, seq)
        await conn.execute("alter table entry enable trigger user")


async def test_what_cannot_be_read_is_named(office: Office, pool: asyncpg.Pool, store: PostgresStore) -> None:
    found = await played(office, pool, store, 3)
    forged = b'{"v":1}'
    await damage(pool, f"set body = '\\x{forged.hex()}', leaf = '\\x{leaf_hash(forged).hex()}'", found[0], 1)
    assert [one.code for one in (await verify(store)).faults] == ["journal.unreadable"]


async def test_no_more_faults_are_told_than_wanted(
    office: Office, pool: asyncpg.Pool, store: PostgresStore
) -> None:
    await played(office, pool, store, 8)
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute("update entry set leaf = ''")
        await conn.execute("alter table entry enable trigger user")
    faults = (await verify(store, most_faults=3)).faults
    assert len(faults) == 3
    assert all(isinstance(one, Fault) for one in faults)
