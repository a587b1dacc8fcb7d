"""All the SQL of the log: putting entries in order, reading leaves, remembering what was signed."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.store.postgres.pool import acquired

SEQUENCER_LOCK = 0x79757A68_6C6F67  # "yuzh" "log": held by the one process that puts entries in order

# Transactions older than every one still running: all their entries are there to be seen.
_SETTLED = "e.transaction < pg_snapshot_xmin(pg_current_snapshot())"
# One look at an index for each entry, whatever the planner believes about the size of the log.
_NOT_YET = (
    " left join lateral (select 1 as known from log_leaf l where l.matter_id = e.matter_id"
    " and l.seq = e.seq limit 1) there on true"
)


class State(Struct, frozen=True):
    """How many entries are in order, up to which of them, and whether all this was in another server."""

    size: int
    transaction: int
    position: int
    is_moved: bool


class Stamped(Struct, frozen=True):
    """A checkpoint that was signed, with the lines of witnesses who signed it too."""

    size: int
    root: bytes
    note: str
    signed_at: datetime
    cosignatures: tuple[str, ...]

    @property
    def full_note(self) -> str:
        """Return the note with all its signature lines."""
        return self.note + "".join(self.cosignatures)


class Leaf(Struct, frozen=True):
    """A leaf and the entry it stands for. `hash` and `body` are None where that entry is gone."""

    index: int
    matter: UUID
    seq: int
    hash: bytes | None


class Logged(Struct, frozen=True):
    """An entry of a matter, and its index in the log once it has one."""

    seq: int
    body: bytes
    index: int | None


@asynccontextmanager
async def alone(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection | None]:
    """Lend a connection on which nobody else in the database puts entries in order; None if somebody does."""
    async with acquired(pool) as conn:
        if not await conn.fetchval("select pg_try_advisory_lock($1)", SEQUENCER_LOCK):
            yield None
            return
        try:
            yield conn
        finally:
            try:
                await conn.execute("select pg_advisory_unlock($1)", SEQUENCER_LOCK)
            except BaseException:
                conn.terminate()  # the lock goes with the session
                raise


async def state(conn: asyncpg.Connection) -> State:
    """Return how far the journal has been put in order."""
    row = await conn.fetchrow(
        "select s.size, s.transaction, s.position, s.server <> c.system_identifier::text as is_moved"
        " from log_state s, pg_control_system() c"
    )
    return State(row["size"], row["transaction"], row["position"], row["is_moved"])


async def put_in_order(conn: asyncpg.Connection, at: State, most: int) -> State:
    """Give the next settled entries their indices, in one transaction; return where that leaves us.

    The order is that of transactions and, within one, of positions: in order of positions alone an
    entry could still slip in before one that has its index. Every entry gets exactly one index.
    """
    async with conn.transaction():
        rows = await conn.fetch(
            f"select e.transaction, e.position, e.matter_id, e.seq, there.known from entry e {_NOT_YET}"
            f" where (e.transaction, e.position) > ($1, $2) and {_SETTLED}"
            " order by e.transaction, e.position limit $3",
            at.transaction,
            at.position,
            most,
        )
        if not rows:
            return at
        added = await _append(conn, at.size, rows)
        after = State(at.size + added, rows[-1]["transaction"], rows[-1]["position"], is_moved=False)
        await conn.execute(
            "update log_state set size = $1, transaction = $2, position = $3",
            after.size,
            after.transaction,
            after.position,
        )
    return after


async def sweep(conn: asyncpg.Connection, at: State, most: int) -> AsyncGenerator[State, None]:
    """Put every entry in order that is not yet, whatever its transaction number says; yield as it goes on.

    For a database that was moved: numbers given out by another server say nothing here.
    """
    done = at
    while done.is_moved:
        position = 0
        while rows := await conn.fetch(
            f"select e.position, e.matter_id, e.seq, there.known from entry e {_NOT_YET}"
            " where e.position > $1 order by e.position limit $2",
            position,
            most,
        ):
            position = rows[-1]["position"]
            async with conn.transaction():
                done = replace(done, size=done.size + await _append(conn, done.size, rows))
                await conn.execute("update log_state set size = $1", done.size)
            yield done
        # In one view: nothing seen is left, and whatever is not seen has a later number than its oldest.
        async with conn.transaction(isolation="repeatable_read"):
            if not await _has_left(conn):
                done = await _arrive(conn, done.size)
        yield done


async def _has_left(conn: asyncpg.Connection) -> bool:
    found: bool = await conn.fetchval(
        f"select exists (select from entry e {_NOT_YET} where there.known is null)"
    )
    return found


async def _arrive(conn: asyncpg.Connection, size: int) -> State:
    """Go on by this server's transaction numbers: all that is older than its running ones is in order."""
    row = await conn.fetchrow(
        "update log_state set server = c.system_identifier::text, position = 0,"
        " transaction = pg_snapshot_xmin(pg_current_snapshot()) from pg_control_system() c"
        " returning transaction"
    )
    return State(size, row["transaction"], 0, is_moved=False)


