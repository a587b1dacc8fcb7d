"""All SQL of the ground: loading it whole, and writing it with an audit row per changed row.

Every writer is one transaction (or a savepoint in the caller's), holds the tables meanwhile so
that two imports follow one another, and ends with a `ground_changed` notice, on which
processes load anew.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

import asyncpg

from yuzhi.capabilities.territory._lineage import Change
from yuzhi.capabilities.territory._tree import Atlas, Territory
from yuzhi.capabilities.territory._views import Boundary, Landmark

CHANNEL: Final = "ground_changed"
ROOM: Final = "territory"


def _told(row: str) -> str:
    """A territory's row for the audit: all of it, but the polygon only by its digest."""
    digest = f"jsonb_build_object('polygon_sha256', encode(sha256({row}.polygon), 'hex'))"
    return f"to_jsonb({row}) - 'polygon' || {digest}"


_WRITE_TERRITORIES: Final = f"""
with given as (
    select * from jsonb_to_recordset($1::text::jsonb) as r(
        code text, name text, level text, parent text, valid_from date, valid_to date, aliases text[],
        states_from boolean, states_to boolean, states_aliases boolean)
), wanted as (
    select g.code, g.name, g.level, g.parent,
        case when t.code is null or g.states_from then g.valid_from else t.valid_from end as valid_from,
        case when t.code is null or g.states_to then g.valid_to else t.valid_to end as valid_to,
        case when t.code is null or g.states_aliases then g.aliases
            when t.name <> g.name then array_remove(array_remove(t.aliases, t.name) || t.name, g.name)
            else t.aliases end as aliases,
        t.polygon, t.datum
    from given g left join territory t on t.code = g.code
), changed as (
    select w.*, case when t.code is not null then {_told("t")} end as before, {_told("w")} as after
    from wanted w left join territory t on t.code = w.code
    where t.code is null or (t.name, t.level, t.parent, t.valid_from, t.valid_to, t.aliases)
        is distinct from (w.name, w.level, w.parent, w.valid_from, w.valid_to, w.aliases)
), written as (
    insert into territory (code, name, level, parent, valid_from, valid_to, aliases)
    select code, name, level, parent, valid_from, valid_to, aliases from changed
    on conflict (code) do update set name = excluded.name, level = excluded.level,
        parent = excluded.parent, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
        aliases = excluded.aliases
), audited as (
    insert into ground_audit (at, actor, relation, key, before, after)
    select $2, $3, 'territory', code, before, after from changed order by code
)
select count(*) filter (where before is null) as added, count(before) as changed from changed
"""

_WRITE_BOUNDARIES: Final = f"""
with given as (
    select * from unnest($1::text[], $2::bytea[], $3::text[]) as r(code, polygon, datum)
), changed as (
    select g.*, {_told("t")} as before
    from given g join territory t on t.code = g.code
    where (t.polygon, t.datum) is distinct from (g.polygon, g.datum)
), written as (
    update territory t set polygon = c.polygon, datum = c.datum from changed c where t.code = c.code
), audited as (
    insert into ground_audit (at, actor, relation, key, before, after)
    select $4, $5, 'territory', code, before, before || jsonb_build_object(
        'datum', datum, 'polygon_sha256', encode(sha256(polygon), 'hex'))
    from changed order by code
)
select (select count(*) from changed) as changed,
    array(select g.code from given g where not exists (select from territory t where t.code = g.code))
        as unknown
"""

_WRITE_LANDMARKS: Final = """
with given as (
    select * from jsonb_to_recordset($1::text::jsonb) as r(
        territory text, name text, kind text, aliases text[], lon double precision, lat double precision)
), changed as (
    select g.*, to_jsonb(l) as before
    from given g left join landmark l on l.territory = g.territory and l.name = g.name
    where l.name is null
        or (l.kind, l.aliases, l.lon, l.lat) is distinct from (g.kind, g.aliases, g.lon, g.lat)
), written as (
    insert into landmark (territory, name, kind, aliases, lon, lat)
    select territory, name, kind, aliases, lon, lat from changed
    on conflict (territory, name) do update set kind = excluded.kind, aliases = excluded.aliases,
        lon = excluded.lon, lat = excluded.lat
), audited as (
    insert into ground_audit (at, actor, relation, key, before, after)
    select $2, $3, 'landmark', territory || '/' || name, before, to_jsonb(changed) - 'before'
    from changed order by territory, name
)
select count(*) from changed
"""

_WRITE_CHANGE: Final = """
with written as (
    insert into territory_change (kind, changed_on, from_codes, to_codes, names, basis)
    values ($1, $2, $3, $4, $5::text::jsonb, $6) returning *
)
insert into ground_audit (at, actor, relation, key, after)
select $7, $8, 'territory_change', id::text, to_jsonb(written) from written
"""

# Open children of the parents whose children the edition lists, which it does not list; and all below.
_MISSING: Final = """
with recursive standing as (
    select code, parent from territory
    where (valid_from is null or valid_from <= $4) and (valid_to is null or valid_to > $4)
        and not code = any ($1::text[]) and not code = any ($2::text[])
), missing as (
    select code from standing where parent = any ($2::text[]) and ($3::text is null or starts_with(code, $3))
    union
    select s.code from standing s join missing m on s.parent = m.code
)
select code from missing order by code
"""

