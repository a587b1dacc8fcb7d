"""Shapes of the places a text names, and what is asked of a gazetteer of known ones."""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

PlaceKind = Literal["territory", "street", "estate", "road", "landmark"]


class Place(Struct, frozen=True):
    """A place a text names: its kind, the words, how sure, why, and where in the text.

    `number` is that of a house on a road; `crosses` the other road at a crossing. `code` is the
    territory it is known to lie in, coordinates are WGS-84 degrees, empty or None if not known.
    """

    kind: PlaceKind
    name: str
    score: float
    reason: str
    start: int
    end: int
    number: str = ""
    crosses: str = ""
    code: str = ""
    lon: float | None = None
    lat: float | None = None


class Known(Protocol):
    """What a gazetteer says of a name it knows."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def score(self) -> float: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...


class Gazetteer(Protocol):
    """Finds known names in a text; `territory.Gazetteer` does."""

    def find(self, text: str, within: str | None = None, *, limit: int = 5) -> Sequence[Known]:
        """Return the known places the text may mean, the likeliest first."""
