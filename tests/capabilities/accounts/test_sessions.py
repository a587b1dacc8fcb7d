from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from fakes.gate import account, gate, signed_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts
from yuzhi.capabilities.accounts import tokens

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GATE = gate()
MINUTE = timedelta(minutes=1)


async def test_a_token_is_not_in_the_database(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    opened = await signed_in(pool, GATE, "chen", NOW)
    rows = await pool.fetch("select s::text as row from session s")
    assert rows
    assert not any(opened.token in row["row"] for row in rows)


async def test_a_session_that_idles_ends(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    token = (await signed_in(pool, GATE, "chen", NOW)).token
    for minutes in (29, 58, 87):
        assert await accounts.session_of(pool, token, NOW + minutes * MINUTE) is not None
    assert await accounts.session_of(pool, token, NOW + 117 * MINUTE) is None


async def test_a_session_ends_however_busy(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    token = (await signed_in(pool, GATE, "chen", NOW)).token
    last = 0
    for minutes in range(0, 24 * 60, 20):
        if await accounts.session_of(pool, token, NOW + minutes * MINUTE) is None:
            break
        last = minutes
    assert last == 11 * 60 + 40


async def test_asking_who_is_one_statement(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    token = (await signed_in(pool, GATE, "chen", NOW)).token
    for at in (NOW, NOW + 5 * MINUTE):
        with counted(pool) as said:
            await accounts.session_of(pool, token, at)
        assert len(said) == 1


@contextmanager
def counted(pool: asyncpg.Pool) -> Iterator[list[str]]:
    said: list[str] = []

    def note(record: asyncpg.Record) -> None:
        said.append(record.query)

    held = [holder._con for holder in pool._holders if holder._con is not None]
    for conn in held:
        conn.add_query_logger(note)
    yield said
    for conn in held:
        conn.remove_query_logger(note)


async def test_a_renewed_session_has_another_token(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    opened = await signed_in(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn:
        renewed = await accounts.renew(conn, GATE, opened.signed, post="p1")
    assert renewed is not None
    assert renewed.token != opened.token
    assert await accounts.session_of(pool, opened.token, NOW) is None
    found = await accounts.session_of(pool, renewed.token, NOW)
    assert found is not None
    assert (found.id, found.post) == (opened.signed.id, "p1")
    async with pool.acquire() as conn:
        await accounts.end_session(conn, opened.signed.id, NOW, by="test")
        assert await accounts.renew(conn, GATE, opened.signed, post="p2") is None


async def test_one_ends_only_ones_own_sessions(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    await account(pool, GATE, "zhou", NOW)
    mine, other = [await signed_in(pool, GATE, "chen", NOW) for _ in range(2)]
    theirs = await signed_in(pool, GATE, "zhou", NOW)
    async with pool.acquire() as conn:
        assert len(await accounts.sessions_of(conn, mine.signed, NOW)) == 2
        assert not await accounts.end_session(conn, theirs.signed.id, NOW, by="x", of=mine.signed)
        assert await accounts.end_session(conn, other.signed.id, NOW, by="x", of=mine.signed)
        assert not await accounts.end_session(conn, other.signed.id, NOW, by="x", of=mine.signed)
        assert [one.id for one in await accounts.sessions_of(conn, mine.signed, NOW)] == [mine.signed.id]
    assert await accounts.session_of(pool, other.token, NOW) is None
    assert await accounts.session_of(pool, theirs.token, NOW) is not None


async def test_only_the_newest_sessions_stay(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    opened = [await signed_in(pool, GATE, "chen", NOW + n * timedelta(seconds=1)) for n in range(22)]
    alive = [await accounts.session_of(pool, one.token, NOW + MINUTE) is not None for one in opened]
    assert alive == [False] * 2 + [True] * 20


@pytest.mark.parametrize("token", ["", "x", "' or 1=1 --", "\0", "字" * 100])
async def test_what_is_no_token_is_nobodys(pool: asyncpg.Pool, token: str) -> None:
    assert await accounts.session_of(pool, token, NOW) is None
    assert await tokens.token_of(pool, token, NOW) is None


async def test_a_machine_has_a_token_for_one_post_and_some_areas(pool: asyncpg.Pool) -> None:
    id_ = await account(pool, GATE, "sensor", NOW, kind="service")
    async with pool.acquire() as conn, conn.transaction():
        view, token = await tokens.issue_token(
            conn, GATE, id_, name="rain gauge", post="post-9", scopes=["write:matters", "read:procedures"],
            lasts_for=timedelta(days=30), by="operator:test", now=NOW,
        )  # fmt: skip
    assert token.startswith("yz_")
    found = await tokens.token_of(pool, token, NOW)
    assert found is not None
    assert (found.person, found.post, found.means) == ("p-sensor", "post-9", "token")
    assert found.scopes is not None
    assert tokens.is_allowed(found.scopes, "write", "matters")
    assert not tokens.is_allowed(found.scopes, "read", "matters")
    assert tokens.is_allowed(frozenset({"read:*"}), "read", "matters")
    assert await tokens.token_of(pool, token, NOW + timedelta(days=30)) is None
    async with pool.acquire() as conn, conn.transaction():
        await tokens.revoke_token(conn, view.id, by="operator:test", now=NOW)
        with pytest.raises(Refusal):
            await tokens.revoke_token(conn, view.id, by="operator:test", now=NOW)
    assert await tokens.token_of(pool, token, NOW) is None


async def test_a_closed_account_is_closed_at_once(pool: asyncpg.Pool) -> None:
    id_ = await account(pool, GATE, "chen", NOW)
    opened = await signed_in(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn:
        await accounts.keeping.set_disabled(conn, id_, is_disabled=True, by="operator:test", now=NOW)
    assert await accounts.session_of(pool, opened.token, NOW) is None
    async with pool.acquire() as conn:
        await accounts.keeping.set_disabled(conn, id_, is_disabled=False, by="operator:test", now=NOW)
    assert await accounts.session_of(pool, opened.token, NOW) is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"scopes": []}, "token.bad_scope"),
        ({"scopes": ["everything"]}, "token.bad_scope"),
        ({"scopes": ["write:../x"]}, "token.bad_scope"),
        ({"lasts_for": timedelta(days=9999)}, "token.too_long_lived"),
        ({"lasts_for": timedelta(0)}, "token.too_long_lived"),
        ({"name": ""}, "token.bad_name"),
        ({"account": uuid4()}, "account.unknown"),
        ({"account": "person"}, "token.not_a_service"),
    ],
)
async def test_a_bad_token_is_not_issued(pool: asyncpg.Pool, told: dict[str, object], code: str) -> None:
    service = await account(pool, GATE, "sensor", NOW, kind="service")
    human = await account(pool, GATE, "chen", NOW)
    wanted: dict[str, object] = {
        "account": service, "name": "n", "post": "p", "scopes": ["read:*"], "lasts_for": timedelta(days=1),
        **told,
    }  # fmt: skip
    id_ = human if wanted["account"] == "person" else wanted["account"]
    del wanted["account"]
    async with pool.acquire() as conn:
        with pytest.raises(Refusal) as caught:
            await tokens.issue_token(conn, GATE, id_, by="operator:test", now=NOW, **wanted)  # type: ignore[arg-type]
    assert caught.value.code == code


async def test_what_is_long_over_is_forgotten(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    await signed_in(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn:
        await accounts.forget_old(conn, NOW + timedelta(days=29))
        assert await conn.fetchval("select count(*) from session") == 1
        await accounts.forget_old(conn, NOW + timedelta(days=32))
        assert await conn.fetchval("select count(*) from session") == 0
