import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from fakes.gate import Queued, gate
from yuzhi.base.ids import matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts
from yuzhi.capabilities.accounts import Client, Opened, tracking_code

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PHONE = "13912345678"
HERE = Client("192.0.2.1")


async def asked(pool: asyncpg.Pool, phone: str = PHONE, at: datetime = NOW, client: Client = HERE) -> str:
    """Ask for a code and return what would be sent."""
    queued = Queued()
    await accounts.ask_code(pool, gate(queued), phone, client, at)
    async with pool.acquire() as conn:
        sent = await accounts.code_to_send(conn, gate(), queued.ids[0], at)
    assert sent is not None
    assert sent.phone == PHONE
    return sent.code


async def attempt(
    pool: asyncpg.Pool, code: str, at: datetime = NOW, phone: str = PHONE, client: Client = HERE
) -> Opened | str:
    try:
        return await accounts.sign_in_by_phone(pool, gate(), phone, code, client, at)
    except Refusal as refusal:
        return refusal.code


async def test_a_code_that_was_sent_opens_a_session(pool: asyncpg.Pool) -> None:
    code = await asked(pool, "+86 139-1234-5678")
    assert len(code) == 6
    opened = await attempt(pool, f" {code} ")
    assert isinstance(opened, Opened)
    again = await attempt(pool, await asked(pool, at=NOW + timedelta(minutes=2)), NOW + timedelta(minutes=2))
    assert isinstance(again, Opened)
    assert opened.signed.requester == again.signed.requester
    assert await accounts.session_of(pool, opened.token, NOW) == opened.signed


async def test_a_code_is_taken_once(pool: asyncpg.Pool) -> None:
    code = await asked(pool)
    tries = await asyncio.gather(*(attempt(pool, code) for _ in range(4)))
    assert sorted(isinstance(one, Opened) for one in tries) == [False, False, False, True]


async def test_a_code_holds_five_minutes_and_five_tries(pool: asyncpg.Pool) -> None:
    code = await asked(pool)
    assert await attempt(pool, code, NOW + timedelta(minutes=5)) == "sign_in.wrong"
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for n in range(5):
        assert await attempt(pool, wrong, client=Client(f"198.51.100.{n}")) == "sign_in.wrong"
    assert await attempt(pool, code, client=Client("203.0.113.1")) == "sign_in.wrong"


async def test_only_the_newest_code_counts(pool: asyncpg.Pool) -> None:
    old = await asked(pool)
    later = NOW + timedelta(seconds=61)
    new = await asked(pool, at=later)
    if old != new:
        assert await attempt(pool, old, later) == "sign_in.wrong"
    assert isinstance(await attempt(pool, new, later), Opened)


async def test_codes_are_not_sent_at_will(pool: asyncpg.Pool) -> None:
    sent, at = 0, NOW
    refused = []
    for _ in range(40):
        try:
            await asked(pool, at=at, client=Client(f"192.0.2.{sent}"))
            sent += 1
        except Refusal as refusal:
            refused.append(refusal.code)
        at += timedelta(minutes=10)
    assert sent == 10
    assert set(refused) == {"sign_in.wait"}


async def test_one_address_cannot_send_to_everybody(pool: asyncpg.Pool) -> None:
    sent = 0
    refused = None
    for n in range(100):
        try:
            await accounts.ask_code(pool, gate(), f"139{n:08d}", HERE, NOW)
        except Refusal as refusal:
            refused = refusal
            break
        sent += 1
    assert refused is not None
    assert (sent, refused.code, refused.facts["retry_after"]) == (60, "sign_in.wait", 3600)


async def test_two_requests_at_once_send_one_code(pool: asyncpg.Pool) -> None:
    queued = Queued()
    tries = await asyncio.gather(
        *(accounts.ask_code(pool, gate(queued), PHONE, HERE, NOW) for _ in range(5)), return_exceptions=True
    )
    assert sum(one is None for one in tries) == 1
    assert len(queued.ids) == 1


@pytest.mark.parametrize(
    "phone", ["", "12345", "12912345678", "１３９１２３４５６７８", "139123456789", "x" * 500]
)
async def test_what_is_no_mobile_number_is_refused(pool: asyncpg.Pool, phone: str) -> None:
    with pytest.raises(Refusal) as caught:
        await accounts.ask_code(pool, gate(), phone, HERE, NOW)
    assert caught.value.code == "phone.malformed"
    assert phone not in str(caught.value) or not phone


async def test_no_number_is_in_the_database(pool: asyncpg.Pool) -> None:
    code = await asked(pool)
    await attempt(pool, code)
    rows = await pool.fetch(
        "select c::text as row from phone_code c union all select r::text from resident r"
    )
    assert len(rows) == 2
    assert not any(PHONE in row["row"] or PHONE.encode().hex() in row["row"] for row in rows)
    assert await pool.fetchval("select sealed_phone from phone_code") is None


async def test_a_used_code_is_not_sent(pool: asyncpg.Pool) -> None:
    queued = Queued()
    await accounts.ask_code(pool, gate(queued), PHONE, HERE, NOW)
    async with pool.acquire() as conn:
        sent = await accounts.code_to_send(conn, gate(), queued.ids[0], NOW)
        assert sent is not None
        await attempt(pool, sent.code)
        assert await accounts.code_to_send(conn, gate(), queued.ids[0], NOW) is None


def test_a_tracking_code_follows_from_number_and_key() -> None:
    number = matter_number("20260302", 17)
    code = tracking_code(gate(), number)
    assert tracking_code(gate(), number) == code
    assert tracking_code(gate(), matter_number("20260302", 18)) != code
    assert tracking_code(gate(key=b"k" * 32), number) != code
    assert len(code) == 11


async def test_a_tracking_code_is_checked_and_guessing_waits(pool: asyncpg.Pool) -> None:
    number = matter_number("20260302", 17)
    code = tracking_code(gate(), number)
    await accounts.check_tracking(pool, gate(), number, code.lower().replace("-", " "), HERE, NOW)
    codes = []
    for n in range(8):
        with pytest.raises(Refusal) as caught:
            await accounts.check_tracking(pool, gate(), number, f"GUESS-{n:05d}", HERE, NOW)
        codes.append(caught.value.code)
    assert codes == ["sign_in.wrong"] * 6 + ["sign_in.wait"] * 2


async def test_a_tracking_session_is_of_one_matter(pool: asyncpg.Pool) -> None:
    matter, requester = uuid4(), uuid4()
    async with pool.acquire() as conn:
        opened = await accounts.sign_in_by_tracking(conn, gate(), matter, "1", requester, HERE, NOW)
    found = await accounts.session_of(pool, opened.token, NOW)
    assert found is not None
    assert (found.matter, found.number, found.requester) == (matter, "1", requester)
    assert opened.ends_at == NOW + timedelta(hours=1)
