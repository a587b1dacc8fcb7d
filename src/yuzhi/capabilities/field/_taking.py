"""A batch taken in: each item happens once, in order, and none keeps another from happening.

Items that do not touch each other's matters are worked out and written together; an item that rests on an
earlier one waits until that is written.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.field._items import PREFIX, Batch, Read, behind, id_of, read_item
from yuzhi.capabilities.field._views import Depot, Outcome, Taken, TakenView
from yuzhi.capabilities.matters import Prepared, remembered_as

BREATH = 8  # items worked out between two looks at whatever else waits
AT_ONCE = 16  # steps in the works
OUTAGES = frozenset({"store.unavailable", "store.full", "store.busy"})


async def take_batch(depot: Depot, batch: Batch, by: Actor, now: datetime) -> Taken:
    """Take in what was done in the field; return only when all of it is durable.

    The same batch again, whole or in part, does nothing twice. Raises Refusal `field.posts_only`, and what
    the store raises when it is away: then nothing is known of items not yet written, and the same batch is
    to be sent again.
    """
    if by.hand != "post":
        raise Refusal("field.posts_only")
    taking = _Taking(depot, by, now, behind(batch, now))
    await taking.read(batch.items)
    await taking.go()
    return Taken(at=now, behind=taking.behind, outcomes=tuple(taking.outcomes()))


class _Taking:
    """One batch being taken in. Items go by their place in it."""

    def __init__(self, depot: Depot, by: Actor, now: datetime, clock_behind: int) -> None:
        self._depot, self._by, self._now, self.behind = depot, by, now, clock_behind
        self._read: dict[int, Read] = {}
        self._found: dict[int, Outcome] = {}
        self._places: dict[str, int] = {}  # of ids, the first one
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._earlier: dict[str, TakenView] = {}  # by id, what earlier batches opened

    def outcomes(self) -> list[Outcome]:
        return [self._found[place] for place in sorted(self._found)]

    async def read(self, items: Sequence[msgspec.Raw]) -> None:
        """Read the items and settle those that cannot be read, or were taken before."""
        for place, raw in enumerate(items):
            try:
                read = read_item(raw, clock_behind=self.behind, now=self._now)
            except Refusal as refusal:
                id_ = id_of(raw)
                self._refuse(place, id_, refusal)
            else:
                id_, self._read[place] = read.item.id, read
            if id_:
                self._places.setdefault(id_, place)
        keys = [read.key for read in self._read.values()]
        keys += [PREFIX + read.item.matter for read in self._read.values() if read.item.matter]
        given = await matters.answers_given(self._depot.pool, remembered_as(self._by), keys)
        self._earlier = {key.removeprefix(PREFIX): _taken(answer) for key, (_, answer) in given.items()}
        for place in self._read:
            self._settle(place, given)
        await self._check_files()

    def _settle(self, place: int, given: Mapping[str, tuple[bytes, bytes]]) -> None:
        """Settle an item that was taken before."""
        read = self._read[place]
        if read.key in given:
            digest, answer = given[read.key]
            if digest == read.digest:
                self._found[place] = Outcome(read.item.id, "repeated", _taken(answer))
            else:
                self._refuse(place, read.item.id, Refusal("idempotency.key_reused", key=read.item.id))

    async def _check_files(self) -> None:
        named = {place: _files_of(read) for place, read in self._read.items() if place not in self._found}
        every = sorted({file for files in named.values() for file in files})
        lost = set(await self._depot.missing(every)) if every else set()
        for place, files in named.items():
            if missing := next((file for file in files if file in lost), None):
                self._refuse(place, self._read[place].item.id, Refusal("file.not_found", file=missing[:64]))

    async def go(self) -> None:
        """Work the items off that are left, in waves of those that do not rest on each other."""
        opening: list[int] = []
        stepping: dict[int, UUID] = {}
        for place in sorted(self._read.keys() - self._found.keys()):
            item = self._read[place].item
            first = self._places[item.id]
            named = (item.matter, item.ask.target)
            if {first, *(self._places.get(one, place) for one in named)} & {*opening, *stepping}:
                await self._flush(opening, stepping)
            if first != place:
                self._again(place, first)
            elif item.open is not None:
                opening.append(place)
            else:
                try:
                    matter = await self._matter(item.matter)
                except Refusal as refusal:
                    self._refuse(place, item.id, refusal)
                    continue
                if matter in stepping.values():
                    await self._flush(opening, stepping)
                stepping[place] = matter
        await self._flush(opening, stepping)

    async def _flush(self, opening: list[int], stepping: dict[int, UUID]) -> None:
        await self._open(list(opening))
        await asyncio.gather(*(self._step(place, matter) for place, matter in stepping.items()))
        opening.clear()
        stepping.clear()

    def _again(self, place: int, first: int) -> None:
        """Settle an item whose id another one in this batch has: the same item again, or a different one."""
        read, before, outcome = self._read[place], self._read.get(first), self._found[first]
        if before is None or before.digest != read.digest:
            self._refuse(place, read.item.id, Refusal("idempotency.key_reused", key=read.item.id))
        elif outcome.refusal is not None:
            self._refuse(place, read.item.id, outcome.refusal)
        else:
            self._found[place] = Outcome(read.item.id, "repeated", outcome.matter)

    async def _matter(self, named: str) -> UUID:
        """Return the matter meant: one that an item opened, now or before, or one by its id or number."""
        if named in self._places:
            found = self._found.get(self._places[named])
            if found is None or found.matter is None:
                raise Refusal("field.rests_on_refused", id=named)
            return found.matter.id
        if named in self._earlier:
            return self._earlier[named].id
        try:
            return UUID(named)
        except ValueError:
            pass
        matter = await matters.by_number(self._depot.pool, named) if is_matter_number(named) else None
        if matter is None:
            raise Refusal("matter.not_found", matter=named[:40])
        return matter

    async def _open(self, places: Sequence[int]) -> None:
        prepared: dict[int, Prepared] = {}
        for number, place in enumerate(places):
            if number % BREATH == 0:
                await asyncio.sleep(0)
            read = self._read[place]
            assert read.item.open is not None, "only items that open are here"
            try:
                prepared[place] = matters.prepare(
                    self._depot.office, read.item.open, self._by, self._at(place),
                    serial=await self._depot.office.serials.next(), key=read.key, digest=read.digest,
                    then=read.item.then, told=read.seen,
                )  # fmt: skip
            except Refusal as refusal:
                self._refuse(place, read.item.id, refusal)
        await self._save(prepared)

    async def _save(self, prepared: dict[int, Prepared]) -> None:
        """Save openings in one transaction; if that fails in halves, until the one at fault stands alone."""
        if not prepared:
            return
        try:
            await self._depot.office.unit.save([one.change for one in prepared.values()])
        except Refusal as refusal:
            if refusal.code in OUTAGES:
                raise
            if len(prepared) > 1:
                places = list(prepared)
                for part in (places[: len(places) // 2], places[len(places) // 2 :]):
                    await self._save({place: prepared[place] for place in part})
                return
            (place,) = prepared
            await self._not_saved(place, refusal)
        else:
            for place, one in prepared.items():
                self._found[place] = Outcome(self._read[place].item.id, "taken", _taken(one.answer))

    async def _step(self, place: int, matter: UUID) -> None:
        read = self._read[place]
        ask = read.item.ask
        try:
            if ask.target:
                ask = replace(ask, target=str(await self._matter(ask.target)))
            async with self._gate:
                after = await matters.take_step(
                    self._depot.office, matter, read.item.step, ask, self._by, self._at(place),
                    key=read.key, digest=read.digest, told=read.seen,
                )  # fmt: skip
        except Refusal as refusal:
            if refusal.code in OUTAGES:
                raise
            await self._not_saved(place, refusal)
        else:
            taken = TakenView(after.id, after.number, after.procedure, after.state, after.seq)
            self._found[place] = Outcome(read.item.id, "taken", taken)

    async def _not_saved(self, place: int, refusal: Refusal) -> None:
        """Settle an item that did not go in: perhaps the same batch is being taken in beside us.

        Then the refusal may be of any kind, for the matter has gone on by this very item.
        """
        read = self._read[place]
        given = await matters.answers_given(self._depot.pool, remembered_as(self._by), [read.key])
        if read.key in given:
            self._settle(place, given)
        else:
            self._refuse(place, read.item.id, refusal)

    def _at(self, place: int) -> datetime:
        """Return the instant of an item's entry: now, a microsecond after the item before it."""
        return self._now + timedelta(microseconds=place)

    def _refuse(self, place: int, id_: str, refusal: Refusal) -> None:
        self._found[place] = Outcome(id_, "refused", refusal=refusal)


def _taken(answer: bytes) -> TakenView:
    return msgspec.json.decode(answer, type=TakenView)


def _files_of(read: Read) -> list[str]:
    item = read.item
    asks = [item.ask, *([item.then.ask] if item.then else [])]
    attached = [
        *(item.open.attachments if item.open else ()),
        *(one for ask in asks for one in ask.attachments),
    ]
    return [one.file for one in attached]
