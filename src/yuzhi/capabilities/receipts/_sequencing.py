"""Publishing the log: entries are given their places, hashed into tiles, and vouched for by a checkpoint.

What the database says of the order comes first, tiles follow from it, the checkpoint is last. So it may
be cut off anywhere: the next round begins at the last checkpoint and writes the same tiles again.
"""

import asyncio
from contextlib import aclosing
from datetime import timedelta

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import _queries as queries
from yuzhi.capabilities.receipts._checkpoint import Checkpoint, open_checkpoint
from yuzhi.capabilities.receipts._log import Log
from yuzhi.capabilities.receipts._notes import note_of, sign
from yuzhi.capabilities.receipts._tiles import Growth

BATCH = 5000
EVERY = timedelta(seconds=1)
"""The least time between two checkpoints."""
LONGEST = 10.0  # seconds a round may take before it lets others have a turn


class Published(Struct, frozen=True):
    """What a round left: leaves vouched for, how many of them are new, and whether there is more to do."""

    size: int
    added: int
    is_behind: bool


async def publish(log: Log, *, batch: int = BATCH) -> Published | None:
    """Do one round; return None when another process is at it.

    Raises Refusal `receipt.log_ahead` when more is vouched for than the journal holds (it was restored
    from an older copy), `receipt.tile_altered`, `receipt.tile_missing`, `receipt.other_log` when the
    folder belongs to another origin, `receipt.rebuilt_differs` when the journal no longer gives what
    was signed, `receipt.entry_missing` (with matter and seq), `store.full`.
    """
    async with queries.alone(log.pool) as conn:
        return None if conn is None else await _Round(log, conn, batch).run()


async def read_growth(log: Log) -> tuple[Checkpoint | None, Growth]:
    """Return the checkpoint that is up and the tree's right edge there; the two must agree."""
    note = await asyncio.to_thread(log.folder.checkpoint)
    if note is None:
        return None, Growth()
    shown = open_checkpoint(note, log.verifiers()).checkpoint
    if shown.origin != log.origin:
        raise Refusal("receipt.other_log", shown=shown.origin, wanted=log.origin)
    growth = await asyncio.to_thread(Growth.read, log.folder.read_tile, shown.size)
    if growth.root() != shown.root:
        raise Refusal("receipt.tile_altered", tile="checkpoint")
    return shown, growth


class _Round:
    """One round, by the one process that holds the lock."""

    def __init__(self, log: Log, conn: asyncpg.Connection, batch: int) -> None:
        self._log = log
        self._conn = conn
        self._batch = batch
        self._growth = Growth()
        self._remembered: queries.Stamped | None = None

    async def run(self) -> Published:
        shown, self._growth = await read_growth(self._log)
        self._remembered = await queries.stamped(self._conn)
        before = shown.size if shown is not None else 0
        state = await queries.state(self._conn)
        if before > state.size:
            raise Refusal("receipt.log_ahead", published=before, journal=state.size)
        known = self._remembered
        if shown is not None and known is not None and known.size == before and known.root != shown.root:
            raise Refusal("receipt.rebuilt_differs", size=before)
        is_behind = await self._grow(state)
        is_due = self._is_due()
        if (shown is None or self._growth.size > before) and is_due:
            await self._sign()
            before, added = self._growth.size, self._growth.size - before
            return Published(size=before, added=added, is_behind=is_behind)
        return Published(size=before, added=0, is_behind=is_behind and is_due)

    async def _grow(self, begin: queries.State) -> bool:
        """Put entries in order and into tiles until none is left or time is up; say whether any is left."""
        until = asyncio.get_running_loop().time() + LONGEST
        state = begin
        await self._integrate(state.size)
        if begin.is_moved:
            async with aclosing(queries.sweep(self._conn, begin, self._batch)) as swept:
                async for state in swept:
                    await self._integrate(state.size)
        while True:
            after = await queries.put_in_order(self._conn, state, self._batch)
            if after == state:
                return False
            state = after
            await self._integrate(state.size)
            if asyncio.get_running_loop().time() > until:
                return True

    async def _integrate(self, size: int) -> None:
        """Hash leaves into tiles up to a size."""
        while self._growth.size < size:
            end = min(size, self._growth.size + self._batch)
            known = self._remembered
            if known is not None and self._growth.size < known.size:
                end = min(end, known.size)
            found = await queries.leaves(self._conn, self._growth.size, end)
            hashes = []
            for leaf in found:
                if leaf.hash is None:
                    raise Refusal("receipt.entry_missing", matter=str(leaf.matter), seq=leaf.seq)
                hashes.append(leaf.hash)
            if len(hashes) != end - self._growth.size:
                raise Refusal("receipt.leaf_missing", first=self._growth.size, end=end)
            full = list(self._growth.add(hashes))
            await asyncio.to_thread(self._log.folder.write_tiles, full)
            # A tree built anew must be the one that was vouched for.
            if known is not None and self._growth.size == known.size and self._growth.root() != known.root:
                raise Refusal("receipt.rebuilt_differs", size=known.size)

    def _is_due(self) -> bool:
        last = self._remembered
        since = self._log.now() - last.signed_at if last is not None else EVERY
        return not timedelta(0) <= since < EVERY

    async def _sign(self) -> None:
        log, growth, now = self._log, self._growth, self._log.now()
        await asyncio.to_thread(log.folder.write_tiles, list(growth.partial()))
        checkpoint = Checkpoint(origin=log.origin, size=growth.size, root=growth.root())
        note = note_of(checkpoint.text, [sign(checkpoint.text, log.signer())])
        await queries.remember(self._conn, growth.size, checkpoint.root, note, now)
        await asyncio.to_thread(log.folder.publish, note)
