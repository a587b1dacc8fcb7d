"""Residents by telephone: six digits sent to the number, good for five minutes and five tries."""

import hmac
import re
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.ids import uuid4_of, uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._sessions import open_session
from yuzhi.capabilities.accounts._signing_in import Client
from yuzhi.capabilities.accounts._throttle import BY_ADDRESS, BY_PHONE, Bucket, forgive, network_of, reserve
from yuzhi.capabilities.accounts._views import Opened, Signed
from yuzhi.store.postgres.pool import acquired

HOLDS_FOR: Final = timedelta(minutes=5)
TRIES: Final = 5
BETWEEN: Final = timedelta(seconds=60)
PER_HOUR: Final = 5
PER_DAY: Final = 10
PER_ADDRESS_AND_HOUR: Final = 60
DIGITS: Final = 6

# Ministry of Industry and Information Technology: mobile numbers have eleven digits and begin with 13 to 19.
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)


class PhoneCode(Struct, frozen=True):
    """A code on its way: the telephone it goes to and what it says."""

    phone: str
    code: str

    def says(self, language: str) -> str:
        """Return the words of the short message."""
        if language == "en":
            return f"{self.code} is your code, good for 5 minutes. Nobody of ours will ever ask you for it."
        return f"验证码 {self.code}，5 分钟内有效。工作人员不会向您索要，请勿告诉他人。"


def mobile(text: str) -> str:
    """Return a mobile number in one form; raises Refusal `phone.malformed`."""
    found = _MOBILE.fullmatch(re.sub(r"[\s-]", "", text))
    if found is None:
        raise Refusal("phone.malformed")
    return found[1]


async def ask_code(pool: asyncpg.Pool, gate: Gate, phone: str, client: Client, now: datetime) -> None:
    """Queue a code for a telephone, whoever has it; what is answered does not tell whether one is known.

    Raises Refusal `phone.malformed` and `sign_in.wait` (with `retry_after`): at most one code a minute, 5
    an hour and 10 a day for a number, 60 an hour for an address.
    """
    number = mobile(phone)
    tag, id_ = gate.secrets.tag("phone", number), uuid7(now, gate.chance(10))
    async with acquired(pool) as conn, conn.transaction():
        # One at a time for a number, so that two requests at once are not both the first.
        await conn.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"phone code {tag.hex()}")
        await _check_rate(conn, tag, now)
        await _count_address(conn, gate, client.address, now)
        await conn.execute(
            "insert into phone_code (id, phone, sealed_phone, created_at, expires_at)"
            " values ($1, $2, $3, $4, $5)",
            id_,
            tag,
            gate.secrets.seal(number.encode(), f"phone code {id_}"),
            now,
            now + HOLDS_FOR,
        )
        await gate.queue_code(conn, id_, now)


async def code_to_send(conn: asyncpg.Connection, gate: Gate, id_: UUID, now: datetime) -> PhoneCode | None:
    """Return a code and its telephone for the letter that carries it, None when it holds no more."""
    sealed = await conn.fetchval(
        "select sealed_phone from phone_code where id = $1 and expires_at > $2 and used_at is null", id_, now
    )
    number = gate.secrets.unseal(sealed, f"phone code {id_}") if sealed else None
    return PhoneCode(phone=number.decode(), code=_code(gate, id_)) if number else None


async def sign_in_by_phone(
    pool: asyncpg.Pool, gate: Gate, phone: str, code: str, client: Client, now: datetime,
    *, phone_hash: bytes | None = None,
) -> Opened:  # fmt: skip
    """Open a resident's session for the newest code sent to a telephone.

    `phone_hash` is the vault's keyed hash of it: kept, so that cases in which it is a party's are found.

    Raises Refusal `phone.malformed`, `sign_in.wrong` and `sign_in.wait`.
    """
    number = mobile(phone)
    tag = gate.secrets.tag("phone", number)
    async with acquired(pool) as conn:
        network = network_of(client.address)
        bucket = Bucket(gate.secrets.tag("attempt phone", number, network), BY_PHONE)
        spared = Bucket(gate.secrets.tag("attempt address", network), BY_ADDRESS)
        await reserve(conn, (bucket, spared), now)
        # The try is counted before it is looked at: five are five, however many come at once.
        id_ = await conn.fetchval(
            "update phone_code set tries = tries + 1 where id = (select id from phone_code where phone = $1"
            " order by created_at desc, id desc limit 1) and expires_at > $2 and used_at is null"
            " and tries < $3 returning id",
            tag,
            now,
            TRIES,
        )
        fits = hmac.compare_digest(_code(gate, id_ or UUID(int=0)).encode(), code.strip().encode())
        if id_ is None or not fits:
            await trace.note(
                conn, "sign_in_refused", by="nobody", at=now, subject=f"phone:{tag.hex()[:16]}", why="code"
            )
            raise Refusal("sign_in.wrong")
        async with conn.transaction():
            await forgive(conn, (bucket,), (spared,))
            return await _admit(conn, gate, id_, tag, client, now, phone_hash)


