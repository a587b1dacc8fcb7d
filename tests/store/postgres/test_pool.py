import asyncio
import ssl
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import asyncpg
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.pool import acquired, check_server, connect, guarded, open_pool, trouble


def of_state(state: str) -> asyncpg.PostgresError:
    return cast("asyncpg.PostgresError", asyncpg.PostgresError.new({"C": state, "M": "trouble"}))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (of_state("53100"), "store.full"),
        (of_state("40001"), "store.busy"),
        (of_state("40P01"), "store.busy"),
        (of_state("55P03"), "store.busy"),
        (of_state("57014"), "store.busy"),
        (of_state("53300"), "store.busy"),
        (of_state("08006"), "store.unavailable"),
        (of_state("57P01"), "store.unavailable"),
        (of_state("57P03"), "store.unavailable"),
        (of_state("25006"), "store.unavailable"),
        (ConnectionResetError(), "store.unavailable"),
        (asyncpg.InterfaceError("connection is closed"), "store.unavailable"),
        (asyncpg.InterfaceError("pool is closing"), "store.unavailable"),
        (TimeoutError(), "store.busy"),
    ],
)
def test_trouble_has_a_code_and_a_time_to_try_again(error: BaseException, code: str) -> None:
    refusal = trouble(error)
    assert refusal is not None
    assert refusal.code == code
    assert cast("int", refusal.facts["retry_after"]) >= 1


@pytest.mark.parametrize(
    "error",
    [
        of_state("23505"),
        of_state("42601"),
        of_state("22021"),
        asyncpg.InterfaceError("the server expects 1 argument for this query, 2 were passed"),
        FileNotFoundError(),
        ssl.SSLError(),
        ValueError(),
    ],
)
def test_a_bug_is_not_trouble(error: BaseException) -> None:
    assert trouble(error) is None


def test_an_error_that_is_no_trouble_comes_out_as_it_is() -> None:
    with pytest.raises(asyncpg.UniqueViolationError), guarded():
        raise of_state("23505")


async def test_nobody_at_the_address(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refused:
        await open_pool(f"postgresql://yuzhi@/x?host={tmp_path}", size=1)
    assert refused.value.code == "store.unavailable"
    with pytest.raises(Refusal) as refused:
        await connect("postgresql://yuzhi@127.0.0.1:1/x")
    assert refused.value.code == "store.unavailable"


async def test_a_database_that_is_not_there(empty_database: str) -> None:
    with pytest.raises(Refusal) as refused:
        await connect(empty_database.replace("yuzhi_test", "yuzhi_gone", 1))
    assert refused.value.code == "store.refuses_us"


async def test_sessions_speak_utc(empty_database: str) -> None:
    pool = await open_pool(empty_database, size=2, name="yuzhi test")
    async with acquired(pool) as connection:
        assert await connection.fetchval("show timezone") == "UTC"
        assert await connection.fetchval("show application_name") == "yuzhi test"
    await pool.close()


async def ask(pool: asyncpg.Pool, sql: str) -> object:
    async with acquired(pool) as connection:
        return await connection.fetchval(sql)


async def test_a_server_that_ends_a_session_is_away_and_then_back(empty_database: str) -> None:
    pool = await open_pool(empty_database, size=1)
    with pytest.raises(Refusal) as refused:
        await ask(pool, "select pg_terminate_backend(pg_backend_pid())")
    assert refused.value.code == "store.unavailable"
    assert await ask(pool, "select 2") == 2
    await pool.close()


async def test_a_session_ended_while_idle_is_away_or_replaced_but_never_a_bug(empty_database: str) -> None:
    pool = await open_pool(empty_database, size=1)
    killer = await connect(empty_database)
    for _ in range(10):
        async with acquired(pool) as connection:
            pid = connection.get_server_pid()
            await killer.execute("select pg_terminate_backend($1)", pid)
            with suppress(Refusal), guarded():
                await connection.fetchval("select 1")
    assert await ask(pool, "select 2") == 2
    await killer.close()
    await pool.close()


async def test_no_free_connection_is_busy(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhi.store.postgres.pool.ACQUIRE_WITHIN", 0.05)
    pool = await open_pool(empty_database, size=1)
    async with acquired(pool):
        with pytest.raises(Refusal) as refused:
            async with acquired(pool):
                pass
    assert refused.value.code == "store.busy"
    await pool.close()


async def test_a_lock_timeout_is_busy(empty_database: str) -> None:
    pool = await open_pool(empty_database, size=2)
    async with acquired(pool) as one, acquired(pool) as other:
        await one.execute("create table t (x int)")
        async with one.transaction():
            await one.execute("lock table t")
            await other.execute("set lock_timeout = '20ms'")
            with pytest.raises(Refusal) as refused, guarded():
                await other.execute("select * from t")
    assert refused.value.code == "store.busy"
    await asyncio.wait_for(pool.close(), 5)


@pytest.mark.parametrize(
    ("major", "encoding", "code"), [(14, "UTF8", "store.too_old"), (15, "SQL_ASCII", "store.not_utf8")]
)
def test_a_server_we_cannot_stand_on_is_refused(major: int, encoding: str, code: str) -> None:
    server = SimpleNamespace(
        get_server_version=lambda: SimpleNamespace(major=major),
        get_settings=lambda: SimpleNamespace(server_encoding=encoding),
    )
    with pytest.raises(Refusal) as refused:
        check_server(server)
    assert refused.value.code == code
