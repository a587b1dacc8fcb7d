"""The SQL of advice: what the memory is fed with, and the matters shown, which the asker may see."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import looking
from yuzhi.store.postgres.pool import acquired

READ = 2000  # characters of a text

_WORDS = (
    "coalesce((select t.body from text t where t.id = m.subject), '') subject,"
    f" coalesce((select left(t.body, {READ}) from text t where t.matter_id = m.id and t.name = 'detail'"
    " and t.body is not null order by t.id limit 1), '') detail"
)
_OLDER = f"select m.id, m.pack, {_WORDS} from matter m where m.id < $1 order by m.id desc limit $2"
_THESE = f"select m.id, m.pack, {_WORDS} from matter m where m.id = any($1) order by m.id"
_HORIZON = "select pg_snapshot_xmin(pg_current_snapshot())"
# As in searching: entries older than every transaction still running, in the order of transactions.
_SINCE = (
    "select e.transaction, e.position, e.matter_id, e.seq from entry e"
    " where (e.transaction, e.position) > ($1, $2)"
    " and e.transaction < pg_snapshot_xmin(pg_current_snapshot())"
    " order by e.transaction, e.position limit $3"
)
_SHOWN = (
    "select m.id, m.number, coalesce(s.body, '') subject, m.state, m.category, m.opened_at, m.ended_at,"
    " m.outcome, coalesce((select t.body from text t where t.matter_id = m.id and t.name = 'reply'"
    " and t.body is not null order by t.id desc limit 1), '') answer"
    " from matter m left join text s on s.id = m.subject where m.id = any($1)"
)
_TOLD = (
    "select m.procedure, m.pack, m.version, m.category, m.territory, m.kind, m.channel, m.urgency, m.route,"
    f" m.lead_unit, m.opened_at, {_WORDS} from matter m where m.id = $1"
)

Fed = tuple[str, str, str, str]
"""A matter's id and pack, its subject and its text."""

Cursor = tuple[Any, int]


async def horizon(pool: asyncpg.Pool) -> Cursor:
    """Return the point in the journal from which on new matters must be looked for."""
    async with acquired(pool) as conn:
        return await conn.fetchval(_HORIZON), 0


async def older_than(pool: asyncpg.Pool, matter: UUID, *, most: int) -> list[Fed]:
    """Return the matters opened before one, the latest first."""
    async with acquired(pool) as conn:
        return [_fed(row) for row in await conn.fetch(_OLDER, matter, most)]


async def newer_than(pool: asyncpg.Pool, cursor: Cursor, *, most: int) -> tuple[list[Fed], Cursor, bool]:
    """Return matters opened after a point of the journal, the next point, and whether there is more."""
    async with acquired(pool) as conn:
        entries = await conn.fetch(_SINCE, *cursor, most)
        if not entries:
            return [], cursor, False
        opened = [row["matter_id"] for row in entries if row["seq"] == 1]
        rows = await conn.fetch(_THESE, opened) if opened else []
    last = entries[-1]["transaction"], entries[-1]["position"]
    return [_fed(row) for row in rows], last, len(entries) == most


def _fed(row: asyncpg.Record) -> Fed:
    return str(row["id"]), row["pack"], row["subject"], row["detail"]


async def shown(pool: asyncpg.Pool, by: Actor, matters: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what is shown of some matters, those `by` may see."""
    if not matters:
        return {}
    async with looking(pool, by) as conn:
        rows = await conn.fetch(_SHOWN, list(dict.fromkeys(matters)))
    return {row["id"]: dict(row) for row in rows}


async def visible(pool: asyncpg.Pool, by: Actor, matters: Sequence[UUID]) -> dict[UUID, str]:
    """Return the territory of each of some matters that `by` may see."""
    async with looking(pool, by) as conn:
        rows = await conn.fetch("select id, territory from matter where id = any($1)", list(matters))
    return {row["id"]: row["territory"] for row in rows}


async def told_of(pool: asyncpg.Pool, matter: UUID) -> dict[str, Any] | None:
    """Return what a matter says and how it stands. Whether it may be seen is asked before."""
    async with acquired(pool) as conn:
        row = await conn.fetchrow(_TOLD, matter)
    return dict(row) if row is not None else None
