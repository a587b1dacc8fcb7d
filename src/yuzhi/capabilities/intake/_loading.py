"""From rows to matters, hundreds to a transaction: each goes in once, and a bad one hinders no other.

While the database writes one batch the next one is worked out. Whoever is stopped in the middle begins
again: rows that are in already are known by their keys and passed over.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, islice
from typing import Final

from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.chance import Chance
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake._form import Row
from yuzhi.capabilities.intake._mapping import Mapping
from yuzhi.capabilities.intake._reader import Found, Reader
from yuzhi.capabilities.intake._sheet import Sheet
from yuzhi.capabilities.matters import Office, Prepared, prepare, remembered_as
from yuzhi.store.unit import Change

Numbered = tuple[int, Row]
"""A row and which of the file's rows it is."""

BATCH: Final = 500
IN_FLIGHT: Final = 2  # batches the database may have in hand at once
BREATH: Final = 8  # rows worked out between two looks at what the database says


class RefusedRow(Struct, frozen=True):
    """A row that did not go in: its line, its key as far as it has one, and why."""

    line: int
    key: str
    refusal: Refusal


class Imported(Struct, frozen=True):
    """What became of the rows: `loaded` now, `there` before, `refused`; `stopped` is what ended it early."""

    rows: int
    loaded: int
    there: int
    refused: int
    stopped: Refusal | None = None


@dataclass(frozen=True)
class Watching:
    """Who is told while rows go in: of each refused row, and of rows done with."""

    refused: Callable[[RefusedRow], None]
    moved: Callable[[int], None] = lambda _: None


async def load(
    office: Office,
    mapping: Mapping,
    sheet: Sheet,
    now: datetime,
    watching: Watching,
    *,
    most: int | None = None,
    is_dry: bool = False,
    turns: Iterator[int] | None = None,
) -> Imported:
    """Load the rows of a sheet.

    `most` is how many are looked at, `is_dry` looks and writes nothing. `turns` gives the numbers of the
    batches to take, counted from 0 and always greater ones: several processes that draw theirs from one
    source take the whole file between them, each as much as it gets done.

    A file that ends in the middle is loaded up to there and `stopped` says so. Raises Refusal
    `mapping.refused` when mapping and file do not fit, and what the store raises when it is away: then
    the same call again goes on.
    """
    reader = Reader(mapping, sheet.columns, name=mapping.source)
    procedure = office.shelf.procedure(mapping.procedure)
    by = Actor(hand="import", id=mapping.source, duties=frozenset(procedure.opening.duties))
    own = replace(office, chance=Chance())
    loading = _Loading(own, mapping, reader, by, now, watching, is_dry=is_dry)
    stopped: Refusal | None = None
    rows = enumerate(islice(sheet.rows, most), start=1)
    turns = turns or count()
    ours = next(turns)
    try:
        for turn in count():
            batch, stopped = _next(rows)
            if batch and turn == ours:
                await loading.take(batch)
                ours = next(turns)
            if stopped is not None or not batch:
                break
    finally:
        await loading.settle()
    return loading.told(stopped)


def _next(rows: Iterator[Numbered]) -> tuple[list[Numbered], Refusal | None]:
    """Return the next batch, and of a file that breaks off why it does: what came before it goes in."""
    batch: list[Numbered] = []
    try:
        for row in islice(rows, BATCH):
            batch.append(row)  # noqa: PERF402 - what was read before the file breaks off is kept
    except Refusal as refusal:
        if not refusal.code.startswith(("file.", "workbook.")):
            raise
        return batch, refusal
    return batch, None


