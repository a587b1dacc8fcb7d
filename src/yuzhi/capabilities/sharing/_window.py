"""What showing matters to everybody needs: the packs, the places by name and by their middle."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import asyncpg

from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.packs import Shelf

Level = Literal["district", "town", "community"]
DIGITS: dict[str, int] = {"district": 6, "town": 9, "community": 12}
"""How many digits of a territory code each level that a pack may publish has."""


class Places(Protocol):
    """Territories and units as they are called today."""

    def place_name(self, territory: str) -> str:
        """Return a territory's name from the top down, its code where nobody knows it."""
        ...

    def centre(self, territory: str) -> tuple[float, float] | None:
        """Return a point (longitude, latitude, WGS-84) that stands for a whole territory, if one is known."""
        ...

    def unit_name(self, unit: str) -> str:
        """Return a unit's name, or its code where nobody knows it."""
        ...

    def same_ground(self, territory: str) -> tuple[str, ...]:
        """Return every code whose matters count as lying in a territory, former ones included."""
        ...

    def roots(self) -> tuple[str, ...]:
        """Return the codes of the territories above which there is none."""
        ...


@dataclass(frozen=True)
class Window:
    """Everything that looking in from outside is handed.

    `least` is the smallest number of matters that may be told of together, `level` the finest territories of
    open data.
    """

    office: Office
    pool: asyncpg.Pool
    shelf: Shelf
    places: Callable[[], Places]
    least: int = 5
    level: Level = "town"
