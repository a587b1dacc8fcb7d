"""The outbox's state machine in SQL: queued → sent → acknowledged, or failed and tried again, or dead.

Whoever claims a delivery holds it for a lease; if they die it is claimed again. So a letter may be
carried twice, never not at all; carriers are made to bear that.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.store.postgres.pool import acquired

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 10
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=6)


class Claimed(Struct, frozen=True):
    """A delivery somebody has in hand; `attempt` counts from 1. Some are about no matter."""

    id: UUID
    matter: UUID | None
    letter: str
    audience: str
    unit: str
    requester: UUID | None
    created_at: datetime
    attempt: int


class Tried(Struct, frozen=True):
    """How an attempt went; `reason` is empty when it was delivered."""

    id: UUID
    attempt: int
    reason: str = ""
    is_final: bool = False


def wait_after(attempt: int) -> timedelta:
    """Return how long to wait after a failed attempt: doubling, up to six hours."""
    return min(_FIRST_WAIT * (1 << (attempt - 1)), _LONGEST_WAIT)


async def queue(conn: asyncpg.Connection, id_: UUID, *, audience: str, letter: str, now: datetime) -> None:
    """Queue a letter that is about no matter, in the caller's transaction; `audience` says who writes it."""
    await conn.execute(
        "insert into delivery (id, seq, letter, audience, unit, state, next_at, created_at)"
        " values ($1, 0, $2, $3, '', 'queued', $4, $4)",
        id_,
        letter,
        audience,
        now,
    )


async def claim(pool: asyncpg.Pool, now: datetime, most: int) -> Sequence[Claimed]:
    """Take at most `most` deliveries whose time has come; those another worker takes are skipped."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "update delivery d set state = 'sending', attempts = attempts + 1, next_at = $1 + $3 from"
            " (select id from delivery where next_at <= $1 order by next_at, id limit $2"
            " for update skip locked) c where d.id = c.id"
            " returning d.id, d.matter_id, d.letter, d.audience, d.unit, d.requester, d.created_at,"
            " d.attempts",
            now,
            most,
            LEASE,
        )
    return [Claimed(*row.values()) for row in rows]


async def settle(pool: asyncpg.Pool, tried: Sequence[Tried], now: datetime) -> None:
    """Write down how attempts went, in one transaction."""
    if not tried:
        return
    states, waits = [], []
    for one in tried:
        is_dead = one.is_final or one.attempt >= MOST_ATTEMPTS
        states.append("sent" if not one.reason else "dead" if is_dead else "queued")
        waits.append(now + wait_after(one.attempt) if states[-1] == "queued" else None)
    async with acquired(pool) as conn, conn.transaction():
        await conn.execute(
            "update delivery d set state = s.state, next_at = s.next_at, last_reason = s.reason,"
            " sent_at = case when s.state = 'sent' then $5 else sent_at end"
            " from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])"
            " s(id, state, next_at, reason)"
            " where d.id = s.id and d.state = 'sending'",
            [one.id for one in tried],
            states,
            waits,
            [one.reason for one in tried],
            now,
        )
        await conn.execute(
            "insert into delivery_attempt (delivery_id, no, at, outcome, reason)"
            " select id, no, $5, outcome, reason from"
            " unnest($1::uuid[], $2::int4[], $3::text[], $4::text[]) t(id, no, outcome, reason)"
            " on conflict do nothing",
            [one.id for one in tried],
            [one.attempt for one in tried],
            ["failed" if one.reason else "sent" for one in tried],
            [one.reason for one in tried],
            now,
        )


async def resend(pool: asyncpg.Pool, delivery: UUID, now: datetime) -> bool:
    """Queue a dead delivery once more; say whether there was one."""
    async with acquired(pool) as conn:
        done = await conn.execute(
            "update delivery set state = 'queued', next_at = $2, attempts = 0"
            " where id = $1 and state = 'dead'",
            delivery,
            now,
        )
    return bool(done == "UPDATE 1")