class _Loading:
    """One run: counts what became of each row, and keeps the database busy."""

    def __init__(
        self,
        office: Office,
        mapping: Mapping,
        reader: Reader,
        by: Actor,
        now: datetime,
        watching: Watching,
        *,
        is_dry: bool,
    ) -> None:
        self._office, self._mapping, self._reader, self._by = office, mapping, reader, by
        self._now, self._watching, self._is_dry = now, watching, is_dry
        self._saving: set[asyncio.Task[None]] = set()
        self._rows = self._loaded = self._there = self._refused = 0

    def told(self, stopped: Refusal | None) -> Imported:
        return Imported(self._rows, self._loaded, self._there, self._refused, stopped)

    async def take(self, batch: Sequence[Numbered]) -> None:
        """Work out a batch and hand it to the database."""
        new = await self._new(self._named(batch))
        prepared: list[tuple[Found, Prepared]] = []
        for place, (row, key, digest) in enumerate(new):
            if place % BREATH == 0:
                await asyncio.sleep(0)
            try:
                found = self._reader.read(row, key, digest)
                prepared.append((found, await self._prepare(found)))
            except Refusal as refusal:
                self._refuse(row.line, key, refusal)
        while len(self._saving) >= IN_FLIGHT:
            await self._one_saved()
        if self._is_dry:
            self._loaded += len(prepared)
            self._watching.moved(len(prepared))
        elif prepared:
            self._saving.add(asyncio.create_task(self._save(prepared)))

    async def settle(self) -> None:
        """Wait for what the database has in hand."""
        while self._saving:
            await self._one_saved()

    async def _one_saved(self) -> None:
        done, self._saving = await asyncio.wait(self._saving, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    def _named(self, batch: Sequence[Numbered]) -> list[tuple[Row, str, bytes]]:
        """Return the rows that can be read, each with its key; the first of those with one key."""
        named: dict[str, tuple[Row, str, bytes]] = {}
        for number, row in batch:
            self._rows += 1
            try:
                if row.fault is not None:
                    raise row.fault
                key, digest = self._reader.identity(row, number)
            except Refusal as refusal:
                self._refuse(row.line, "", refusal)
                continue
            first = named.setdefault(key, (row, key, digest))
            if first[0] is not row:
                self._meet(row, key, is_same=first[2] == digest)
        return list(named.values())

    async def _new(self, named: Sequence[tuple[Row, str, bytes]]) -> list[tuple[Row, str, bytes]]:
        """Return the rows that are not in yet."""
        known = await self._office.unit.digests(remembered_as(self._by), [key for _, key, _ in named])
        new = []
        for row, key, digest in named:
            before = known.get(key)
            if before is None:
                new.append((row, key, digest))
            else:
                self._meet(row, key, is_same=before == digest)
        return new

    def _meet(self, row: Row, key: str, *, is_same: bool) -> None:
        """Count a row whose key another one has: the same row again, or a different one."""
        if is_same:
            self._there += 1
            self._watching.moved(1)
        else:
            self._refuse(row.line, key, Refusal("key.repeated", key=key))

    async def _prepare(self, found: Found) -> Prepared:
        if found.at > self._now:
            raise Refusal("time.in_future", given=found.at.isoformat())
        return prepare(
            self._office,
            found.ask,
            self._by,
            found.at,
            serial=0 if self._is_dry else await self._office.serials.next(),
            key=found.key,
            digest=found.digest,
            sends_letters=self._mapping.sends_letters,
        )

    async def _save(self, batch: Sequence[tuple[Found, Prepared]]) -> None:
        changes: list[Change] = [prepared.change for _, prepared in batch]
        try:
            await self._office.unit.save(changes)
        except Refusal as refusal:
            if refusal.code in {"store.unavailable", "store.full", "store.busy"}:
                raise
            await self._save_apart(batch, refusal)
        else:
            self._loaded += len(batch)
            self._watching.moved(len(batch))

    async def _save_apart(self, batch: Sequence[tuple[Found, Prepared]], refusal: Refusal) -> None:
        """Save a batch that was refused in halves; at last the row that will not go in stands alone."""
        if len(batch) > 1:
            half = len(batch) // 2
            await self._save(batch[:half])
            await self._save(batch[half:])
            return
        found = batch[0][0]
        if refusal.code == "store.row_exists":  # somebody takes the same row in beside us
            known = await self._office.unit.digests(remembered_as(self._by), [found.key])
            if known.get(found.key) == found.digest:
                self._there += 1
                self._watching.moved(1)
                return
            if found.key in known:
                refusal = Refusal("key.repeated", key=found.key)
        self._refuse(found.line, found.key, refusal)

    def _refuse(self, line: int, key: str, refusal: Refusal) -> None:
        self._refused += 1
        self._watching.refused(RefusedRow(line, key, refusal))
        self._watching.moved(1)
