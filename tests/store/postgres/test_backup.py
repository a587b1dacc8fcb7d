"""Backups: what goes in comes out, whole or not at all."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.backup import _Tools, backup, restore
from yuzhi.store.postgres.binaries import find_binaries

FILLED = """
create extension if not exists pg_trgm;
create schema side;
create table matter (id bigint primary key, told text not null, at timestamptz, body jsonb, seal bytea);
create table side.step (matter bigint references matter, n int, primary key (matter, n));
create sequence numbers start 41;
create index on matter using gin (told gin_trgm_ops);
insert into matter
  select n, '路灯不亮 ' || n || E'\\t\\n\\\\', to_timestamp(n), '{"a": [1, null]}', sha256(n::text::bytea)
  from generate_series(1, 2000) n;
insert into side.step select id, 1 from matter;
select nextval('numbers');
"""
DIGEST = """
select md5(string_agg(m::text, '|' order by id)) || (select count(*) from side.step)
  || (select last_value from numbers) from matter m
"""


async def run(dsn: str, *statements: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def names(dsn: str) -> object:
    return await run(dsn, "select string_agg(relname, ' ' order by relname) from pg_stat_user_tables")


@pytest.fixture
async def saved(empty_database: str, tmp_path: Path) -> tuple[Path, str, object]:
    """A backup, the address of the database it was made from, and that database's digest."""
    digest = await run(empty_database, FILLED, DIGEST)
    file = tmp_path / "城市.backup"
    size = await asyncio.to_thread(backup, empty_database, file)
    assert size == file.stat().st_size > 10_000
    return file, empty_database, digest


async def test_everything_comes_back(saved: tuple[Path, str, object]) -> None:
    file, dsn, digest = saved
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    await run(dsn, "truncate matter cascade", "create table later (n int)", "select nextval('numbers')")
    await asyncio.to_thread(lambda: restore(dsn, file, replace=True))
    assert await run(dsn, DIGEST) == digest
    assert await names(dsn) == "matter step"
    assert await run(dsn, "select nextval('numbers')") == 42
    assert await run(dsn, "select nspowner::regrole::text from pg_namespace where nspname = 'public'") == (
        "pg_database_owner"
    )
    await asyncio.to_thread(backup, dsn, file)


async def test_restores_into_an_empty_database(saved: tuple[Path, str, object], fresh_database: str) -> None:
    file, _, digest = saved
    await run(fresh_database, "drop schema public cascade", "create schema public", "select 1")
    await asyncio.to_thread(restore, fresh_database, file)
    assert await run(fresh_database, DIGEST) == digest


async def test_a_database_in_use_is_not_overwritten_unasked(saved: tuple[Path, str, object]) -> None:
    file, dsn, digest = saved
    with pytest.raises(Refusal) as refused:
        await asyncio.to_thread(restore, dsn, file)
    assert refused.value.code == "database.not_empty"
    assert refused.value.facts["things"] == 3  # two tables and a sequence
    assert await run(dsn, DIGEST) == digest


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.999])
async def test_a_backup_cut_short_touches_nothing(saved: tuple[Path, str, object], kept: float) -> None:
    file, dsn, digest = saved
    whole = file.read_bytes()
    file.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    with pytest.raises(Refusal, match=r"database\.backup_unreadable"):
        await asyncio.to_thread(lambda: restore(dsn, file, replace=True))
    assert await run(dsn, DIGEST) == digest


async def test_a_spoilt_backup_touches_nothing(saved: tuple[Path, str, object]) -> None:
    file, dsn, digest = saved
    spoilt = bytearray(file.read_bytes())
    spoilt[-2000:-1900] = os.urandom(100)
    file.write_bytes(spoilt)
    with pytest.raises(Refusal, match=r"database\.backup_unreadable"):
        await asyncio.to_thread(lambda: restore(dsn, file, replace=True))
    assert await run(dsn, DIGEST) == digest


async def test_a_restore_that_fails_half_way_leaves_all_as_it_was(saved: tuple[Path, str, object]) -> None:
    file, dsn, _ = saved
    await run(dsn, "drop schema side cascade", "drop table matter", "drop sequence numbers", "select 1")
    await run(
        dsn, "create function side() returns int language sql as 'select 1'", "create schema side", "select 1"
    )
    with pytest.raises(Refusal) as refused:
        await asyncio.to_thread(restore, dsn, file)
    assert refused.value.code == "database.restore_failed"
    assert 'schema "side" already exists' in str(refused.value.facts["told"])
    assert await names(dsn) is None


async def test_a_backup_that_fails_leaves_the_old_file(saved: tuple[Path, str, object]) -> None:
    file, dsn, _ = saved
    before = file.read_bytes()
    with pytest.raises(Refusal) as refused:
        await asyncio.to_thread(backup, dsn.replace("/yuzhi_test", "/no_such"), file)
    assert refused.value.code == "database.backup_failed"
    assert "does not exist" in str(refused.value.facts["told"])
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_backup_into_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"database\.backup_failed.*No such file"):
        backup("postgresql:///x", tmp_path / "none/x.backup")
    with pytest.raises(Refusal, match=r"database\.backup_unreadable.*No such file"):
        restore("postgresql:///x", tmp_path / "none/x.backup")


def test_a_password_is_not_in_the_arguments() -> None:
    tools = _Tools("postgresql://clerk:s%40cret@db.example:5433/city?sslmode=require", find_binaries())
    assert tools.address == "--dbname=postgresql://clerk@db.example:5433/city?sslmode=require"
    assert tools._environment["PGPASSWORD"] == "s@cret"
    assert "PGPASSWORD" not in _Tools("postgresql://yuzhi@/yuzhi?host=/x", find_binaries())._environment
