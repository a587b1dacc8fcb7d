"""Ending deputies and shifts: what has begun ends now, the rest is removed; both leave an audit row."""

from datetime import date, datetime
from typing import Final

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry._queries import CHANNEL, note_permissions
from yuzhi.capabilities.registry._views import Deputy, EndedView, Shift


async def deputy_of(conn: asyncpg.Connection, id_: str) -> Deputy:
    """Return a standing-in by its name; raises Refusal `registry.deputy_unknown`."""
    row = await conn.fetchrow(
        "select id, post, acting, valid_from, valid_to, reason from deputy where id = $1", id_
    )
    if row is None:
        raise Refusal("registry.deputy_unknown", deputy=id_[:100])
    return Deputy(*row)


async def shift_of(conn: asyncpg.Connection, id_: str) -> Shift:
    """Return a shift by its name; raises Refusal `registry.shift_unknown`."""
    row = await conn.fetchrow("select id, unit, post, role, starts_at, ends_at from shift where id = $1", id_)
    if row is None:
        raise Refusal("registry.shift_unknown", shift=id_[:100])
    return Shift(*row)


async def end_deputy(
    conn: asyncpg.Connection, deputy: Deputy, on: date, *, actor: str, now: datetime
) -> EndedView:
    """Let nobody stand in any more from the day `on`: it ends then, or is removed if it had not begun before.

    Raises Refusal `registry.over` if it had ended already.
    """
    if deputy.valid_to <= on:
        raise Refusal("registry.over", ended=deputy.valid_to)
    is_removed = deputy.valid_from >= on
    await _end(conn, "deputy", deputy.id, None if is_removed else on, actor=actor, now=now)
    return EndedView(deputy.id, is_removed)


async def end_shift(conn: asyncpg.Connection, shift: Shift, *, actor: str, now: datetime) -> EndedView:
    """Take a post off duty: a shift that goes on ends now, one to come is removed.

    Raises Refusal `registry.over` if it had ended already.
    """
    if shift.ends_at <= now:
        raise Refusal("registry.over", ended=shift.ends_at)
    is_removed = shift.starts_at >= now
    await _end(conn, "shift", shift.id, None if is_removed else now, actor=actor, now=now)
    return EndedView(shift.id, is_removed)


async def _end(
    conn: asyncpg.Connection, relation: str, id_: str, ends: date | datetime | None, *, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    async with conn.transaction():
        await (
            conn.execute(_REMOVE[relation], id_, now, actor)
            if ends is None
            else conn.execute(_END[relation], id_, now, actor, ends)
        )
        await note_permissions(conn, relation, [id_], actor=actor, now=now)
        await conn.execute("select pg_notify($1, 'registry')", CHANNEL)


_ENDS: Final = {"deputy": "valid_to", "shift": "ends_at"}
_REMOVE: Final = {
    name: f"""
with gone as (delete from {name} where id = $1 returning *)
insert into ground_audit (at, actor, relation, key, before, after)
select $2, $3, '{name}', id, to_jsonb(gone), null from gone
"""
    for name in _ENDS
}
# In one statement every part sees the table as it was before: `old` is what the row was.
_END: Final = {
    name: f"""
with ended as (update {name} set {column} = $4 where id = $1 returning *)
insert into ground_audit (at, actor, relation, key, before, after)
select $2, $3, '{name}', id, to_jsonb(old), to_jsonb(ended) from ended join {name} old using (id)
"""
    for name, column in _ENDS.items()
}
