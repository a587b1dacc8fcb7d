import asyncio

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from fakes.revisions import upgraded_before
from yuzhi.base.refusal import Refusal
from yuzhi.store.migrations import current, head, is_current, migrate
from yuzhi.store.migrations.upgrading import config_of_alembic


async def tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


async def run_sql(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(sql)
    await connection.close()


def test_the_newest_revision_is_what_alembic_takes_for_it() -> None:
    assert head() == ScriptDirectory.from_config(config_of_alembic()).get_current_head()


async def test_an_empty_database_gets_every_table(empty_database: str) -> None:
    assert await current(empty_database) is None
    assert not await is_current(empty_database)

    assert await migrate(empty_database) == head()

    assert await is_current(empty_database)
    assert {"entry", "matter", "delivery", "alembic_version"} <= await tables(empty_database)


async def test_migrating_twice_changes_nothing(empty_database: str) -> None:
    await migrate(empty_database)
    await run_sql(empty_database, "create table kept (x int)")
    await migrate(empty_database)
    assert "kept" in await tables(empty_database)


async def test_migrators_at_the_same_time_take_turns(empty_database: str) -> None:
    assert await asyncio.gather(*(migrate(empty_database) for _ in range(4))) == [head()] * 4
    assert await is_current(empty_database)


async def test_a_migration_that_fails_leaves_nothing(empty_database: str) -> None:
    await run_sql(empty_database, "create table delivery (x int)")  # the last room's first table
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(empty_database)
    assert await tables(empty_database) == {"delivery"}


async def test_who_is_not_in_the_vault_is_not_dropped(empty_database: str) -> None:
    before = await upgraded_before("0040", empty_database)
    await run_sql(
        empty_database, "insert into requester (id, name, created_at) values (gen_random_uuid(), '王', now())"
    )
    with pytest.raises(Refusal) as refused:
        await migrate(empty_database)
    assert refused.value.code == "store.plain_requesters"
    assert await current(empty_database) == before
    await run_sql(empty_database, "delete from requester")
    assert await migrate(empty_database) == head()
    assert "requester" not in await tables(empty_database)


async def test_a_database_of_a_newer_version_is_refused(empty_database: str) -> None:
    await migrate(empty_database)
    await run_sql(empty_database, "update alembic_version set version_num = '9999'")
    with pytest.raises(Refusal) as refused:
        await migrate(empty_database)
    assert refused.value.code == "store.newer"
    assert not await is_current(empty_database)


async def test_a_lock_held_by_others_is_not_waited_for_long(empty_database: str) -> None:
    holder = await asyncpg.connect(empty_database)
    transaction = holder.transaction()
    await transaction.start()
    await holder.execute("create table delivery (x int)")  # uncommitted: the migration must wait for it
    with pytest.raises(Refusal) as refused:
        await migrate(empty_database, lock_timeout="50ms")
    await transaction.rollback()
    await holder.close()
    assert refused.value.code == "store.busy"
    assert await tables(empty_database) == set()


async def test_parties_of_before_get_their_class_of_retention(empty_database: str) -> None:
    await upgraded_before("0101", empty_database)
    await run_sql(
        empty_database,
        """
        insert into vault_key (id, proof, since) values ('k', '', now());
        insert into vault_person (id, key_id, wrapped, kept_for, kept_from, retention, created_at)
            select id::uuid, 'k', '', '', '', retention, now() from (values
                ('00000000-0000-0000-0000-000000000001', 'request'),
                ('00000000-0000-0000-0000-000000000002', 'request'),
                ('00000000-0000-0000-0000-000000000003', 'request'),
                ('00000000-0000-0000-0000-000000000004', 'whistle')) given (id, retention);
        insert into party (id, matter_id, side, kind, person, capacity, strong, weak, joined_at)
            select gen_random_uuid(), gen_random_uuid(), 1, 'person', id, 'full', '', '', now()
            from vault_person where id::text ~ '[14]$';
        insert into representative (id, matter_id, party, role, person, relation, scope, consent, added_at)
            select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'agent', id, '', '', '', now()
            from vault_person where id::text ~ '2$';
        """,
    )
    await migrate(empty_database)
    connection = await asyncpg.connect(empty_database)
    rows = await connection.fetch("select retention from vault_person order by id")
    await connection.close()
    assert [row["retention"] for row in rows] == ["dispute", "dispute", "request", "whistle"]
