"""Journal and unit on PostgreSQL: one statement writes a whole batch, so one round trip and one commit."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from operator import itemgetter
from uuid import UUID

import asyncpg

from yuzhi.base.ground import COMMUNITY_DIGITS
from yuzhi.base.refusal import Refusal
from yuzhi.store.journal import Sight, StoredEntry
from yuzhi.store.postgres.pool import acquired, guarded
from yuzhi.store.unit import Change, Row, Table

ENTRY = Table(
    name="entry",
    columns=(
        ("matter_id", "uuid"),
        ("seq", "int4"),
        ("at", "timestamptz"),
        ("step", "text"),
        ("body", "bytea"),
        ("leaf", "bytea"),
    ),
    key=("matter_id", "seq"),
    row_type="entry_row",
)
SERIAL_BLOCK = 100
MANY = 100
"""From how many new matters on rows are copied in: half the work for both sides, but a round trip a table."""

_COLUMNS = "matter_id, seq, at, step, body, leaf, position"


_SEEN = f"""
select {_COLUMNS} from entry where matter_id = $1 and exists (
    select from matter m where m.id = $1 and (
        m.requester = $4
        or exists (select from unnest($2::text[]) s (code) where s.code <> '' and (m.territory = s.code
            or (length(s.code) <= {COMMUNITY_DIGITS} and starts_with(m.territory, s.code))))
        or exists (select from assignment a where a.matter_id = m.id and $3 <> ''
            and $3 in (a.unit, a.by_unit))
        or ($5 and exists (select from party p where p.matter_id = m.id and p.requester = $4
            and p.left_at is null))
        or ($5 and exists (select from representative r where r.matter_id = m.id and r.requester = $4
            and r.ended_at is null and (r.valid_to is null or r.valid_to >= current_date)))
    )
) order by seq
"""


class PostgresStore:
    """Journal and unit over a pool. Reads and writes are single statements; each write is a transaction."""

    def __init__(
        self, pool: asyncpg.Pool, tables: Sequence[Table], within: asyncpg.Connection | None = None
    ) -> None:
        self._pool = pool
        self._within = within
        self._named = tuple(tables)
        self._tables = {table.name: table for table in (*tables, ENTRY)}

    def within(self, conn: asyncpg.Connection) -> "PostgresStore":
        """Return this store on one connection, for whoever holds a transaction open there."""
        return PostgresStore(self._pool, self._named, conn)

    @asynccontextmanager
    async def _using(self) -> AsyncIterator[asyncpg.Connection]:
        if self._within is None:
            async with acquired(self._pool) as conn:
                yield conn
        else:
            with guarded():
                yield self._within

    async def save(self, changes: Sequence[Change]) -> None:
        """Write all the changes in one durable transaction."""
        gathered: dict[str, list[Row]] = {}
        for change in changes:
            entry = change.entry
            row = (entry.matter, entry.seq, entry.at, entry.step, entry.body, entry.leaf)
            gathered.setdefault(ENTRY.name, []).append(row)
            for name, more in change.rows.items():
                if more:
                    gathered.setdefault(name, []).extend(more)
        if not gathered:
            return
        tables = tuple(
            self._tables[name] for name in sorted(gathered, key=lambda name: (name == ENTRY.name, name))
        )
        # Of a matter just begun nothing can be there yet that would have to be replaced, or be waited for.
        are_copied = len(changes) >= MANY and all(change.entry.seq == 1 for change in changes)
        rows = {
            table.name: gathered[table.name]
            if are_copied and table.replaces
            else _in_order(table, gathered[table.name])
            for table in tables
        }
        async with self._using() as conn:
            try:
                if are_copied:
                    await _copy(conn, tables, rows)
                else:
                    arguments = [array for table in tables for array in _arrays(table, rows[table.name])]
                    await conn.execute(_insert(tables), *arguments)
            except asyncpg.UniqueViolationError as error:
                raise _conflict(error) from error

    async def serials(self) -> range:
        """Reserve a block of serial numbers."""
        async with self._using() as conn:
            first = await conn.fetchval("select nextval('matter_serial')")
        return range(first, first + SERIAL_BLOCK)

    async def answer_to(self, actor: str, key: str) -> tuple[bytes, bytes] | None:
        """Return the digest and answer remembered for an idempotency key."""
        async with self._using() as conn:
            row = await conn.fetchrow(
                "select request, response from idempotency where actor = $1 and key = $2", actor, key
            )
        return None if row is None else (row["request"], row["response"])

    async def digests(self, actor: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the digests remembered for some idempotency keys."""
        async with self._using() as conn:
            rows = await conn.fetch(
                "select key, request from idempotency where actor = $1 and key = any($2)", actor, keys
            )
        return {row["key"]: row["request"] for row in rows}

    async def texts(self, ids: Sequence[UUID]) -> Mapping[UUID, str | None]:
        """Return the words behind text references; None where they were erased."""
        async with self._using() as conn:
            rows = await conn.fetch("select id, body from text where id = any($1)", ids)
        return {row["id"]: row["body"] for row in rows}

    async def entries(self, matters: Sequence[UUID]) -> Mapping[UUID, Sequence[StoredEntry]]:
        """Return the entries of some matters in order."""
        async with self._using() as conn:
            rows = await conn.fetch(
                f"select {_COLUMNS} from entry where matter_id = any($1) order by matter_id, seq", matters
            )
        found: dict[UUID, list[StoredEntry]] = {}
        for row in rows:
            found.setdefault(row["matter_id"], []).append(StoredEntry(*row))
        return found

    async def entries_seen(self, matter: UUID, sight: Sight) -> Sequence[StoredEntry]:
        """Return the entries of a matter in order, none if it may not be seen, in one statement."""
        async with self._using() as conn:
            rows = await conn.fetch(
                _SEEN, matter, list(sight.ground), sight.unit, sight.account, sight.lets_parties_in
            )
        return [StoredEntry(*row) for row in rows]

    async def all_entries(self) -> AsyncIterator[Sequence[StoredEntry]]:
        """Yield batches of all entries, ordered by matter and sequence, in one snapshot."""
        async with self._using() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            cursor = await conn.cursor(f"select {_COLUMNS} from entry order by matter_id, seq")
            while rows := await cursor.fetch(5000):
                yield [StoredEntry(*row) for row in rows]


