"""What lay in the open before there was a vault is sealed, once, whatever shape it is in."""

import os
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from fakes.keys import some_keys
from yuzhi.base.actor import Actor
from yuzhi.capabilities import vault

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK = Actor(hand="post", id="p1", unit="desk", duties=frozenset({"intake_desk"}))


@pytest.fixture
async def plain(pool: asyncpg.Pool) -> asyncpg.Pool:
    """The pool of a database that still has the plain table."""
    await pool.execute(
        "create table requester (id uuid primary key, name text, phone text, address text, id_type text,"
        " id_number text, created_at timestamptz not null, erased_at timestamptz)"
    )
    return pool


async def test_where_the_plain_table_is_gone_there_is_nothing_to_do(pool: asyncpg.Pool) -> None:
    assert await vault.adopt(pool, some_keys().ring) == 0


async def test_what_lay_in_the_open_is_sealed_and_gone(plain: asyncpg.Pool) -> None:
    pool, keys = plain, some_keys()
    rows: list[tuple[object, ...]] = [
        (UUID(int=n), f"王{n}", "13800001111", "东路3弄5号", None, None, NOW, NOW if n == 7 else None)
        for n in range(1, 1201)
    ]
    rows += [(UUID(int=3000), "李", None, "li@example.org", None, None, NOW, None)]
    rows += [(UUID(int=2000), "张*", "138\n0000", None, None, None, NOW, None)]
    await pool.copy_records_to_table("requester", records=rows)
    assert await vault.adopt(pool, keys.ring, chance=os.urandom) == 1202
    assert await vault.adopt(pool, keys.ring, chance=os.urandom) == 0
    assert await pool.fetchval("select count(*) from requester") == 0
    assert await pool.fetchval("select pg_relation_size('requester')") == 0
    assert await pool.fetchval("select count(*) from vault_person") == 1201  # the erased one stays so
    async with pool.acquire() as conn:
        for id_, said in ((UUID(int=3), ("王3", "13800001111")), (UUID(int=2000), ("", "138 0000"))):
            shown = await vault.reveal(
                conn, id_, ["name", "phone"], purpose="contact", actor=DESK, matter=None, now=NOW, keys=keys
            )
            assert (shown.get("name", ""), shown["phone"]) == said
        post = await vault.for_letters(conn, [UUID(int=3000), UUID(int=3)], "email", now=NOW, keys=keys)
    assert post == {UUID(int=3000): "li@example.org"}


async def test_who_is_in_the_vault_already_stays_as_they_are(plain: asyncpg.Pool) -> None:
    pool, keys, id_ = plain, some_keys(), UUID(int=1)
    (row,) = vault.sealed_rows(vault.Person(name="新"), NOW, keys.ring, id=id_, chance=os.urandom)
    columns = [column for column, _ in vault.TABLE.columns]
    await pool.copy_records_to_table(vault.TABLE.name, records=[row], columns=columns)
    await pool.execute("insert into requester (id, name, created_at) values ($1, '旧', $2)", id_, NOW)
    assert await vault.adopt(pool, keys.ring) == 1
    async with pool.acquire() as conn:
        shown = await vault.masked(conn, [id_], keys, DESK)
    assert shown[id_].name == "新*"
