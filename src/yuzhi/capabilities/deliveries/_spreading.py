"""One letter to many people: to the parties of a matter, each of whom gets a delivery of their own.

Who they are is asked when the letter goes out: whoever has left by then is told nothing.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

import asyncpg
from msgspec import Struct

from yuzhi.capabilities.deliveries._claims import Claimed
from yuzhi.engine.definition import PARTIES


class Addressee(Struct, frozen=True):
    """Somebody a letter is for: the account that is theirs, and the vault's reference if that is another."""

    letter: UUID
    requester: UUID | None
    person: UUID | None = None


Circle = Callable[[asyncpg.Connection, Sequence[Claimed], datetime], Awaitable[Sequence[Addressee]]]
"""Says, in the transaction in which they are told, to whom letters for many go; each person once a letter."""


async def nobody(
    _conn: asyncpg.Connection, _letters: Sequence[Claimed], _now: datetime
) -> Sequence[Addressee]:
    """Know of no parties."""
    return ()


def is_for_many(claimed: Claimed) -> bool:
    """Say whether a letter is yet to be told apart by people."""
    return claimed.audience in PARTIES and claimed.addressee is None


async def spread_out(
    conn: asyncpg.Connection, letters: Sequence[Claimed], circle: Circle, now: datetime
) -> None:
    """Queue a delivery for each person letters are for, in the caller's transaction; again is nothing new."""
    if not letters:
        return
    rows = [
        (one.letter, uuid5(one.letter, str(one.person or one.requester)), one.requester, one.person)
        for one in await circle(conn, letters, now)
    ]
    if rows:
        await conn.execute(
            "insert into delivery (id, matter_id, seq, letter, audience, unit, requester, person, state,"
            " next_at, created_at) select t.id, d.matter_id, d.seq, d.letter, d.audience, '', t.requester,"
            " t.person, 'queued', $5, d.created_at"
            " from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[]) t(letter, id, requester, person)"
            " join delivery d on d.id = t.letter on conflict do nothing",
            *(list(column) for column in zip(*rows, strict=True)),
            now,
        )


async def hand_to_account(conn: asyncpg.Connection, person: UUID, account: UUID) -> None:
    """Put what was written to a party into the inbox of the account that is now theirs."""
    await conn.execute(
        "update notice n set requester = $2 from delivery d where d.person = $1 and d.channel = ''"
        " and n.delivery_id = d.id and n.requester is null",
        person,
        account,
    )
