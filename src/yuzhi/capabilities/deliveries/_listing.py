"""Deliveries as they stand: who was told what by which way, and what could not be delivered."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base import cursor
from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.engine.definition import PARTIES
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 200
STATES = ("queued", "sending", "sent", "acknowledged", "dead")


class DeliveryView(Struct, frozen=True):
    """A delivery; `channel` is empty for the letter itself, which goes into the inbox."""

    id: UUID
    matter: UUID | None
    number: str
    letter: str
    audience: str
    unit: str
    channel: str
    state: str
    attempts: int
    is_urgent: bool
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    acknowledged_at: datetime | None
    reason: str


class AttemptView(Struct, frozen=True):
    """One attempt."""

    no: int
    at: datetime
    outcome: str
    reason: str


class TracedView(Struct, frozen=True):
    """A delivery with every attempt, and the same letter's other ways."""

    delivery: DeliveryView
    attempts: tuple[AttemptView, ...]
    others: tuple[DeliveryView, ...]


class DeliveriesPage(Struct, frozen=True):
    """A page, newest first; `next` is the key of the page after it, absent on the last."""

    rows: tuple[DeliveryView, ...]
    next: str | None


_COLUMNS = (
    "d.id, d.matter_id, coalesce(m.number, '') number, d.letter, d.audience, d.unit, d.channel, d.state,"
    " d.attempts, d.is_urgent, d.created_at, d.next_at, d.sent_at, d.acknowledged_at, d.last_reason"
)
_FROM = " from delivery d left join matter m on m.id = d.matter_id"
# A letter for many that was told apart is listed as what each of them got.
_APART = "not (d.audience = any($3) and d.requester is null and d.person is null and d.state = 'sent')"
# The twin of what row security says of matters; `$1` null is whoever keeps the machine. No unit is not a
# unit: letters to requesters have none either.
_SEEN = (
    "($1::text[] is null or m.city = any($1) or m.district = any($1) or m.town = any($1)"
    " or m.community = any($1) or m.territory = any($1)"
    " or ($2 <> '' and (d.unit = $2"
    " or exists (select from assignment a where a.matter_id = d.matter_id and a.unit = $2))))"
)


async def deliveries(
    pool: asyncpg.Pool,
    by: Actor | None,
    *,
    state: str = "",
    channel: str | None = None,
    matter: UUID | None = None,
    after: str | None = None,
    most: int = 50,
) -> DeliveriesPage:
    """Return deliveries about matters `by` may see (everything for None), newest first.

    Raises Refusal `list.bad_filter` and `list.bad_cursor`.
    """
    if state and state not in STATES:
        raise Refusal("list.bad_filter", filter="state", given=state[:40])
    most = max(1, min(most, MOST_ROWS))
    tests, arguments = [_SEEN, _APART], [*_who(by), list(PARTIES)]
    for test, value in (
        ("d.state = ${n}", state or None),
        ("d.channel = ${n}", channel),
        ("d.matter_id = ${n}", matter),
        ("(d.created_at, d.id) < (${n}, ${more})", cursor.read(after)),
    ):
        if value is None:
            continue
        arguments += value if isinstance(value, tuple) else (value,)
        tests.append(test.format(n=len(arguments) - isinstance(value, tuple), more=len(arguments)))
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            f"select {_COLUMNS}{_FROM} where {' and '.join(tests)}"
            f" order by d.created_at desc, d.id desc limit {most + 1}",
            *arguments,
        )
    shown = [DeliveryView(*row) for row in rows[:most]]
    return DeliveriesPage(
        rows=tuple(shown),
        next=cursor.written((shown[-1].created_at, shown[-1].id)) if len(rows) > most else None,
    )


async def trace(pool: asyncpg.Pool, by: Actor | None, delivery: UUID) -> TracedView:
    """Return a delivery with its attempts; raise Refusal `delivery.unknown` if `by` may not see it."""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(
            f"select {_COLUMNS}{_FROM} where d.id = $3 and {_SEEN}", *_who(by), delivery
        )
        if row is None:
            raise Refusal("delivery.unknown", delivery=str(delivery))
        attempts = await conn.fetch(
            "select no, at, outcome, reason from delivery_attempt where delivery_id = $1 order by no",
            delivery,
        )
        others = await conn.fetch(
            f"select {_COLUMNS}{_FROM}, delivery o where o.id = $1 and d.id <> $1"
            " and coalesce(d.letter_of, d.id) = coalesce(o.letter_of, o.id) and"
            " (d.letter_of = coalesce(o.letter_of, o.id) or d.id = o.letter_of) order by d.channel",
            delivery,
        )
    return TracedView(
        delivery=DeliveryView(*row),
        attempts=tuple(AttemptView(*one) for one in attempts),
        others=tuple(DeliveryView(*one) for one in others),
    )


def _who(by: Actor | None) -> Sequence[object]:
    if by is None:
        return (None, "")
    return (list(by.covers), by.unit) if by.hand == "post" else ([], "")