def _in_order(table: Table, rows: Sequence[Row]) -> Sequence[Row]:
    """Return rows in the order of their keys, so that two batches never wait for each other.

    Of the rows with one key in a read table the last is the newest.
    """
    columns = [column for column, _ in table.columns]
    key = itemgetter(*(columns.index(column) for column in table.key))
    return sorted({key(row): row for row in rows}.values() if table.replaces else rows, key=key)


async def _copy(conn: asyncpg.Connection, tables: Sequence[Table], rows: Mapping[str, Sequence[Row]]) -> None:
    """Copy rows in, the journal's first: whoever comes second to a matter waits there."""
    async with conn.transaction():
        for table in reversed(tables):
            columns = [column for column, _ in table.columns]
            await conn.copy_records_to_table(table.name, records=rows[table.name], columns=columns)


def _arrays(table: Table, rows: Sequence[Row]) -> Sequence[Sequence[object]]:
    """Return rows as the arguments of the statement: one array of rows, or one array a column."""
    return [rows] if table.row_type else list(zip(*rows, strict=True))


def _conflict(error: asyncpg.UniqueViolationError) -> Refusal:
    if error.table_name == ENTRY.name:
        return Refusal("matter.stale")
    return Refusal("store.row_exists", table=error.table_name or "")


@lru_cache(maxsize=256)
def _insert(tables: tuple[Table, ...]) -> str:
    """Return the statement that writes rows of several tables at once, from the arrays of `_arrays`.

    The last table is written by the main statement, which PostgreSQL runs before the others: the
    journal's, so that whoever comes second to a matter waits there, holding nothing the first one needs.
    """
    parts = []
    place = 0
    for table in tables:
        names = ", ".join(f'"{column}"' for column, _ in table.columns)
        kinds = [table.row_type] if table.row_type else [kind for _, kind in table.columns]
        arrays = ", ".join(f"${place + n}::{kind}[]" for n, kind in enumerate(kinds, start=1))
        place += len(kinds)
        statement = f'insert into "{table.name}" ({names}) select * from unnest({arrays})'
        if table.replaces:
            kept = [column for column, _ in table.columns if column not in table.key]
            changed = ", ".join(f'"{column}" = excluded."{column}"' for column in kept)
            statement += f" on conflict ({', '.join(table.key)}) do update set {changed}"
        parts.append(statement)
    *first, last = parts
    if not first:
        return last
    return "with " + ", ".join(f"w{n} as ({part})" for n, part in enumerate(first)) + " " + last
