"""The frozen shapes this room takes in and hands out, besides the atlas itself."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from yuzhi.capabilities.territory._codes import LEVELS
from yuzhi.capabilities.territory._datum import Datum
from yuzhi.capabilities.territory._tree import Territory


class Boundary(Struct, frozen=True):
    """The area of one territory: `wkb` in WGS-84 degrees, `datum` that of the file it came from."""

    code: str
    wkb: bytes
    datum: Datum = "WGS84"


class Landmark(Struct, frozen=True):
    """A named place people speak of; `lon` and `lat` are WGS-84 degrees, both or neither."""

    name: str
    territory: str
    kind: str = ""
    aliases: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None


class Edition(Struct, frozen=True):
    """One import, read whole and found sound: lists, boundaries and landmarks.

    `under` is the code it was limited to. `stated` gives, for each optional column
    (`valid_from`, `valid_to`, `aliases`), the codes whose file had it: what a file does not
    state, saving leaves alone. `outside` counts rows that were not under `under`, `skipped`
    the province and summary rows.
    """

    territories: tuple[Territory, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    landmarks: tuple[Landmark, ...] = ()
    under: str | None = None
    stated: Mapping[str, frozenset[str]] = {}
    outside: int = 0
    skipped: int = 0
    mended: tuple[str, ...] = ()


class EditionView(Struct, frozen=True):
    """What an edition would bring, for showing before it is saved."""

    levels: dict[str, int]
    boundaries: int
    landmarks: int
    outside: int
    skipped: int
    mended: tuple[str, ...]


class ImportView(Struct, frozen=True):
    """What saving an edition did. `missing` are open territories the edition does not list."""

    at: date
    added: int
    changed: int
    unchanged: int
    boundaries: int
    landmarks: int
    closed: tuple[str, ...]
    missing: tuple[str, ...]


class ReorganisedView(Struct, frozen=True):
    """What a re-organisation did: the codes that closed, came into being, or changed otherwise."""

    closed: tuple[str, ...]
    opened: tuple[str, ...]
    changed: tuple[str, ...]


def describe_import(edition: Edition) -> EditionView:
    """Count what an edition holds, level by level."""
    counts = Counter(territory.level for territory in edition.territories)
    return EditionView(
        levels={level: counts[level] for level in LEVELS if counts[level]},
        boundaries=len(edition.boundaries),
        landmarks=len(edition.landmarks),
        outside=edition.outside,
        skipped=edition.skipped,
        mended=edition.mended,
    )
