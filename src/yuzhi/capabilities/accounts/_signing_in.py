"""Signing in with name and password, and a second factor where there is one."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts._gate import Gate
from yuzhi.capabilities.accounts._places import is_known, remember
from yuzhi.capabilities.accounts._second_factor import use_code
from yuzhi.capabilities.accounts._sessions import open_session
from yuzhi.capabilities.accounts._throttle import (
    BY_ADDRESS,
    BY_DEVICE,
    BY_NAME,
    BY_PAIR,
    Bucket,
    forgive,
    network_of,
    reserve,
)
from yuzhi.capabilities.accounts._views import Means, Opened, Signed
from yuzhi.store.postgres.pool import acquired

NAME_MOST: Final = 64


class Credentials(Struct, frozen=True):
    """What somebody signs in with; `code` is that of the second factor, or a recovery code."""

    name: str
    password: str
    code: str = ""


class Client(Struct, frozen=True):
    """What is known of the program that asks: its address, its name for itself, its device cookie."""

    address: str
    agent: str = ""
    device: str = ""


class _Found(Struct, frozen=True):
    id: UUID
    name: str
    kind: str
    person: str
    password: str | None
    has_second_factor: bool
    is_disabled: bool


async def sign_in(
    pool: asyncpg.Pool, gate: Gate, given: Credentials, client: Client, now: datetime
) -> tuple[Opened, str]:
    """Open a session for a name and password and return it with a device cookie to keep.

    Whether a name is known, and what was wrong, is told neither by the refusal nor by the time it takes.
    Raises Refusal `sign_in.wrong`, `sign_in.wait` (with `retry_after`) and `sign_in.busy`; and only to
    whoever knows the password `sign_in.code_needed` and `sign_in.code_wrong`.
    """
    name = given.name.strip().lower()[:NAME_MOST].replace("\0", "")
    async with acquired(pool) as conn:
        found = await _find(conn, name)
        pair, spared = await _buckets(conn, gate, name, found, client)
        await reserve(conn, (*pair, *spared), now)
    fits = await gate.passwords.fits(given.password, found.password if found else None)
    if found is None or not fits or found.is_disabled or found.kind != "person":
        async with acquired(pool) as conn:
            await _note_refusal(conn, gate, name, found, now, why="password")
        raise Refusal("sign_in.wrong")
    await _check_second_factor(pool, gate, found, given.code, spared, now)
    kept = (
        await gate.passwords.hash(given.password)
        if found.password and gate.passwords.is_outdated(found.password)
        else None
    )
    async with acquired(pool) as conn, conn.transaction():
        await forgive(conn, pair, spared)
        if kept is not None:
            await conn.execute("update account set password = $2 where id = $1", found.id, kept)
        who = Signed(id=found.id, account=found.id, name=found.name, person=found.person)
        return await admit(conn, gate, who, client, now, means="password")


async def admit(
    conn: asyncpg.Connection, gate: Gate, who: Signed, client: Client, now: datetime, *, means: Means
) -> tuple[Opened, str]:
    """Open a session for an account that has proved itself, note it, and know its browser from now on."""
    assert who.account is not None
    opened = await open_session(conn, gate, who, means=means, agent=client.agent, now=now)
    device = await remember(conn, gate, who.account, client.address, client.device, now)
    await trace.note(
        conn, "signed_in", by=f"person:{who.person}", at=now, subject=f"account:{who.name}", means=means,
        session=opened.signed.id,
    )  # fmt: skip
    return opened, device


async def _find(conn: asyncpg.Connection, name: str) -> _Found | None:
    row = await conn.fetchrow(
        "select id, name, kind, person, password, totp is not null, is_disabled from account where name = $1",
        name,
    )
    return _Found(*row) if row is not None else None


async def _buckets(
    conn: asyncpg.Connection, gate: Gate, name: str, found: _Found | None, client: Client
) -> tuple[tuple[Bucket, ...], tuple[Bucket, ...]]:
    """Return what an attempt counts against: what its success clears, and what it only takes itself from."""
    tag, network = gate.secrets.tag, network_of(client.address)
    by_device, by_address = (
        await is_known(conn, gate, found.id, client.address, client.device)
        if found is not None
        else (False, False)
    )
    if by_device:
        return (Bucket(tag("attempt device", name, client.device), BY_DEVICE),), ()
    pair = Bucket(tag("attempt pair", name, network), BY_PAIR)
    spared = [Bucket(tag("attempt address", network), BY_ADDRESS)]
    if not by_address:
        spared.append(Bucket(tag("attempt name", name), BY_NAME))
    return (pair,), tuple(spared)


async def _check_second_factor(
    pool: asyncpg.Pool, gate: Gate, found: _Found, code: str, spared: tuple[Bucket, ...], now: datetime
) -> None:
    if not found.has_second_factor:
        return
    async with acquired(pool) as conn:
        if not code:
            await forgive(conn, (), spared)
            raise Refusal("sign_in.code_needed")
        if not await use_code(conn, gate, found.id, code, now):
            await _note_refusal(conn, gate, found.name, found, now, why="code")
            raise Refusal("sign_in.code_wrong")


async def _note_refusal(
    conn: asyncpg.Connection, gate: Gate, name: str, found: _Found | None, now: datetime, *, why: str
) -> None:
    # A name nobody has may be a password typed into the wrong field: only its keyed digest is noted.
    subject = f"account:{name}" if found else f"name:{gate.secrets.tag('name', name).hex()[:16]}"
    by = f"person:{found.person}" if found else "nobody"
    await trace.note(conn, "sign_in_refused", by=by, at=now, subject=subject, why=why)
