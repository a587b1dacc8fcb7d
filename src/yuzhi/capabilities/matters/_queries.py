"""All the SQL that reads matters, every list scoped by who is looking; one statement a question."""

from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base import cursor
from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._filters import TESTS, Filters, Order, conditions
from yuzhi.capabilities.matters._scope import BELOW, LEVELS, Scope, looking, scope_of
from yuzhi.capabilities.matters._views import CountView, PageView, RowView
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 200
COUNT_CAP = 1000
PATIENCE = 5.0  # seconds


class _Sort(Struct, frozen=True):
    """How one order sorts matters and assignments, and which of them it looks at."""

    matter: str
    assignment: str
    ways: tuple[str, str]
    compare: str
    matter_where: str
    assignment_where: str
    nearer: str
    once: str = ""


_SORTS: dict[Order, _Sort] = {
    "due": _Sort(
        matter="m.due_key",
        assignment="a.due_key",
        ways=("asc", "asc"),
        compare=">",
        matter_where="m.ended_at is null",
        assignment_where="a.is_live",
        nearer="a.due_key <= "
        "(select case when count(*) >= {n} then max(sort_key) else 'infinity' end from ground)",
    ),
    "newest": _Sort(
        matter="m.opened_at",
        assignment="a.opened_at",
        ways=("desc", "desc"),
        compare="<",
        matter_where="true",
        assignment_where="true",
        nearer="a.opened_at >= "
        "(select case when count(*) >= {n} then min(sort_key) else '-infinity' end from ground)",
        once="distinct on (a.opened_at, a.matter_id) ",  # a unit may have had a matter more than once
    ),
}


async def worklist(
    pool: asyncpg.Pool, by: Actor, filters: Filters, *, after: str | None = None, most: int = 50
) -> PageView:
    """Return a page of the matters `by` may see, keyset after the cursor `after`.

    Raises Refusal `list.bad_cursor`, and `list.too_wide` when the filters find too little too slowly.
    """
    most = max(1, min(most, MOST_ROWS))
    return page_of(await _found(pool, by, filters, after, most + 1), most)


async def whole_list(
    pool: asyncpg.Pool, by: Actor, filters: Filters, most: int
) -> tuple[tuple[RowView, ...], bool]:
    """Return the first `most` matters of a worklist, in one statement, and whether that is all of it.

    Raises Refusal as a worklist does.
    """
    rows = await _found(pool, by, filters, None, most + 1)
    return tuple(_row(row) for row in rows[:most]), len(rows) <= most


async def count(pool: asyncpg.Pool, by: Actor, filters: Filters) -> CountView:
    """Return how many matters a worklist has, counted no further than a cap."""
    sql, arguments = _page(filters, scope_of(by, filters.within), None, COUNT_CAP + 1)
    rows = await patiently(pool, by, f"select count(*) n from ({sql}) counted", arguments)
    found: int = rows[0]["n"]
    return CountView(count=min(found, COUNT_CAP), is_exact=found <= COUNT_CAP)


async def open_matters(
    pool: asyncpg.Pool, *, after: UUID | None = None, most: int = 1000
) -> tuple[UUID, ...]:
    """Return the ids of matters that have not ended, in order, those after one of them."""
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select id from matter where ended_at is null and ($1::uuid is null or id > $1)"
            " order by id limit $2",
            after,
            most,
        )
    return tuple(row["id"] for row in rows)


async def by_number(pool: asyncpg.Pool, number: str) -> UUID | None:
    """Return the id of the matter with a number. Whether it may be seen is asked afterwards."""
    async with acquired(pool) as conn:
        found: UUID | None = await conn.fetchval("select id from matter where number = $1", number)
    return found


async def _found(
    pool: asyncpg.Pool, by: Actor, filters: Filters, after: str | None, most: int
) -> list[asyncpg.Record]:
    sql, arguments = _page(filters, scope_of(by, filters.within), after, most)
    return await patiently(pool, by, shown_of(filters.order, sql), arguments)


async def patiently(
    pool: asyncpg.Pool, by: Actor, sql: str, arguments: Sequence[object], *, seconds: float = PATIENCE
) -> list[asyncpg.Record]:
    """Return what a statement finds for somebody; raises Refusal `list.too_wide` when it takes too long."""
    async with looking(pool, by) as conn:
        try:
            found: list[asyncpg.Record] = await conn.fetch(sql, *arguments, timeout=seconds)
        except (asyncpg.QueryCanceledError, TimeoutError):
            raise Refusal("list.too_wide", seconds=seconds) from None
    return found


