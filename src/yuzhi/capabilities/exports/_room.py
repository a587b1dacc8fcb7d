"""What exporting needs from elsewhere: matters, the names of places and units, words, fonts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import asyncpg

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.understanding.text import mask_personal
from yuzhi.engine.definition import Pack


class Names(Protocol):
    """What places and units are called today."""

    def unit_name(self, unit: str) -> str:
        """Return a unit's name, or its code where nobody knows it."""
        ...

    def place_name(self, territory: str) -> str:
        """Return a territory's name from the top down, or its code where nobody knows it."""
        ...


@dataclass(frozen=True)
class ExportRoom:
    """`fonts` is a folder of fonts beside the one that came along."""

    office: Office
    pool: asyncpg.Pool
    shelf: Shelf
    names: Callable[[], Names]
    fonts: Path | None = None

    def local(self, at: datetime) -> datetime:
        """Return an instant in the city's zone, without the zone, as spreadsheets have it."""
        return at.astimezone(self.office.calendar.zone).replace(tzinfo=None, microsecond=0)


def title(subject: str) -> str:
    """Return a subject without numbers and named people.

    What only the segmenter takes for a name stays: of so few words it makes too much, manholes for one.
    """
    return mask_personal(subject, tagged=False)


class Teller:
    """Says names in the words of packs, in one language; a name no pack knows any more is told as it is."""

    def __init__(self, room: ExportRoom, language: str) -> None:
        self._room, self._language = room, language
        self._packs: dict[str, Pack | None] = {}

    def say(self, procedure: str, section: str, name: str) -> str:
        """Return the word for a name of a procedure, empty for no name."""
        if not name:
            return ""
        if procedure not in self._packs:
            self._packs[procedure] = self._pack(procedure)
        pack = self._packs[procedure]
        return self._room.shelf.word(pack, f"{section}.{name}", self._language) if pack else name

    def _pack(self, procedure: str) -> Pack | None:
        try:
            found = self._room.shelf.procedure(procedure)
        except Refusal:
            return None
        return self._room.shelf.pack(found.pack, found.version)
