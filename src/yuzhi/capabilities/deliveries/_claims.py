"""The outbox's state machine in SQL: queued → sending → sent → acknowledged, or tried again, or dead.

Whoever claims a delivery holds it for a lease; if they die it is claimed again. So a letter may be
carried twice, never not at all; carriers are made to bear that. Claims and settles are statements over
many deliveries at once.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.store.postgres.pool import acquired

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 16
"""Attempts until a delivery is dead: over some twenty hours, so that a night's outage costs no letter."""
MOST_UNANSWERED = 3
"""Messages that the other side took but never acknowledged, where it had promised to, until one is dead."""
GATHERED = 4
"""How many deliveries are taken along, for each one claimed, because they go to the same recipient."""
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=6)


UNANSWERED = "acknowledgement.missing"

Bury = Callable[[asyncpg.Connection, Sequence[UUID]], Awaitable[object]]
"""Told, in the same transaction, of deliveries that are dead."""


async def _in_silence(_conn: asyncpg.Connection, _dead: Sequence[UUID]) -> None:
    pass


class Claimed(Struct, frozen=True):
    """A delivery somebody has in hand; `attempt` counts from 1. Some are about no matter.

    `person` is a party, whom the vault knows under another reference than the account that is theirs.
    """

    id: UUID
    matter: UUID | None
    letter: str
    audience: str
    unit: str
    requester: UUID | None
    created_at: datetime
    attempt: int
    seq: int = 0
    recipient: str = ""
    is_urgent: bool = False
    about: UUID | None = None
    forgiven: int = 0
    person: UUID | None = None

    @property
    def addressee(self) -> UUID | None:
        """Return under which reference the vault knows where they are reached."""
        return self.person or self.requester


class Tried(Struct, frozen=True):
    """How an attempt went; `reason` is empty when it was delivered.

    `wait` is how long to wait before the next one; after one that went well, for an acknowledgement.
    `is_put_off` says that nothing was tried.
    """

    id: UUID
    attempt: int
    reason: str = ""
    is_final: bool = False
    wait: timedelta = timedelta()
    forgiven: int = 0
    is_put_off: bool = False

    @property
    def state(self) -> str:
        """Return the state the delivery is in now."""
        if not self.reason:
            return "sent"
        is_dead = self.is_final or self.attempt - self.forgiven >= MOST_ATTEMPTS
        return "dead" if is_dead and not self.is_put_off else "queued"

    @property
    def is_awaited(self) -> bool:
        """Say whether the other side still has to say that the message arrived."""
        return not self.reason and bool(self.wait)


def wait_after(attempt: int, chance: float = 1.0) -> timedelta:
    """Return how long to wait after a failed attempt: doubling, up to six hours.

    `chance` from 0 to 1 shortens it by up to a half, so that what failed together does not return together.
    """
    longest = min(_FIRST_WAIT * (1 << min(attempt - 1, 20)), _LONGEST_WAIT)
    return longest * (0.5 + chance / 2)


async def queue(conn: asyncpg.Connection, id_: UUID, *, audience: str, letter: str, now: datetime) -> None:
    """Queue a letter that is about no matter, in the caller's transaction; `audience` says who writes it."""
    await queue_all(conn, [id_], audience=audience, letter=letter, now=now)


async def queue_all(
    conn: asyncpg.Connection, ids: Sequence[UUID], *, audience: str, letter: str, now: datetime
) -> None:
    """Queue letters that are about no matter, in one statement, in the caller's transaction."""
    await conn.execute(
        "insert into delivery (id, seq, letter, audience, unit, state, next_at, created_at)"
        " select id, 0, $2, $3, '', 'queued', $4, $4 from unnest($1::uuid[]) id",
        ids,
        letter,
        audience,
        now,
    )


async def claim(
    pool: asyncpg.Pool, now: datetime, most: int, *, channel: str = "", gathers: bool = False,
    bury: Bury = _in_silence, only: Sequence[UUID] | None = None,
) -> Sequence[Claimed]:  # fmt: skip
    """Take deliveries of a channel whose time has come, of `only` some letters; what others took is skipped.

    At most `most`; if it `gathers`, whatever else waits for the same recipients too, within bounds. A letter
    whose carriers never came back, as often as letters are tried, is dead, and so is one that was taken
    several times and never acknowledged: `bury` is told of them in the same transaction.
    """
    async with acquired(pool) as conn, conn.transaction():
        rows = await conn.fetch(
            _CLAIM,
            now,
            most,
            LEASE,
            channel,
            gathers,
            most * GATHERED if gathers else 0,
            MOST_ATTEMPTS,
            MOST_UNANSWERED,
            UNANSWERED,
            only,
        )
        unanswered = [row for row in rows if row["was"] == "sent"]
        if unanswered:
            await conn.execute(
                "update delivery_attempt a set outcome = 'failed', reason = $3"
                " from unnest($1::uuid[], $2::int4[]) s(id, no) where a.delivery_id = s.id and a.no = s.no",
                [row["id"] for row in unanswered],
                [row["attempts"] - (not row["is_spent"]) for row in unanswered],
                UNANSWERED,
            )
        if spent := [row["id"] for row in rows if row["is_spent"]]:
            await bury(conn, spent)
    taken = (Claimed(*list(row.values())[:-2]) for row in rows if not row["is_spent"])
    return sorted(taken, key=lambda one: (one.created_at, one.id))