async def check_own_phone(pool: asyncpg.Pool, gate: Gate, requester: str, phone: str) -> None:
    """Raise Refusal `phone.not_yours` unless a resident has signed in with a telephone; `phone.malformed`."""
    tag = gate.secrets.tag("phone", mobile(phone))
    async with acquired(pool) as conn:
        is_theirs = await conn.fetchval(
            "select true from resident where phone = $1 and requester::text = $2", tag, requester
        )
    if not is_theirs:
        raise Refusal("phone.not_yours")


async def phone_hash_of(conn: asyncpg.Connection, requester: UUID) -> bytes | None:
    """Return the vault's keyed hash of the telephone a resident signs in with; None if not known yet."""
    found: bytes | None = await conn.fetchval(
        "select phone_hash from resident where requester = $1", requester
    )
    return found


async def _admit(
    conn: asyncpg.Connection, gate: Gate, id_: UUID, tag: bytes, client: Client, now: datetime,
    phone_hash: bytes | None,
) -> Opened:  # fmt: skip
    used = await conn.execute(
        "update phone_code set used_at = $2, sealed_phone = null where id = $1 and used_at is null", id_, now
    )
    if used != "UPDATE 1":
        raise Refusal("sign_in.wrong")
    requester = await conn.fetchval(
        "insert into resident (phone, requester, created_at, phone_hash) values ($1, $2, $3, $4)"
        " on conflict (phone) do update set phone_hash = coalesce(excluded.phone_hash, resident.phone_hash)"
        " returning requester",
        tag,
        uuid4_of(gate.chance(16)),
        now,
        phone_hash,
    )
    who = Signed(id=requester, requester=requester)
    opened = await open_session(conn, gate, who, means="phone", agent=client.agent, now=now)
    await trace.note(
        conn, "signed_in", by=f"requester:{requester}", at=now, subject=f"requester:{requester}",
        means="phone", session=opened.signed.id,
    )  # fmt: skip
    return opened


async def _check_rate(conn: asyncpg.Connection, tag: bytes, now: datetime) -> None:
    """Refuse a code that comes too soon after others for the same number."""
    sent = [
        row["created_at"]
        for row in await conn.fetch(
            "select created_at from phone_code where phone = $1 and created_at > $2 order by created_at desc",
            tag,
            now - timedelta(days=1),
        )
    ]
    for most, span in ((1, BETWEEN), (PER_HOUR, timedelta(hours=1)), (PER_DAY, timedelta(days=1))):
        if len(sent) >= most and sent[most - 1] > now - span:
            left = sent[most - 1] + span - now
            raise Refusal("sign_in.wait", retry_after=max(1, round(left.total_seconds())))


async def _count_address(conn: asyncpg.Connection, gate: Gate, address: str, now: datetime) -> None:
    hour = f"{now:%Y-%m-%dT%H}"
    counted = await conn.fetchval(
        "insert into attempt as a (bucket, failures, last_at, wait_until) values ($1, 1, $2, $2)"
        " on conflict (bucket) do update set failures = a.failures + 1, last_at = $2 returning failures",
        gate.secrets.tag("codes by address", network_of(address), hour),
        now,
    )
    if counted > PER_ADDRESS_AND_HOUR:
        raise Refusal("sign_in.wait", retry_after=3600 - now.minute * 60 - now.second)


def _code(gate: Gate, id_: UUID) -> str:
    number = int.from_bytes(gate.secrets.code("phone", str(id_))[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}d}"
