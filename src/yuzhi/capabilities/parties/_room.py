"""What handling a case needs, and the one way to look into it: as somebody, seeing what is theirs."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.trace import name_of
from yuzhi.capabilities.vault import Keys
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Unit


@dataclass(frozen=True)
class CaseRoom:
    """The office whose matters they are, the database, and the keys of the vault.

    `writing` gives what writes a matter's entries on a connection, in the transaction that is open there.
    """

    office: Office
    pool: asyncpg.Pool
    keys: Keys
    writing: Callable[[asyncpg.Connection], Unit]


@asynccontextmanager
async def inside(room: CaseRoom, by: Actor) -> AsyncIterator[asyncpg.Connection]:
    """Lend a connection that sees of all cases only those `by` is in, whatever it is asked.

    The database itself sees to that (row security): the transaction is that of a role that owns nothing.
    """
    requester = by.id if by.hand == "requester" and by.is_known else ""
    post = by.id if by.hand == "post" else ""
    async with acquired(room.pool) as conn, conn.transaction(readonly=True):
        await conn.fetchrow(_LOOK, " ".join(by.covers), by.unit, requester, post)
        yield conn


_LOOK = """
select set_config('role', 'yuzhi_reader', true), set_config('yuzhi.ground', $1, true),
    set_config('yuzhi.units', $2, true), set_config('yuzhi.requester', $3, true),
    set_config('yuzhi.post', $4, true)
"""


async def check_inside(room: CaseRoom, matter: UUID, by: Actor) -> asyncpg.Record:
    """Return the row of a dispute `by` is in.

    Raises Refusal `dispute.sealed` for one they are not in, `dispute.not_found` for a matter that is none.
    A requester who is not in it, or a post who does not see the matter, learns only that there is nothing.
    """
    async with inside(room, by) as conn:
        row = await conn.fetchrow("select * from dispute where matter_id = $1", matter)
        is_seen = row is None and await conn.fetchval("select true from matter where id = $1", matter)
    if row is not None:
        return row
    if not is_seen:
        raise Refusal("dispute.not_found", matter=str(matter))
    async with acquired(room.pool) as conn:
        is_there = await conn.fetchval("select true from dispute where matter_id = $1", matter)
    if is_there and by.hand == "post":
        raise Refusal("dispute.sealed", matter=str(matter), basis="人民调解法 15")
    raise Refusal("dispute.not_found", matter=str(matter))


async def check_staff(room: CaseRoom, matter: UUID, by: Actor) -> asyncpg.Record:
    """Return the row of a dispute that `by` works on as a post.

    Raises as `check_inside`, and Refusal `dispute.posts_only`.
    """
    row = await check_inside(room, matter, by)
    if by.hand != "post":
        raise Refusal("dispute.posts_only")
    return row


async def is_withheld(pool: asyncpg.Pool, matter: UUID, by: Actor) -> bool:
    """Say whether what was said in a matter is kept from `by`: a dispute they are not in."""
    if by.hand not in {"post", "requester"}:
        return False
    async with acquired(pool) as conn, conn.transaction(readonly=True):
        found = await conn.fetchrow(
            "with who as (select set_config('yuzhi.units', $2, true),"
            " set_config('yuzhi.requester', $3, true), set_config('yuzhi.post', $4, true))"
            " select yuzhi_is_sealed($1) as is_sealed from who",
            matter,
            by.unit,
            by.id if by.hand == "requester" and by.is_known else "",
            by.id if by.hand == "post" else "",
        )
        if not found["is_sealed"]:
            return False
        return not await conn.fetchval("select yuzhi_in_case($1)", matter)


async def note_act(
    conn: asyncpg.Connection, matter: UUID, act: str, by: Actor, now: datetime, **facts: object
) -> None:
    """Note what somebody did, in the transaction in which it is done. Facts hold no personal data."""
    await conn.execute(
        "insert into case_act (matter_id, at, actor, unit, act, facts) values ($1, $2, $3, $4, $5, $6)",
        *act_row(matter, act, by, now, facts),
    )


def act_row(
    matter: UUID, act: str, by: Actor, now: datetime, facts: Mapping[str, object]
) -> tuple[object, ...]:
    """Return the row of an act."""
    told = msgspec.json.encode(msgspec.to_builtins(facts, enc_hook=str), order="sorted").decode()
    return (matter, now, name_of(by), by.unit, act, told)
