"""A gate for tests: weak hashing, a fixed key, real chance, and the codes it would have sent."""

import os
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
from argon2 import PasswordHasher

from yuzhi.capabilities import accounts
from yuzhi.capabilities.accounts import Client, Credentials, Gate, Opened, Passwords, Secrets

KEY = bytes(range(32))
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GOOD = "crouching heron 57 teapots"
BETTER = "marble lantern 83 voyages"


@dataclass
class Queued:
    """Codes that were queued, by id."""

    ids: list[UUID] = field(default_factory=list)

    async def __call__(self, _conn: asyncpg.Connection, id_: UUID, _now: datetime) -> None:
        self.ids.append(id_)


def gate(queued: Queued | None = None, key: bytes = KEY) -> Gate:
    """Return a gate; `queued` remembers the codes it sends."""
    secrets = Secrets(key, os.urandom)
    return Gate(secrets, Passwords(WEAK), os.urandom, queue_code=queued or Queued())


async def person(conn: asyncpg.Connection, id_: str, name: str = "Chen Yu") -> str:
    """Put somebody on the staff and return their id."""
    await conn.execute("insert into person (id, name) values ($1, $2) on conflict do nothing", id_, name)
    return id_


async def account(
    pool: asyncpg.Pool, at: Gate, name: str, now: datetime, *, password: str = GOOD, kind: str = "person"
) -> UUID:
    """Make an account with a password and return its id."""
    async with pool.acquire() as conn, conn.transaction():
        who = await person(conn, f"p-{name}")
        view, code = await accounts.keeping.create_account(
            conn, at, name, person=who, kind=kind, by="operator:test", now=now
        )
    if code:
        await accounts.keeping.set_password_with_invitation(pool, at, code, password, now)
    return view.id


async def signed_in(
    pool: asyncpg.Pool,
    at: Gate,
    name: str,
    now: datetime,
    *,
    password: str = GOOD,
    address: str = "192.0.2.1",
) -> Opened:
    """Sign somebody in and return the session."""
    opened, _ = await accounts.sign_in(pool, at, Credentials(name, password), Client(address), now)
    return opened
