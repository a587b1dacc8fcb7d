"""What each form of a name can mean, and how far it may be trusted alone.

The figures are judgements, kept together here so that they can be weighed against each other;
tests hold the orders that follow from them, not the figures.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from yuzhi.capabilities.territory._codes import depth_of
from yuzhi.capabilities.territory._names import FormKind, forms
from yuzhi.capabilities.territory._tree import Atlas
from yuzhi.capabilities.territory._views import Landmark
from yuzhi.capabilities.territory._words import is_common_word, is_ordinary

_COMMUNITY: Final = 3  # depth

_SURE: Final[dict[FormKind, float]] = {
    "name": 0.9,
    "alias": 0.85,
    "short": 0.85,
    "former": 0.75,
    "landmark": 0.85,
}
_STEM: Final = (0.5, 0.6, 0.5, 0.3, 0.3)  # by depth: city, district, town, community, grid

# By depth: how often the dictionary must have a form for it to count as an ordinary word there.
_ORDINARY_FROM: Final = (1_000_000, 500, 100, 5, 5)

_FULL_WIDTH: Final = {code + 0xFEE0: code for code in range(0x21, 0x7F)} | {0x3000: 0x20}


class Sense(Struct, frozen=True):
    """One meaning of one form.

    `base` is how likely the form alone means this place. A weak form is heeded only where it
    stands as a word of its own; `needs` is the context it must have to be heeded at all.
    """

    code: str
    depth: int
    name: str
    kind: FormKind
    base: float
    is_weak: bool = False
    needs: float = 0.0
    landmark: Landmark | None = None


def plain(text: str) -> str:
    """The text with full-width letters and digits made plain; offsets stay the same."""
    return text.translate(_FULL_WIDTH)


def territory_senses(atlas: Atlas, on: date) -> Iterator[tuple[str, Sense]]:
    """Every (form, sense) of the territories of that day; closed ones speak for their heirs."""
    for territory in atlas.territories.values():
        if territory.is_valid(on):
            for form, kind in forms(territory.name, territory.level):
                yield from _sense(territory.code, territory.name, form, kind)
            for alias in territory.aliases:
                yield from _sense(territory.code, territory.name, alias, "alias")
        else:
            for code in atlas.successor(territory.code, on):
                heir = atlas.territories.get(code)
                if heir is not None and heir.is_valid(on) and heir.name != territory.name:
                    yield from _sense(code, heir.name, territory.name, "former")


def landmark_senses(atlas: Atlas, landmarks: Iterable[Landmark], on: date) -> Iterator[tuple[str, Sense]]:
    """Every (form, sense) of the landmarks, in the territories that hold them on that day."""
    for landmark in landmarks:
        for code in atlas.successor(landmark.territory, on):
            sense = Sense(
                code, depth_of(code), landmark.name, "landmark", _SURE["landmark"], landmark=landmark
            )
            doubtful = msgspec.structs.replace(sense, base=0.3, is_weak=True, needs=0.5)
            for form in (landmark.name, *landmark.aliases):
                if len(form) > 1:
                    yield form, doubtful if is_common_word(plain(form), _ORDINARY_FROM[2]) else sense


def _sense(code: str, name: str, form: str, kind: FormKind) -> Iterator[tuple[str, Sense]]:
    if len(form) < 2:
        return  # a single character is never a place
    depth = depth_of(code)
    if kind in {"name", "short"}:
        is_common = is_ordinary(plain(form))
    else:
        is_common = is_common_word(plain(form), _ORDINARY_FROM[depth])
    if kind != "stem" and not is_common and (kind == "name" or len(form) > 2):
        yield form, Sense(code, depth, name, kind, _SURE[kind])
        return
    is_small = depth >= _COMMUNITY
    needs = (0.7 if is_small else 0.5) if is_common else (0.35 if is_small and len(form) < 3 else 0.0)
    base = _STEM[depth] / 2 if is_common else _STEM[depth]
    yield form, Sense(code, depth, name, kind, base, is_weak=True, needs=needs)
