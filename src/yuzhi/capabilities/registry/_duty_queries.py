"""The SQL of people, deputies and shifts, each saved with an audit row, and of handing a post over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import asyncpg
from msgspec.structs import astuple

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry._queries import CHANNEL, note_permissions, save_posts
from yuzhi.capabilities.registry._reading import PostList
from yuzhi.capabilities.registry._roster import Roster
from yuzhi.capabilities.registry._views import Deputy, ImportView, Person, Post, Shift

MOST_ON_DUTY: Final = 200


async def save_people(
    conn: asyncpg.Connection, people: Sequence[Person], *, actor: str, now: datetime
) -> ImportView:
    """Write people: new ones are added, differing ones renamed, others left."""
    return await _save(conn, _PEOPLE, people, actor, now)


async def save_deputies(
    conn: asyncpg.Connection, deputies: Sequence[Deputy], *, actor: str, now: datetime
) -> ImportView:
    """Write who stands in for whom; refuses `registry.post_unknown` when a post has gone meanwhile."""
    return await _save(conn, _DEPUTIES, deputies, actor, now)


async def save_shifts(
    conn: asyncpg.Connection, shifts: Sequence[Shift], *, actor: str, now: datetime
) -> ImportView:
    """Write who is on duty when; refuses `registry.post_unknown` when a post has gone meanwhile."""
    return await _save(conn, _SHIFTS, shifts, actor, now)


async def on_duty(
    conn: asyncpg.Connection, units: Sequence[str], starts_at: datetime, ends_at: datetime
) -> tuple[Shift, ...]:
    """Return the shifts of some units that touch a span of time, by when they start."""
    rows = await conn.fetch(
        "select id, unit, post, role, starts_at, ends_at from shift"
        " where unit = any($1) and starts_at < $3 and ends_at > $2 order by starts_at, id limit $4",
        units,
        starts_at,
        ends_at,
        MOST_ON_DUTY,
    )
    return tuple(Shift(*row) for row in rows)


async def hand_over(
    conn: asyncpg.Connection, known: Roster, post: str, *, to: Person, begins: date, id_: str, actor: str,
    now: datetime,
) -> Post:  # fmt: skip
    """Let another person hold a post from a day on, and return the new post.

    The old post ends the day before and a new one with the same unit, duties and territory begins, so
    that whoever acted can always be told; open work is the unit's, and stays there.
    Raises Refusal `registry.post_unknown`, `registry.post_not_held`, `registry.post_taken` when there is a
    post `id_` already, and `registry.same_person`.
    """
    old = known.post(post)
    if not old.is_valid(begins):
        raise Refusal("registry.post_not_held", post=old.id, begins=old.valid_from, ends=old.valid_to)
    if old.person == to.id:
        raise Refusal("registry.same_person", post=post, person=to.id)
    if id_ in known.posts:
        raise Refusal("registry.post_taken", post=id_)
    new = Post(id_, to.id, old.unit, old.duties, old.territory, begins, old.valid_to)
    ended = Post(old.id, old.person, old.unit, old.duties, old.territory, old.valid_from, begins)
    holder = known.people[old.person]
    await save_posts(conn, PostList(people=(holder, to), posts=(ended, new)), actor=actor, now=now)
    return new


@dataclass(frozen=True)
class _Relation:
    """A table as `_save` needs it: its columns with their types, the first of which is the key."""

    name: str
    columns: tuple[tuple[str, str], ...]

    def statement(self) -> str:
        """Return the statement that writes rows and audits each that changed.

        In one statement every part sees the tables as they were before: `old` is what a row was.
        """
        names = ", ".join(name for name, _ in self.columns)
        arrays = ", ".join(f"${n}::{kind}[]" for n, (_, kind) in enumerate(self.columns, 1))
        changed = ", ".join(f"{name} = excluded.{name}" for name, _ in self.columns[1:])
        at = len(self.columns) + 1
        return f"""
            with written as (
                insert into {self.name} ({names}) select * from unnest({arrays})
                on conflict (id) do update set {changed} where ({self.name}.*) is distinct from (excluded.*)
                returning *
            ), audited as (
                insert into ground_audit (at, actor, relation, key, before, after)
                select ${at}, ${at + 1}, '{self.name}', id, to_jsonb(old), to_jsonb(written)
                from written left join {self.name} as old using (id)
            )
            select id, not exists (select from {self.name} as old where old.id = written.id) as is_new
            from written
        """


_PEOPLE: Final = _Relation("person", (("id", "text"), ("name", "text")))
_DEPUTIES: Final = _Relation(
    "deputy",
    (
        ("id", "text"), ("post", "text"), ("acting", "text"), ("valid_from", "date"), ("valid_to", "date"),
        ("reason", "text"),
    ),
)  # fmt: skip
_SHIFTS: Final = _Relation(
    "shift",
    (
        ("id", "text"), ("unit", "text"), ("post", "text"), ("role", "text"), ("starts_at", "timestamptz"),
        ("ends_at", "timestamptz"),
    ),
)  # fmt: skip


async def _save(
    conn: asyncpg.Connection,
    relation: _Relation,
    found: Sequence[Person] | Sequence[Deputy] | Sequence[Shift],
    actor: str,
    now: datetime,
) -> ImportView:
    if not found:
        return ImportView(added=0, changed=0, unchanged=0)
    columns = [list(column) for column in zip(*(astuple(one) for one in found), strict=True)]
    try:
        async with conn.transaction():
            await conn.execute(f"lock table {relation.name} in share row exclusive mode")
            written = await conn.fetch(relation.statement(), *columns, now, actor)
            await note_permissions(conn, relation.name, [row["id"] for row in written], actor=actor, now=now)
            if written:
                await conn.execute("select pg_notify($1, 'registry')", CHANNEL)
    except asyncpg.ForeignKeyViolationError as gone:
        raise Refusal("registry.post_unknown", post=str(gone.detail)) from gone
    added = sum(row["is_new"] for row in written)
    return ImportView(added=added, changed=len(written) - added, unchanged=len(found) - len(written))
