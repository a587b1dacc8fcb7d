"""Holding the journal against the log: every entry against its leaf, every tile against the checkpoint.

It names what was altered: a row by its matter and sequence number, a tile by its name.
"""

import asyncio
from collections.abc import Callable, Iterator
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import _queries as queries
from yuzhi.capabilities.receipts._checkpoint import Checkpoint, open_checkpoint
from yuzhi.capabilities.receipts._log import Log
from yuzhi.capabilities.receipts._merkle import HASH, perfect_root
from yuzhi.capabilities.receipts._tiles import HEIGHT, WIDTH, Growth, Place, hashes_of
from yuzhi.store.postgres.pool import acquired

MOST_FAULTS = 1000
TOGETHER = 16  # tiles of leaves at a time

Progress = Callable[[int], None]


class Altered(Struct, frozen=True):
    """Something that is not as the log has it. For a row: its matter and sequence number, and its leaf."""

    code: str
    matter: UUID | None = None
    seq: int = 0
    index: int | None = None
    tile: str = ""


class Audited(Struct, frozen=True):
    """What an audit saw: entries held against the log, entries too new for it, and what was altered."""

    size: int
    entries: int
    waiting: int
    altered: tuple[Altered, ...]


async def audit(log: Log, progress: Progress = lambda _: None) -> Audited:
    """Hold the whole journal against the log, in one view of the database.

    Codes: `receipt.entry_altered`, `receipt.entry_missing`, `receipt.entry_unlogged` (put in behind the
    log's back), `receipt.leaf_missing`, `receipt.tile_altered`, `receipt.tile_missing`,
    `receipt.root_differs`. Raises those of `open_checkpoint`, and Refusal `receipt.not_yet`.
    """
    note = await asyncio.to_thread(log.folder.checkpoint)
    if note is None:
        raise Refusal("receipt.not_yet")
    shown = open_checkpoint(note, log.verifiers()).checkpoint
    tiles = _Tiles(log, shown)
    altered: list[Altered] = []
    async with acquired(log.pool) as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        state = await queries.state(conn)
        entries = 0
        for first in range(0, shown.size, WIDTH * TOGETHER):
            end = min(shown.size, first + WIDTH * TOGETHER)
            leaves = await queries.leaves(conn, first, end)
            entries += sum(leaf.hash is not None for leaf in leaves)
            altered += await asyncio.to_thread(lambda: list(tiles.held(first, end, leaves)))  # noqa: B023
            progress(end)
            if len(altered) >= MOST_FAULTS:
                break
        else:
            altered += await asyncio.to_thread(lambda: list(tiles.upper()))
        for matter, seq in await _unlogged(conn, state):
            altered.append(Altered("receipt.entry_unlogged", matter=matter, seq=seq))
    waiting = max(0, state.size - shown.size)
    return Audited(size=shown.size, entries=entries, waiting=waiting, altered=tuple(altered[:MOST_FAULTS]))


async def _unlogged(conn: asyncpg.Connection, state: queries.State) -> list[tuple[UUID, int]]:
    return [] if state.is_moved else await queries.unlogged(conn, state, MOST_FAULTS)


class _Tiles:
    """The tiles of a checkpoint, each held against what lies below and above it."""

    def __init__(self, log: Log, shown: Checkpoint) -> None:
        self._read = log.folder.read_tile
        self._shown = shown
        self._growth = Growth()  # the tree as the tiles of leaves have it
        self._full: list[tuple[Place, bytes]] = []
        self._suspect: list[Place] = []

    def held(self, first: int, end: int, leaves: list[queries.Leaf]) -> Iterator[Altered]:
        """Yield what is wrong with the leaves from one index to before another."""
        by_index = {leaf.index: leaf for leaf in leaves}
        for start in range(first, end, WIDTH):
            place = Place(level=0, index=start // WIDTH, width=min(WIDTH, end - start))
            rows = [by_index.get(index) for index in range(start, start + place.width)]
            told = [row.hash if row is not None else None for row in rows]
            hashes, fault = self._trusted(place, told)
            if fault:
                yield Altered(fault, tile=place.path)
            for tile in self._growth.add(hashes):
                if tile.place.level:
                    self._full.append((tile.place, tile.content))
            for index, (row, hash_) in enumerate(zip(rows, hashes, strict=True), start):
                if row is None:
                    yield Altered("receipt.leaf_missing", index=index)
                elif row.hash is None:
                    yield Altered("receipt.entry_missing", matter=row.matter, seq=row.seq, index=index)
                elif row.hash != hash_:
                    yield Altered("receipt.entry_altered", matter=row.matter, seq=row.seq, index=index)

    def _trusted(self, place: Place, told: list[bytes | None]) -> tuple[list[bytes], str]:
        """Return a tile's leaves; where the tile was altered, those of the journal if they fit above."""
        try:
            hashes, fault = hashes_of(self._read(place)), "receipt.tile_altered"
        except Refusal as refusal:
            hashes, fault = [], refusal.code
        fits = self._fits(place, hashes) if hashes else False
        if fits is not False:
            return hashes, ""
        journal = [hash_ or bytes(HASH) for hash_ in told]
        if hashes == journal:  # either both were altered, or only what lies above: the root will tell
            self._suspect.append(place)
            return hashes, ""
        if self._fits(place, journal):
            return journal, fault
        return hashes or journal, fault

    def _fits(self, place: Place, hashes: list[bytes]) -> bool | None:
        """Say whether leaves are those that the tile above, or at the right edge the root, stands for."""
        if place.width == WIDTH:
            above = self._above(place)
            return None if above is None else perfect_root(hashes) == above
        after = self._growth.copy()
        for _ in after.add(hashes):
            pass
        return after.root() == self._shown.root

    def _above(self, place: Place) -> bytes | None:
        """Return what the level above says of a full tile."""
        index, at = divmod(place.index, WIDTH)
        width = min(WIDTH, (self._shown.size >> HEIGHT) - index * WIDTH)
        try:
            content = self._read(Place(level=1, index=index, width=width))
        except Refusal:
            return None
        return content[at * HASH : (at + 1) * HASH]

    def upper(self) -> Iterator[Altered]:
        """Yield what is wrong above the leaves: tiles, and the root."""
        partial = [(tile.place, tile.content) for tile in self._growth.partial() if tile.place.level]
        for place, content in (*self._full, *partial):
            try:
                is_same = self._read(place) == content
            except Refusal as refusal:
                yield Altered(refusal.code, tile=place.path)
            else:
                if not is_same:
                    yield Altered("receipt.tile_altered", tile=place.path)
        if self._growth.root() != self._shown.root:
            for place in self._suspect:
                yield Altered("receipt.tile_altered", tile=place.path)
            yield Altered("receipt.root_differs", index=self._shown.size)
