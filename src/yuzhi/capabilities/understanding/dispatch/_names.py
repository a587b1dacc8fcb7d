"""One unit, one name: spelling that drifts is folded, and names made of places are seen as patterns.

Nothing is known of any city: what may be folded is learnt from the names themselves.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_BRACKETED: Final = re.compile(r"^(.+?)\s*[(（](.+?)[)）]$")
_SUFFIXES: Final = ("街道办事处", "街道", "办事处", "镇", "乡")


class UnitNames:
    """Folds unit names: `甲队（甲街道）` is `甲队` if no other bracket goes with it.

    A name that goes with several brackets (`服务中心（甲街道）`, `服务中心（乙街道）`) is several units
    and keeps them. `brackets` are those seen with each bare name.
    """

    def __init__(self, brackets: Mapping[str, Iterable[str]]) -> None:
        self.brackets: Final = {bare: frozenset(seen) for bare, seen in brackets.items()}

    def __call__(self, name: str) -> str:
        """Return the one name of a unit."""
        bare, bracket = _split(name)
        if bracket and len(self.brackets.get(bare, frozenset()) | {bracket}) > 1:
            return f"{bare}（{bracket}）"
        return bare


def unit_names(names: Iterable[str]) -> UnitNames:
    """Return what folds unit names as these names show that they may be folded."""
    brackets: defaultdict[str, set[str]] = defaultdict(set)
    for name in set(names):
        bare, bracket = _split(name)
        if bracket:
            brackets[bare].add(bracket)
    return UnitNames(brackets)


def _split(name: str) -> tuple[str, str]:
    name = name.strip()
    match = _BRACKETED.match(name)
    return (match[1], match[2]) if match else (name, "")


def pattern_of(unit: str, places: Sequence[str]) -> str:
    """Return a unit's name with the names of the matter's own places, inner ones last, put as `<level>`."""
    for level in reversed(range(len(places))):
        for form in _forms(places[level]):
            unit = unit.replace(form, f"<{level}>")
    return unit


def unit_of(pattern: str, places: Sequence[str], known: frozenset[str]) -> str:
    """Return the unit a pattern means in these places: a known one if there is one, else as first spelt."""
    if "<" not in pattern:
        return pattern
    spelt = [pattern]
    for level, place in enumerate(places):
        slot = f"<{level}>"
        spelt = [
            one.replace(slot, form) for one in spelt for form in (_forms(place) if slot in one else (place,))
        ]
    return next((one for one in spelt if one in known), spelt[0] if spelt else pattern)


def _forms(place: str) -> tuple[str, ...]:
    """Return the ways a place stands in a unit's name; a bare short name is too common to count."""
    suffix = next((one for one in _SUFFIXES if place.endswith(one)), "")
    base = place.removesuffix(suffix)
    if suffix and len(base) >= 2:
        return tuple(base + one for one in _SUFFIXES)
    return (place,) if len(place) > 2 else ()