async def _append(conn: asyncpg.Connection, size: int, rows: Sequence[asyncpg.Record]) -> int:
    new = [row for row in rows if row["known"] is None]
    records = [(size + n, row["matter_id"], row["seq"]) for n, row in enumerate(new)]
    await conn.copy_records_to_table("log_leaf", records=records, columns=["leaf_index", "matter_id", "seq"])
    return len(new)


async def leaves(conn: asyncpg.Connection, first: int, end: int) -> list[Leaf]:
    """Return the leaves from an index to before another, each hashed from its entry's body."""
    rows = await conn.fetch(
        "select l.leaf_index, l.matter_id, l.seq, sha256('\\x00'::bytea || e.body) as hash"
        " from log_leaf l left join entry e on e.matter_id = l.matter_id and e.seq = l.seq"
        " where l.leaf_index >= $1 and l.leaf_index < $2 order by l.leaf_index",
        first,
        end,
    )
    return [Leaf(row["leaf_index"], row["matter_id"], row["seq"], row["hash"]) for row in rows]


async def bodies(conn: asyncpg.Connection, first: int, end: int) -> list[bytes]:
    """Return the entries behind some leaves, in order; fewer than asked for when one of them is gone."""
    rows = await conn.fetch(
        "select e.body from log_leaf l join entry e on e.matter_id = l.matter_id and e.seq = l.seq"
        " where l.leaf_index >= $1 and l.leaf_index < $2 order by l.leaf_index",
        first,
        end,
    )
    return [row["body"] for row in rows]


async def unlogged(conn: asyncpg.Connection, at: State, most: int) -> list[tuple[UUID, int]]:
    """Return entries that should have an index by now and have none: put in behind the log's back."""
    rows = await conn.fetch(
        f"select e.matter_id, e.seq from entry e {_NOT_YET} where there.known is null"
        " and (e.transaction, e.position) <= ($1, $2) order by e.position limit $3",
        at.transaction,
        at.position,
        most,
    )
    return [(row["matter_id"], row["seq"]) for row in rows]


async def logged(conn: asyncpg.Connection, matter: UUID) -> list[Logged]:
    """Return the entries of a matter in order, with their indices."""
    rows = await conn.fetch(
        "select e.seq, e.body, l.leaf_index from entry e left join log_leaf l"
        " on l.matter_id = e.matter_id and l.seq = e.seq where e.matter_id = $1 order by e.seq",
        matter,
    )
    return [Logged(row["seq"], row["body"], row["leaf_index"]) for row in rows]


async def first_entry(conn: asyncpg.Connection, number: str) -> tuple[UUID, Logged] | None:
    """Return the matter with a number and its first entry."""
    row = await conn.fetchrow(
        "select e.matter_id, e.body, l.leaf_index from matter m"
        " join entry e on e.matter_id = m.id and e.seq = 1"
        " left join log_leaf l on l.matter_id = m.id and l.seq = 1 where m.number = $1",
        number,
    )
    return None if row is None else (row["matter_id"], Logged(1, row["body"], row["leaf_index"]))


async def remember(conn: asyncpg.Connection, size: int, root: bytes, note: str, at: datetime) -> None:
    """Remember a signed checkpoint; older ones that nobody has cosigned are forgotten after a day."""
    async with conn.transaction():
        await conn.execute(
            "insert into log_checkpoint (size, root, note, signed_at) values ($1, $2, $3, $4)"
            " on conflict (size) do update set note = excluded.note, signed_at = excluded.signed_at"
            " where log_checkpoint.root = excluded.root",
            size,
            root,
            note,
            at,
        )
        await conn.execute(
            "delete from log_checkpoint c where c.size < $1"
            " and c.signed_at < $2::timestamptz - interval '1 day'"
            " and not exists (select from log_cosignature s where s.size = c.size)",
            size,
            at,
        )


async def stamped(
    conn: asyncpg.Connection, *, size: int | None = None, over: int | None = None
) -> Stamped | None:
    """Return the newest checkpoint; of a `size`; or the newest cosigned one with more than `over` leaves."""
    cosigned = "exists (select from log_cosignature s where s.size = c.size)"
    if size is not None:
        where, given = "c.size = $1", size
    elif over is not None:
        where, given = f"c.size > $1 and {cosigned}", over
    else:
        where, given = "c.size >= $1", 0
    row = await conn.fetchrow(
        "select c.size, c.root, c.note, c.signed_at, array(select s.line from log_cosignature s"
        " where s.size = c.size order by s.key) as lines from log_checkpoint c"
        f" where {where} order by c.size desc limit 1",
        given,
    )
    if row is None:
        return None
    return Stamped(row["size"], row["root"], row["note"], row["signed_at"], tuple(row["lines"]))


async def cosigned(
    conn: asyncpg.Connection, size: int, lines: Sequence[tuple[str, str]], at: datetime
) -> None:
    """Keep cosignatures (key and line) of a checkpoint; a newer one of the same key replaces the older."""
    await conn.executemany(
        "insert into log_cosignature (size, key, line, at) values ($1, $2, $3, $4)"
        " on conflict (size, key) do update set line = excluded.line, at = excluded.at",
        [(size, key, line, at) for key, line in lines],
    )
