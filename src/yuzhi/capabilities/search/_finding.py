"""All the SQL that finds matters by their words, each statement scoped by who is looking.

The newest few hundred in scope are tried first: a frequent word fills a page at once. Only when they do
not, the index of words is asked, month by month from the newest, until the page is full.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base import cursor
from yuzhi.base.actor import Actor
from yuzhi.base.cursor import Position
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.lexicon import Asked, passages, understand
from yuzhi.capabilities.matters import Scope, looking, scope_of
from yuzhi.capabilities.search._documents import FILTERS, LEVELS
from yuzhi.capabilities.search._lexemes import FIRST_MONTH, month_of, named
from yuzhi.capabilities.search._views import FoundPage, FoundView
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 100
FILTER_MOST = 200
NEWEST = 500
"""Matters tried one by one before the index of words is asked."""
PATIENCE = 5.0  # seconds
_FIRST = ("subject", "place_words", "detail")
_PATIENTLY = f"set local statement_timeout = {int(PATIENCE * 1000)}"

_EARLIEST, _LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_START: Position = (_LATEST, UUID(int=(1 << 128) - 1))
_MONTH = "\uf8ff"
"""Stands in a query for the month; as private a character as those of months, and none of them."""


class Wanted(Struct, frozen=True):
    """What is looked for: words, within territories (former codes included), and as in a worklist."""

    words: str
    within: tuple[str, ...] = ()
    procedure: str = ""
    state: str = ""
    kind: str = ""
    urgency: str = ""
    channel: str = ""
    outcome: str = ""
    category: str = ""
    opened_from: datetime | None = None
    opened_to: datetime | None = None


async def find(
    pool: asyncpg.Pool, by: Actor, wanted: Wanted, *, after: str | None = None, most: int = 20,
    newest: int = NEWEST,
) -> FoundPage:  # fmt: skip
    """Return a page of the matters `by` may see in which all the words stand, newest first.

    `newest` is how many are tried one by one before the index of words is asked; the answer is the same.

    Raises Refusal as `understand`, `list.bad_cursor`, `list.bad_filter`, and `list.too_wide` when it
    takes too long.
    """
    most = max(1, min(most, MOST_ROWS))
    asked = understand(wanted.words)
    _check(wanted)
    before = cursor.read(after) or _START
    scope = scope_of(by, wanted.within)
    if not scope.prefixes and not scope.units:
        return FoundPage(rows=(), terms=asked.terms, next=None)
    async with acquired(pool) as conn, conn.transaction(readonly=True):
        try:
            await conn.execute(_PATIENTLY)
            hits = await _among_newest(conn, scope, asked, wanted, before, most + 1, newest)
            if hits is None:
                hits = await _by_index(conn, scope, asked, wanted, before, most + 1)
        except asyncpg.QueryCanceledError:
            raise Refusal("list.too_wide", seconds=PATIENCE) from None
    shown = hits[:most]
    async with looking(pool, by) as conn:
        rows = await _rows(conn, wanted, [id_ for _, id_ in shown])
        texts = await _texts(conn, [row["id"] for row in rows])
    return FoundPage(
        rows=tuple(_view(row, texts.get(row["id"], {}), asked) for row in rows),
        terms=asked.terms,
        next=cursor.written(shown[-1]) if len(hits) > most else None,
    )


def _check(wanted: Wanted) -> None:
    for name in ("opened_from", "opened_to"):
        at = getattr(wanted, name)
        if at is not None and (at.tzinfo is None or not _EARLIEST <= at <= _LATEST):
            raise Refusal("list.bad_filter", filter=name)
    for name in FILTERS:
        value = getattr(wanted, name)
        if len(value) > FILTER_MOST or not value.isprintable():
            raise Refusal("list.bad_filter", filter=name)


async def _among_newest(
    conn: asyncpg.Connection, scope: Scope, asked: Asked, wanted: Wanted, before: Position, most: int,
    newest: int,
) -> list[Position] | None:  # fmt: skip
    """Return the hits among the newest matters of the scope, None if they do not fill a page."""
    query = " & ".join(_prefix(key) for key in (*asked.keys, *_filters(wanted)))
    branches, arguments = [], [query, *_span(wanted, before), most]
    narrow = (
        " and d.opened_at >= $2 and d.opened_at < $3 and (d.opened_at, d.matter_id) < ($4, $5)"
        " order by d.opened_at desc, d.matter_id desc"
    )
    looked = "d.opened_at, d.matter_id, d.tokens @@ $1::tsquery is_hit, row_number() over () as no"
    for code in scope.prefixes:
        arguments.append(code)
        length = len(code) if len(code) in LEVELS else LEVELS[-1]
        is_grid = f" and d.territory = ${len(arguments)}" if len(code) != length else ""
        branches.append(
            f"select {looked} from (select * from search_doc d"
            f" where left(d.territory, {length}) = left(${len(arguments)}, {length}){is_grid}{narrow}"
            f" limit {newest}) d"
        )
    for unit in scope.units:
        arguments.append(unit)
        branches.append(
            f"select {looked} from (select a.opened_at, a.matter_id, d.tokens from assignment a"
            " join search_doc d on d.matter_id = a.matter_id"
            f" where a.unit = ${len(arguments)}{narrow.replace('d.', 'a.')} limit {newest}) d"
        )
    found = await conn.fetch(
        " union all ".join(
            f"(select * from ({branch}) x where is_hit or no = {newest} limit $6 + 1)" for branch in branches
        ),
        *arguments,
    )
    # Where a branch was broken off, what is older in it is not known.
    broken_off = ((row["opened_at"], row["matter_id"]) for row in found if row["no"] == newest)
    known = max(broken_off, default=None)
    hits = {(row["opened_at"], row["matter_id"]) for row in found if row["is_hit"]}
    hits = {hit for hit in hits if known is None or hit >= known}
    if known is not None and len(hits) < most:
        return None
    return sorted(hits, reverse=True)[:most]


async def _by_index(
    conn: asyncpg.Connection, scope: Scope, asked: Asked, wanted: Wanted, before: Position, most: int
) -> list[Position]:
    """Return the newest hits, looking up one month after another."""
    grounds = [
        *(named("ground", code) for code in scope.prefixes),
        *(named("unit", unit) for unit in scope.units),
    ]
    keys = [*map(_quoted, (*asked.keys, *_filters(wanted))), f"({' | '.join(map(_quoted, grounds))})"]
    opened_from, opened_to, *rest = _span(wanted, before)
    # Nothing but the index of words will do, which a plan made for any words would not know.
    await conn.execute(
        "set local enable_seqscan = off; set local enable_indexscan = off;"
        " set local plan_cache_mode = force_custom_plan"
    )
    found = await conn.fetch(
        "select x.opened_at, x.matter_id from"
        " (select month from search_month where month between $7 and $8 order by month desc) s, lateral"
        # `offset 0` keeps the times from being looked up in an index of their own, through half a city's
        # matters, and intersected with the few hits of the words.
        " (select d.opened_at, d.matter_id from (select opened_at, matter_id from search_doc"
        f" where tokens @@ replace($1, '{_MONTH}', chr({FIRST_MONTH} + s.month))::tsquery offset 0) d"
        " where d.opened_at >= $2 and d.opened_at < $3 and (d.opened_at, d.matter_id) < ($4, $5)"
        " order by d.opened_at desc, d.matter_id desc limit $6) x limit $6",
        " & ".join(keys),
        opened_from,
        opened_to,
        *rest,
        most,
        month_of(opened_from),
        month_of(min(opened_to, before[0])),
    )
    return [(row["opened_at"], row["matter_id"]) for row in found]


async def _rows(conn: asyncpg.Connection, wanted: Wanted, matters: Sequence[UUID]) -> list[asyncpg.Record]:
    """Return the matters as they stand now; what went out of sight since it was indexed is left out.

    The database sees to that: the connection is one of `looking`.
    """
    rows = await conn.fetch(
        "select m.*, t.body subject_text from matter m left join text t on t.id = m.subject"
        # Whoever may not read a matter's words must not find it by them either.
        " where m.id = any($1) and (m.subject is null or t.id is not null)"
        " order by m.opened_at desc, m.id desc",
        matters,
    )
    return [row for row in rows if all(_still(row, name, getattr(wanted, name)) for name in FILTERS)]


def _still(row: asyncpg.Record, name: str, value: str) -> bool:
    if name == "category":
        return not value or row[name] == value or row[name].startswith(value + "/")
    return not value or row[name] == value


async def _texts(conn: asyncpg.Connection, matters: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    rows = await conn.fetch(
        "select matter_id, name, body from text where matter_id = any($1) and body is not null"
        " and not starts_with(name, 'form.') order by matter_id, id",
        matters,
    )
    found: dict[UUID, dict[str, str]] = {}
    for matter, name, body in rows:
        texts = found.setdefault(matter, {})
        texts[name] = f"{texts[name]}\n{body}" if name in texts else body
    return found


def _filters(wanted: Wanted) -> list[str]:
    return [named(name, value) for name in FILTERS if (value := getattr(wanted, name))]


def _span(wanted: Wanted, before: Position) -> tuple[datetime, datetime, datetime, UUID]:
    return (wanted.opened_from or _EARLIEST, wanted.opened_to or _START[0], *before)


def _prefix(key: str) -> str:
    """Return a key in whatever month; no key begins another."""
    return f"'{_escaped(key)}':*"


def _quoted(key: str) -> str:
    """Return a key in the month that will be filled in."""
    return f"'{_escaped(key)}{_MONTH}'"


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("'", "''")


def _view(row: asyncpg.Record, texts: Mapping[str, str], asked: Asked) -> FoundView:
    return FoundView(
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
        ended_at=row["ended_at"],
        outcome=row["outcome"],
        passages=passages({"number": row["number"], **texts}, asked.terms, first=_FIRST),
    )
