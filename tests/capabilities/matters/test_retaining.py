"""Who asked is released when the last of their matters is over, and held again when one is reopened."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from fakes.city import EAST, an_office
from fakes.logbook import settled
from fakes.people import SOMEBODY, post, resident
from fakes.walk import MONDAY
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, NewMatter, NewStep, OpenedView
from yuzhi.capabilities.vault import Person
from yuzhi.store.postgres.store import PostgresStore

CLERK = post("desk", "handler", id="clerk")


async def read_on(pool: asyncpg.Pool) -> None:
    """Read until nothing is left."""
    await settled(pool)
    while await matters.keep_while_needed(pool, most=2):
        pass


async def released(pool: asyncpg.Pool) -> datetime | None:
    at: datetime | None = await pool.fetchval(
        "select released_at from vault_person where id = $1", UUID(SOMEBODY)
    )
    return at


async def test_retention_begins_with_the_end_of_the_last_matter(pool: asyncpg.Pool) -> None:
    office = an_office(PostgresStore(pool, TABLES), chance=Random(1).randbytes)
    found = []
    for phone in ("13800001111", "13900002222"):
        ask = NewMatter(
            procedure="request", subject="漏水", kind="help", territory=EAST, requester=Person(phone=phone)
        )
        answer = await matters.open_matter(office, ask, resident(), MONDAY)
        found.append(msgspec.json.decode(answer, type=OpenedView).id)

    async def take(matter: UUID, step: str, hours: int, by: Any = CLERK, **said: Any) -> None:
        await matters.take_step(office, matter, step, NewStep(**said), by, MONDAY + timedelta(hours=hours))

    async def close(matter: UUID, hours: int) -> None:
        await take(matter, "sign", hours)
        await take(matter, "answer", hours, texts={"reply": "好了"}, outcome="solved", form={"cost": 1})
        await take(matter, "confirm", hours, resident(), satisfaction="satisfied", solved=True)

    await close(found[0], 1)
    await read_on(pool)
    assert await released(pool) is None
    await close(found[1], 2)
    await read_on(pool)
    assert await released(pool) == MONDAY + timedelta(hours=2)
    await take(
        found[1],
        "dispute",
        3,
        resident(),
        texts={"objection": "又漏了"},
        satisfaction="not_satisfied",
        solved=False,
    )
    await read_on(pool)
    assert await released(pool) is None