_CLOSE: Final = f"""
with changed as (
    select code, {_told("t")} as before from territory t where code = any ($1::text[])
), written as (
    update territory set valid_to = $2 where code in (select code from changed)
)
insert into ground_audit (at, actor, relation, key, before, after)
select $3, $4, 'territory', code, before, before || jsonb_build_object('valid_to', $2::date)
from changed order by code
"""


async def load_atlas(conn: asyncpg.Connection) -> Atlas:
    """Every territory and every re-organisation."""
    rows = await conn.fetch("select code, name, level, parent, valid_from, valid_to, aliases from territory")
    changes = await conn.fetch(
        "select kind, changed_on, from_codes, to_codes, basis, names::text from territory_change order by id"
    )
    return Atlas(
        (
            Territory(code, name, level, parent, valid_from, valid_to, tuple(aliases))
            for code, name, level, parent, valid_from, valid_to, aliases in rows
        ),
        (
            Change(kind, on, tuple(from_codes), tuple(to_codes), basis, json.loads(names))
            for kind, on, from_codes, to_codes, basis, names in changes
        ),
    )


async def load_boundaries(conn: asyncpg.Connection, on: date) -> tuple[Boundary, ...]:
    """The boundaries of the territories that exist on that day, in the order of codes."""
    rows = await conn.fetch(
        "select code, polygon, datum from territory where polygon is not null"
        " and (valid_from is null or valid_from <= $1) and (valid_to is null or valid_to > $1) order by code",
        on,
    )
    return tuple(Boundary(*row) for row in rows)


async def load_boundaries_of(conn: asyncpg.Connection, codes: Iterable[str]) -> tuple[Boundary, ...]:
    """The boundaries of these territories, ended ones too."""
    rows = await conn.fetch(
        "select code, polygon, datum from territory where polygon is not null and code = any ($1::text[])",
        list(codes),
    )
    return tuple(Boundary(*row) for row in rows)


async def load_landmarks(conn: asyncpg.Connection) -> tuple[Landmark, ...]:
    """Every landmark, in the order of territories and names."""
    rows = await conn.fetch(
        "select name, territory, kind, aliases, lon, lat from landmark order by territory, name"
    )
    return tuple(
        Landmark(name, territory, kind, tuple(aliases), lon, lat)
        for name, territory, kind, aliases, lon, lat in rows
    )


async def hold(conn: asyncpg.Connection) -> None:
    """Let nobody else write the ground until the end of the transaction; reading goes on."""
    await conn.execute("lock table territory, territory_change, landmark in share row exclusive mode")


async def notify(conn: asyncpg.Connection) -> None:
    """Tell every process, once the transaction commits, that the ground has changed."""
    await conn.execute("select pg_notify($1, $2)", CHANNEL, ROOM)


async def write_territories(
    conn: asyncpg.Connection, rows: Iterable[dict[str, object]], *, actor: str, now: datetime
) -> tuple[int, int]:
    """Add or change territories as far as they differ; return (added, changed)."""
    text = json.dumps(list(rows), ensure_ascii=False)
    added, changed = await conn.fetchrow(_WRITE_TERRITORIES, text, now, actor)
    return added, changed


async def write_boundaries(
    conn: asyncpg.Connection, boundaries: Iterable[Boundary], *, actor: str, now: datetime
) -> tuple[int, list[str]]:
    """Draw boundaries as far as they differ; return how many, and the codes nobody has."""
    given = list(boundaries)
    columns = [one.code for one in given], [one.wkb for one in given], [one.datum for one in given]
    changed, unknown = await conn.fetchrow(_WRITE_BOUNDARIES, *columns, now, actor)
    return changed, unknown


async def write_landmarks(
    conn: asyncpg.Connection, rows: Iterable[dict[str, object]], *, actor: str, now: datetime
) -> int:
    """Add or change landmarks as far as they differ; return how many."""
    changed: int = await conn.fetchval(
        _WRITE_LANDMARKS, json.dumps(list(rows), ensure_ascii=False), now, actor
    )
    return changed


async def write_change(conn: asyncpg.Connection, change: Change, *, actor: str, now: datetime) -> None:
    """Record one re-organisation."""
    await conn.execute(
        _WRITE_CHANGE,
        change.kind,
        change.on,
        change.from_codes,
        change.to_codes,
        json.dumps(change.names, ensure_ascii=False),
        change.basis,
        now,
        actor,
    )


async def missing(
    conn: asyncpg.Connection, codes: Iterable[str], parents: Iterable[str], *, under: str | None, on: date
) -> tuple[str, ...]:
    """The open territories a list of `codes` under `parents` leaves out, with all below them."""
    rows = await conn.fetch(_MISSING, list(codes), list(parents), under, on)
    return tuple(code for (code,) in rows)


async def close_territories(
    conn: asyncpg.Connection, codes: Iterable[str], *, on: date, actor: str, now: datetime
) -> None:
    """Let territories end on a day."""
    await conn.execute(_CLOSE, list(codes), on, now, actor)
