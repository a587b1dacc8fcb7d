"""Looking after the journal: is it whole, and do the read tables follow from it; build them anew if asked."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._encoding import decode
from yuzhi.capabilities.matters._office import Shelf
from yuzhi.capabilities.matters._projection import rows
from yuzhi.capabilities.matters._standing import replay
from yuzhi.capabilities.matters._tables import READ_TABLES
from yuzhi.engine.facts import CameOver, HandedOver
from yuzhi.store.journal import Journal, StoredEntry, leaf_hash
from yuzhi.store.unit import Row

Progress = Callable[[int], None]

TRIES = 100
WAIT = 0.3  # seconds, well below the second after which PostgreSQL looks for deadlocks


class Fault(Struct, frozen=True):
    """Something wrong with the journal: which matter, which entry, and what."""

    matter: UUID
    seq: int
    code: str
    detail: str = ""


class Verified(Struct, frozen=True):
    """What a verification saw."""

    matters: int
    entries: int
    faults: tuple[Fault, ...]


async def verify(
    journal: Journal, progress: Progress = lambda _: None, *, most_faults: int = 1000
) -> Verified:
    """Check every entry: its leaf, its place, its columns against its body, that the whole folds, and that
    each hand-over is known to both sides.
    """
    matters = entries = 0
    faults: list[Fault] = []
    given: set[tuple[UUID, UUID]] = set()
    received: set[tuple[UUID, UUID]] = set()
    async for history in _histories(journal):
        matters += 1
        entries += len(history)
        faults += list(_faults(history))
        _note_ties(history, given, received)
        if len(faults) >= most_faults:
            break
        if matters % 1000 == 0:
            progress(entries)
    progress(entries)
    faults += [
        Fault(matter=one, seq=0, code="hand_over.one_sided", detail=str(other))
        for one, other in sorted(given ^ received)
    ]
    return Verified(matters=matters, entries=entries, faults=tuple(faults[:most_faults]))


async def rebuild(
    conn: asyncpg.Connection, journal: Journal, shelf: Shelf, progress: Progress = lambda _: None
) -> int:
    """Empty the read tables and build them anew from the entries, all in one transaction; return matters.

    Whoever reads or writes meanwhile waits. Raises Refusal `store.busy` when others never let go.
    """
    for _ in range(TRIES):
        with suppress(asyncpg.LockNotAvailableError):
            return await _rebuilt(conn, journal, shelf, progress)
        await asyncio.sleep(WAIT)  # give others, who may wait for what we hold, their turn
    raise Refusal("store.busy", retry_after=60)


async def _rebuilt(conn: asyncpg.Connection, journal: Journal, shelf: Shelf, progress: Progress) -> int:
    found = 0
    names = ", ".join(f'"{table.name}"' for table in READ_TABLES)
    async with conn.transaction():
        # Others take these locks in whatever order suits them: we give up before it is a deadlock.
        await conn.execute(f"set local lock_timeout = '{WAIT}s'")
        await conn.execute("lock table entry in share mode")
        await conn.execute(f"lock table {names} in access exclusive mode")
        await conn.execute(f"truncate {names}")
        waiting: dict[str, list[Row]] = {table.name: [] for table in READ_TABLES}
        async for history in _histories(journal):
            matter = replay(history)
            for name, more in rows(shelf.procedure(matter.procedure, matter.version), matter).items():
                waiting[name].extend(more)
            found += 1
            if found % 1000 == 0:
                await _copy(conn, waiting)
                progress(found)
        await _copy(conn, waiting)
    progress(found)
    return found


async def _copy(conn: asyncpg.Connection, waiting: dict[str, list[Row]]) -> None:
    for table in READ_TABLES:
        if waiting[table.name]:
            columns = [column for column, _ in table.columns]
            await conn.copy_records_to_table(table.name, records=waiting[table.name], columns=columns)
            waiting[table.name].clear()


def _note_ties(
    history: Sequence[StoredEntry], given: set[tuple[UUID, UUID]], received: set[tuple[UUID, UUID]]
) -> None:
    """Note who handed over to whom, as either side's entries say it."""
    for stored in history:
        if b'"fact":"handed_over"' not in stored.body and b'"fact":"came_over"' not in stored.body:
            continue
        with suppress(msgspec.DecodeError):
            for fact in decode(stored).facts:
                if isinstance(fact, HandedOver):
                    given.add((stored.matter, fact.target))
                elif isinstance(fact, CameOver):
                    received.add((fact.source, stored.matter))


async def _histories(journal: Journal) -> AsyncIterator[Sequence[StoredEntry]]:
    held: list[StoredEntry] = []
    async for batch in journal.all_entries():
        for entry in batch:
            if held and held[-1].matter != entry.matter:
                yield held
                held = []
            held.append(entry)
    if held:
        yield held


def _faults(history: Sequence[StoredEntry]) -> Iterator[Fault]:
    is_sound = True
    for place, stored in enumerate(history, start=1):
        for code, detail in _entry_faults(stored, place):
            is_sound = False
            yield Fault(matter=stored.matter, seq=stored.seq, code=code, detail=detail)
    if is_sound:
        try:
            replay(history)
        except (ValueError, TypeError, LookupError) as error:
            yield Fault(matter=history[0].matter, seq=0, code="journal.does_not_fold", detail=str(error))


def _entry_faults(stored: StoredEntry, place: int) -> Iterator[tuple[str, str]]:
    if stored.seq != place:
        yield "journal.entry_missing", f"expected {place}"
    if leaf_hash(stored.body) != stored.leaf:
        yield "journal.leaf_differs", stored.leaf.hex()
    try:
        entry = decode(stored)
    except msgspec.DecodeError as error:
        yield "journal.unreadable", str(error)
        return
    if (entry.matter, entry.seq, entry.at, entry.step) != (stored.matter, stored.seq, stored.at, stored.step):
        yield "journal.columns_differ", ""
