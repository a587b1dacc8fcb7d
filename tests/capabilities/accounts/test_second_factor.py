import asyncio
import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from fakes.gate import GOOD, account, gate, signed_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts
from yuzhi.capabilities.accounts import Client, Credentials, Opened, second_factor
from yuzhi.capabilities.accounts._totp import code_at, step_at

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
GATE = gate()


async def enrolled(pool: asyncpg.Pool) -> tuple[bytes, tuple[str, ...], UUID]:
    """Make an account with a second factor; return its secret, recovery codes and id."""
    id_ = await account(pool, GATE, "chen", NOW)
    opened = await signed_in(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn, conn.transaction():
        begun = await second_factor.begin_enrolment(conn, GATE, opened.signed)
        secret = base64.b32decode(begun.secret)
        codes = await second_factor.confirm_enrolment(
            conn, GATE, opened.signed, code_at(secret, step_at(NOW)), NOW
        )
    return secret, codes, id_


async def attempt(pool: asyncpg.Pool, code: str, at: datetime = LATER) -> Opened | str:
    try:
        opened, _ = await accounts.sign_in(
            pool, GATE, Credentials("chen", GOOD, code), Client("192.0.2.1"), at
        )
    except Refusal as refusal:
        return refusal.code
    return opened


async def test_it_is_asked_for_after_the_password(pool: asyncpg.Pool) -> None:
    secret, _, _ = await enrolled(pool)
    assert await attempt(pool, "") == "sign_in.code_needed"
    assert await attempt(pool, "000000") == "sign_in.code_wrong"
    assert isinstance(await attempt(pool, code_at(secret, step_at(LATER))), Opened)


async def test_no_code_is_taken_twice(pool: asyncpg.Pool) -> None:
    secret, _, _ = await enrolled(pool)
    assert await attempt(pool, code_at(secret, step_at(NOW)), NOW) == "sign_in.code_wrong"
    code = code_at(secret, step_at(LATER))
    tries = await asyncio.gather(*(attempt(pool, code) for _ in range(4)))
    assert sum(isinstance(one, Opened) for one in tries) == 1


async def test_a_recovery_code_is_taken_once(pool: asyncpg.Pool) -> None:
    _, codes, _ = await enrolled(pool)
    assert len(set(codes)) == 10
    assert isinstance(await attempt(pool, codes[0].lower().replace("-", " ")), Opened)
    assert await attempt(pool, codes[0]) == "sign_in.code_wrong"
    assert isinstance(await attempt(pool, codes[1]), Opened)


async def test_a_secret_counts_only_once_confirmed(pool: asyncpg.Pool) -> None:
    await account(pool, GATE, "chen", NOW)
    opened = await signed_in(pool, GATE, "chen", NOW)
    async with pool.acquire() as conn, conn.transaction():
        with pytest.raises(Refusal) as caught:
            await second_factor.confirm_enrolment(conn, GATE, opened.signed, "123456", NOW)
        assert caught.value.code == "second_factor.not_begun"
        await second_factor.begin_enrolment(conn, GATE, opened.signed)
        with pytest.raises(Refusal) as caught:
            await second_factor.confirm_enrolment(conn, GATE, opened.signed, "123456x", NOW)
        assert caught.value.code == "second_factor.code_wrong"
    assert isinstance(await attempt(pool, ""), Opened)


async def test_guessing_codes_has_to_wait(pool: asyncpg.Pool) -> None:
    await enrolled(pool)
    codes = [await attempt(pool, f"{n:06d}") for n in range(8)]
    assert codes == ["sign_in.code_wrong"] * 6 + ["sign_in.wait"] * 2


async def test_it_can_be_taken_off(pool: asyncpg.Pool) -> None:
    _, codes, id_ = await enrolled(pool)
    async with pool.acquire() as conn, conn.transaction():
        await second_factor.remove_second_factor(conn, id_, by="operator:test", name="chen", now=NOW)
    assert isinstance(await attempt(pool, codes[0]), Opened)


async def test_a_stolen_backup_has_no_secrets(pool: asyncpg.Pool) -> None:
    secret, codes, _ = await enrolled(pool)
    sealed = await pool.fetchval("select totp from account")
    assert secret not in sealed
    assert gate(key=b"k" * 32).secrets.unseal(sealed, "anything") is None
    digests = {row["digest"] for row in await pool.fetch("select digest from recovery_code")}
    other = gate(key=b"k" * 32)
    assert not digests & {other.secrets.tag("recovery", "chen", one) for one in codes}
