"""All that handling a matter needs from elsewhere: packs, ground, calendar, storage, chance."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from yuzhi.base.actor import Actor
from yuzhi.capabilities.vault import Keys
from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.matter import Matter
from yuzhi.store.gathering import Gathering
from yuzhi.store.journal import Journal
from yuzhi.store.unit import Row, Unit


class Shelf(Protocol):
    """The packs at hand."""

    def procedure(self, name: str, version: str | None = None) -> Procedure:
        """Return a procedure, in its version in force when none is named; refuse unknown ones."""
        ...

    def pack(self, name: str, version: str | None = None) -> Pack:
        """Return a pack; refuse unknown ones."""
        ...

    def form_faults(self, pack: Pack, form: str, data: Mapping[str, object]) -> tuple[str, ...]:
        """Return what is wrong with data for a form, each with its path; nothing when it is sound."""
        ...


class Ground(Protocol):
    """Territories and units as they are today."""

    def place(self, territory: str, lon: float | None, lat: float | None, words: str) -> str:
        """Return the smallest territory known for a code, a point or words; empty when none is."""
        ...

    def unit_of_kind(self, kind: str, at: str, territory: str) -> str:
        """Return the unit of a kind that answers for a territory at a level, or an empty string."""
        ...

    def knows_unit(self, unit: str) -> bool:
        """Say whether a unit with that code exists today."""
        ...

    def above(self, unit: str, duty: str) -> str:
        """Return the next unit up the ladder that has a duty (any, if empty); empty at the top."""
        ...


class Carrier(Protocol):
    """A room whose own rows go along when a matter is handed over, such as parties and agreements."""

    async def carried(
        self, giver: Matter, receiver: UUID, carries: Collection[str]
    ) -> Mapping[str, Sequence[Row]]:
        """Return the rows to write for the matter that is opened, by table: in the same transaction."""
        ...


@dataclass
class Serials:
    """Serial numbers for new matters, drawn from the store a block at a time."""

    unit: Unit
    _left: range = range(0)
    _drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def next(self) -> int:
        """Return a serial number nobody else has."""
        while not self._left:
            async with self._drawing:
                if not self._left:
                    self._left = await self.unit.serials()
        first, self._left = self._left[0], self._left[1:]
        return first


async def nothing_withheld(_matter: UUID, _by: Actor) -> bool:
    """Keep nothing from anybody who may see a matter."""
    return False


@dataclass(frozen=True)
class Office:
    """Everything the handlers are handed; `keys` seal who asks, `chance` gives that many random bytes.

    `withheld` says whether what was said in a matter is kept from somebody who may see that there is one.
    """

    journal: Journal
    unit: Unit
    gathering: Gathering
    serials: Serials
    shelf: Shelf
    ground: Callable[[], Ground]
    calendar: Calendar
    keys: Keys
    chance: Callable[[int], bytes]
    carriers: tuple[Carrier, ...] = ()
    withheld: Callable[[UUID, Actor], Awaitable[bool]] = nothing_withheld