def _page(filters: Filters, scope: Scope, after: str | None, most: int) -> tuple[str, list[object]]:
    """Return the statement for a page: one ordered index scan for each prefix and unit, merged."""
    place, id_ = cursor.read(after) or (None, None)
    arguments: list[object] = [place, id_]
    levels = tuple(length for length in (*LEVELS, BELOW) if scope.at_level(length))
    arguments += [scope.at_level(length) for length in levels]
    arguments.append(list(scope.units))
    names, values = conditions(filters)
    arguments += values
    return _page_sql(filters.order, levels, names, after is not None, most), arguments


@lru_cache(maxsize=512)
def _page_sql(
    order: Order, levels: tuple[int, ...], names: tuple[str, ...], has_cursor: bool, most: int
) -> str:
    # How many rows are wanted stands in the statement itself: as an argument the planner could not know
    # it, and would rather sort everything than follow an index for the first few.
    sort = _SORTS[order]
    first_filter = 3 + len(levels) + 1
    tests = "".join(f" and {TESTS[name].format(n=first_filter + place)}" for place, name in enumerate(names))
    way, way_id = sort.ways

    def beyond(key: str, id_: str) -> str:
        return (
            f" and ({key}, {id_}) {sort.compare} ($1, $2)"
            if has_cursor
            else " and $1::timestamptz is null and $2::uuid is null"
        )

    ends = f"order by sort_key {way}, id {way_id} limit {most}"
    grounds = []
    for place, length in enumerate(levels, start=3):
        ground = LEVELS.get(length, "territory")
        grounds.append(
            f"(select x.* from unnest(${place}::text[]) s(code), lateral (select m.id, {sort.matter} sort_key"
            f" from matter m where m.{ground} = s.code and {sort.matter_where}{tests}"
            f"{beyond(sort.matter, 'm.id')}"
            f" order by {sort.matter} {way}, m.id {way_id} limit {most}) x)"
        )
    # A full page from one's ground says how far one's unit's own parts need be looked at.
    within = f" and {sort.nearer.format(n=most)}" if grounds else ""
    own = (
        f"(select x.* from unnest(${3 + len(levels)}::text[]) u(code), lateral"
        f" (select {sort.once}m.id, {sort.matter} sort_key"
        f" from assignment a join matter m on m.id = a.matter_id"
        f" where a.unit = u.code and {sort.assignment_where} and {sort.matter_where}{tests}"
        f"{beyond(sort.assignment, 'a.matter_id')}{within}"
        f" order by {sort.assignment} {way}, a.matter_id {way_id} limit {most}) x)"
    )
    if not grounds:
        return f"select * from {own} every {ends}"
    return (
        f"with ground as (select * from ({' union '.join(grounds)}) g {ends})"
        f" select * from (select * from ground union {own}) every {ends}"
    )


def shown_of(order: Order, found: str) -> str:
    """Return the statement for what a page shows of the matters `found` finds."""
    way, way_id = _SORTS[order].ways
    return (
        f"select m.*, t.body subject_text, f.sort_key from ({found}) f"
        " join matter m on m.id = f.id left join text t on t.id = m.subject"
        f" order by f.sort_key {way}, f.id {way_id}"
    )


def page_of(rows: Sequence[asyncpg.Record], most: int) -> PageView:
    """Return a page of what was found, one row more than `most` telling that there is a next one.

    Rows hold `matter.*`, `subject_text` and the `sort_key` that comes before the id.
    """
    shown = rows[:most]
    key = cursor.written((shown[-1]["sort_key"], shown[-1]["id"])) if len(rows) > most else None
    return PageView(rows=tuple(_row(row) for row in shown), next=key)


async def rows_of(conn: asyncpg.Connection, statement: str, *arguments: object) -> tuple[RowView, ...]:
    """Return what a statement finds, `matter.*` and `subject_text`, as lines of a list."""
    return tuple(_row(row) for row in await conn.fetch(statement, *arguments))


def _row(row: asyncpg.Record) -> RowView:
    return RowView(
        id=row["id"],
        number=row["number"],
        procedure=row["procedure"],
        state=row["state"],
        kind=row["kind"],
        urgency=row["urgency"],
        category=row["category"],
        territory=row["territory"],
        lead_unit=row["lead_unit"],
        subject=row["subject_text"],
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        due_at=row["due_at"],
        amber_at=row["amber_at"],
        is_paused=row["paused_at"] is not None,
        is_breached=row["is_breached"],
        ended_at=row["ended_at"],
        outcome=row["outcome"],
        urged=row["urged"],
        supervised=row["supervised"],
        version=row["seq"],
    )
