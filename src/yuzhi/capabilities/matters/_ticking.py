"""The clocks of all matters: those whose moment has come are found and made to speak, by any worker."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import structlog
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._handing import reported
from yuzhi.capabilities.matters._handlers import ticked
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import replay
from yuzhi.engine.matter import Matter
from yuzhi.store.journal import StoredEntry
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.store.unit import Change

log = structlog.get_logger()

WORKERS = 8
"""So many at once find work: each looks behind what the others may have in hand."""


BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


class Ticked(Struct, frozen=True):
    """What one round did: matters looked at, matters written, and those that could not be worked out."""

    found: int
    written: int
    stuck: dict[UUID, str]


async def tick_due(
    office: Office,
    pool: asyncpg.Pool,
    store: PostgresStore,
    now: datetime,
    *,
    most: int = 100,
    since: datetime = BEGINNING,
    leaving_out: Collection[UUID] = (),
) -> Ticked:
    """Let the clocks due by `now` of at most `most` matters speak, in one transaction.

    A clock whose moment came before `since` is left to somebody else.
    A matter another worker has in hand is passed over. Nobody who takes a step is kept waiting: if one
    slips in, this round fails with `matter.stale` and the next one sees where the matter then stands.
    """
    async with acquired(pool) as conn, conn.transaction():
        taken = await _take(conn, since, now, most, leaving_out)
        if not taken:
            return Ticked(found=0, written=0, stuck={})
        here = store.within(conn)
        histories = await here.entries(taken)
        done: list[tuple[Change, Matter]] = []
        stuck: dict[UUID, str] = {}
        silent: list[UUID] = []
        for matter in taken:
            match _worked_out(office, histories.get(matter, ()), now):
                case tuple() as worked:
                    done.append(worked)
                case None:
                    silent.append(matter)
                case code:
                    stuck[matter] = code
        stuck |= await _contradicted(conn, silent, now)
        await here.save([change for change, _ in done])
        await here.save(await reported(office, here, done, now))
    return Ticked(found=len(taken), written=len(done), stuck=stuck)


def _worked_out(
    office: Office, history: Sequence[StoredEntry], now: datetime
) -> tuple[Change, Matter] | str | None:
    """Return what a matter's clocks write and where it then stands, the code of what prevents it, or None if
    they are silent.
    """
    if not history:
        return "matter.not_found"
    try:
        worked = ticked(office, replay(history), now)
    except Refusal as refusal:
        return refusal.code
    except Exception:  # whatever is wrong with one matter must not hold up the others
        log.exception("a matter's clocks broke", matter=str(history[0].matter))
        return "clock.broke"
    return worked


async def _contradicted(conn: asyncpg.Connection, silent: Sequence[UUID], now: datetime) -> dict[UUID, str]:
    """Return the silent matters whose read table says to this day that they have something to say.

    Most are silent because somebody was there first, and then the read table, seen again, says so too.
    Those with an entry later than `now` will be asked again.
    """
    rows = await conn.fetch(
        "select distinct c.matter_id from clock c join matter m on m.id = c.matter_id"
        " where c.matter_id = any($1) and c.next_at <= $2 and m.updated_at <= $2",
        silent,
        now,
    )
    return {row["matter_id"]: "clock.nothing_due" for row in rows}


async def _take(
    conn: asyncpg.Connection, since: datetime, now: datetime, most: int, leaving_out: Collection[UUID]
) -> list[UUID]:
    """Return matters with a clock due, locked by an advisory lock rather than by row.

    A row lock here and the order in which a step writes its rows would make the two wait for each other.
    """
    rows = await conn.fetch(
        "with due as materialized (select matter_id, min(next_at) as at from"
        " (select matter_id, next_at from clock where next_at between $5 and $1"
        " and matter_id <> all($4::uuid[])"
        " order by next_at limit $3) ripe group by matter_id order by at)"
        " select matter_id from due where pg_try_advisory_xact_lock(hashtextextended(matter_id::text, 8311))"
        " limit $2",
        now,
        most,
        most * WORKERS,
        list(leaving_out),
        since,
    )
    return [row["matter_id"] for row in rows]
