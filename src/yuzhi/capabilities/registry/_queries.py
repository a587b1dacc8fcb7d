"""All the registry's SQL: the roster out of its tables, lists into them with an audit row per change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.registry._reading import PostList, UnitList
from yuzhi.capabilities.registry._roster import Roster
from yuzhi.capabilities.registry._views import Deputy, ImportView, Person, Post, Unit

CHANNEL = "ground_changed"
"""Notified with `registry` when the registry changed, so that every process loads a new roster."""

_UNIT_COLUMNS = "code, name, kind, territory, parent, valid_from, valid_to, contact"
_POST_COLUMNS = "id, person, unit, duties, territory, valid_from, valid_to"


async def load_roster(conn: asyncpg.Connection) -> Roster:
    """Return the whole registry as it stands."""
    units = await conn.fetch(f"select {_UNIT_COLUMNS} from unit")
    people = await conn.fetch("select id, name from person")
    posts = await conn.fetch(f"select {_POST_COLUMNS} from post")
    deputies = await conn.fetch("select id, post, acting, valid_from, valid_to, reason from deputy")
    return Roster(
        (_unit(*row) for row in units),
        (Person(*row) for row in people),
        (Post(row[0], row[1], row[2], tuple(row[3]), row[4], row[5], row[6]) for row in posts),
        (Deputy(*row) for row in deputies),
    )


def _unit(*cells: Any) -> Unit:  # noqa: ANN401 -- a row of the database
    code, name, kind, territory, parent, first, past, contact = cells
    return Unit(
        code, name, kind, territory, parent, first, past, msgspec.json.decode(contact, type=dict[str, str])
    )


async def save_units(conn: asyncpg.Connection, units: UnitList, *, actor: str, now: datetime) -> ImportView:
    """Write units: new ones are added, differing ones changed, others left. `actor` goes into the audit.

    Units the list does not name stay as they are; one is closed by giving it a `valid_to`.
    """
    rows = [
        (
            one.code,
            one.name,
            one.kind,
            one.territory,
            one.parent,
            one.valid_from,
            one.valid_to,
            _json(one.contact),
        )
        for one in units.units
    ]
    async with conn.transaction():
        await conn.execute("lock table unit in share row exclusive mode")
        written = await conn.fetch(_SAVE_UNITS, *_columns(rows, 8), now, actor)
        return await _told(conn, written, len(rows))


async def save_posts(conn: asyncpg.Connection, posts: PostList, *, actor: str, now: datetime) -> ImportView:
    """Write posts and the people who hold them, as `save_units` writes units.

    Refuses `registry.unit_unknown` when a unit has gone since the list was read.
    """
    people = [(one.id, one.name) for one in posts.people]
    rows = [
        (one.id, one.person, one.unit, "|".join(one.duties), one.territory, one.valid_from, one.valid_to)
        for one in posts.posts
    ]
    try:
        async with conn.transaction():
            await conn.execute("lock table person, post in share row exclusive mode")
            renamed = await conn.fetch(_SAVE_PEOPLE, *_columns(people, 2), now, actor)
            written = await conn.fetch(_SAVE_POSTS, *_columns(rows, 7), now, actor)
            await note_permissions(conn, "post", [row["id"] for row in written], actor=actor, now=now)
            return await _told(conn, written, len(rows), others=len(renamed))
    except asyncpg.ForeignKeyViolationError as gone:
        raise Refusal("registry.unit_unknown", unit=str(gone.detail)) from gone


async def note_permissions(
    conn: asyncpg.Connection, what: str, ids: Sequence[str], *, actor: str, now: datetime
) -> None:
    """Leave one line in the trace for what was saved; what each row was is in the ground's audit."""
    if ids:
        subject = f"{what}:{ids[0]}" if len(ids) == 1 else what
        await trace.note(
            conn, "permission_changed", by=actor, at=now, subject=subject, count=len(ids), first=ids[:20]
        )


async def posted_at(conn: asyncpg.Connection, person: str) -> datetime | None:
    """Return when another person last gave somebody a post or changed one; None for never."""
    found: datetime | None = await conn.fetchval(
        "select max(at) from ground_audit where relation = 'post' and actor like 'person:%'"
        " and after ->> 'person' = $1",
        person,
    )
    return found


async def _told(
    conn: asyncpg.Connection, written: Sequence[asyncpg.Record], of: int, *, others: int = 0
) -> ImportView:
    if written or others:
        await conn.execute("select pg_notify($1, 'registry')", CHANNEL)
    added = sum(row["is_new"] for row in written)
    return ImportView(added=added, changed=len(written) - added, unchanged=of - len(written))


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _json(data: object) -> str:
    return msgspec.json.encode(data, order="sorted").decode()


# In one statement every part sees the tables as they were before: `old` is what a row was.
_SAVE_UNITS = f"""
with given as (
    select * from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[], $8::jsonb[]
    ) as given ({_UNIT_COLUMNS})
), written as (
    insert into unit ({_UNIT_COLUMNS}) select {_UNIT_COLUMNS} from given
    on conflict (code) do update set
        name = excluded.name, kind = excluded.kind, territory = excluded.territory, parent = excluded.parent,
        valid_from = excluded.valid_from, valid_to = excluded.valid_to, contact = excluded.contact
    where (unit.*) is distinct from (excluded.*)
    returning *
), audited as (
    insert into ground_audit (at, actor, relation, key, before, after)
    select $9, $10, 'unit', code, to_jsonb(old), to_jsonb(written)
    from written left join unit as old using (code)
)
select code, not exists (select from unit as old where old.code = written.code) as is_new from written
"""

_SAVE_PEOPLE = """
with given as (
    select * from unnest($1::text[], $2::text[]) as given (id, name)
), written as (
    insert into person (id, name) select id, name from given
    on conflict (id) do update set name = excluded.name where person.name <> excluded.name
    returning *
), audited as (
    insert into ground_audit (at, actor, relation, key, before, after)
    select $3, $4, 'person', id, to_jsonb(old), to_jsonb(written)
    from written left join person as old using (id)
)
select id from written
"""

_SAVE_POSTS = f"""
with given as (
    select id, person, unit, string_to_array(duties, '|') as duties, territory, valid_from, valid_to
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[]
    ) as given ({_POST_COLUMNS})
), written as (
    insert into post ({_POST_COLUMNS}) select {_POST_COLUMNS} from given
    on conflict (id) do update set
        person = excluded.person, unit = excluded.unit, duties = excluded.duties,
        territory = excluded.territory, valid_from = excluded.valid_from, valid_to = excluded.valid_to
    where (post.*) is distinct from (excluded.*)
    returning *
), audited as (
    insert into ground_audit (at, actor, relation, key, before, after)
    select $8, $9, 'post', id, to_jsonb(old), to_jsonb(written)
    from written left join post as old using (id)
)
select id, not exists (select from post as old where old.id = written.id) as is_new from written
"""