_CLAIM = """
with ripe as materialized (
    select id, recipient, state as was, attempts - forgiven >= case state when 'sending' then $7::int
        when 'sent' then $8::int end as is_spent
    from delivery where channel = $4 and next_at <= $1
        and ($10::uuid[] is null or letter_of = any($10)) order by next_at, id limit $2 for update skip locked
), rest as materialized (
    select d.id, d.state as was from delivery d where $5 and d.channel = $4 and d.next_at <= $1
    and not (d.state = 'sending' and d.attempts - d.forgiven >= $7)
    and not (d.state = 'sent' and d.attempts - d.forgiven >= $8)
    and d.recipient = any(array(select recipient from ripe))
    and d.id <> all(array(select id from ripe)) limit $6 for update skip locked
)
update delivery d set state = case when c.is_spent then 'dead' else 'sending' end,
    attempts = attempts + (not c.is_spent)::int,
    next_at = case when c.is_spent then null else $1 + $3::interval end,
    last_reason = case when c.was = 'sent' then $9
        when c.is_spent then 'carrier.never_came_back' else last_reason end
from (select id, was, coalesce(is_spent, false) as is_spent from ripe
    union all select id, was, false from rest) c
where d.id = c.id
returning d.id, d.matter_id, d.letter, d.audience, d.unit, d.requester, d.created_at, d.attempts, d.seq,
    d.recipient, d.is_urgent, d.about, d.forgiven, d.person, c.was, c.is_spent
"""


async def settle(conn: asyncpg.Connection, tried: Sequence[Tried], now: datetime) -> None:
    """Write down how attempts went, in the caller's transaction.

    What was acknowledged meanwhile, or claimed anew by somebody else, is left as it is.
    """
    if not tried:
        return
    await conn.execute(
        "update delivery d set state = s.state, next_at = s.next_at, last_reason = s.reason,"
        " attempts = d.attempts - s.put_off::int,"
        " sent_at = case when s.state = 'sent' then $7 else sent_at end"
        " from unnest($1::uuid[], $2::int4[], $3::text[], $4::timestamptz[], $5::text[], $6::bool[])"
        " s(id, attempt, state, next_at, reason, put_off)"
        " where d.id = s.id and d.state = 'sending' and d.attempts = s.attempt",
        [one.id for one in tried],
        [one.attempt for one in tried],
        [one.state for one in tried],
        [now + one.wait if one.state == "queued" or one.is_awaited else None for one in tried],
        ["" if one.is_put_off else one.reason for one in tried],
        [one.is_put_off for one in tried],
        now,
    )
    made = [one for one in tried if not one.is_put_off]
    await conn.execute(
        "insert into delivery_attempt (delivery_id, no, at, outcome, reason)"
        " select id, no, $5, outcome, reason from"
        " unnest($1::uuid[], $2::int4[], $3::text[], $4::text[]) t(id, no, outcome, reason)"
        " on conflict do nothing",
        [one.id for one in made],
        [one.attempt for one in made],
        ["failed" if one.reason else "sent" for one in made],
        [one.reason for one in made],
        now,
    )


async def forget_windows(pool: asyncpg.Pool, before: datetime) -> None:
    """Forget until when letters waited for each other, where that is over."""
    async with acquired(pool) as conn:
        await conn.execute("delete from delivery_window where until < $1", before)


async def resend(pool: asyncpg.Pool, delivery: UUID, now: datetime) -> bool:
    """Queue a dead delivery once more, with as many attempts as a new one; say whether there was one."""
    async with acquired(pool) as conn:
        done = await conn.execute(
            "update delivery set state = 'queued', next_at = $2, forgiven = attempts"
            " where id = $1 and state = 'dead'",
            delivery,
            now,
        )
    return bool(done == "UPDATE 1")
