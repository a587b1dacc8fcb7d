"""What a territory code says by itself: its level, what it covers, who stands above it.

Codes are prefix codes (国统字〔2009〕91号): 4 digits name a city, 6 a district or county, 9 a town
or street, 12 a community or village. A grid is its community's code and a suffix of 1 to 6
digits or capital letters, so the 15-digit unit grid code of the digital-city standard is a
grid too. Whether a code exists, and when, is the atlas's business.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, Literal

from yuzhi.base.refusal import Refusal

Level = Literal["city", "district", "town", "community", "grid"]

LEVELS: Final[tuple[Level, ...]] = ("city", "district", "town", "community", "grid")

_LENGTHS: Final[dict[int, Level]] = {4: "city", 6: "district", 9: "town", 12: "community"}
_SHAPE: Final = re.compile(r"(?:[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}(?:[0-9A-Z]{1,6})?)")


def is_code(text: str) -> bool:
    """Whether `text` has the shape of a territory code."""
    return _SHAPE.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def level_of(code: str) -> Level:
    """The level a code stands at; refuses `territory.code_malformed` if it is no code."""
    if not is_code(code):
        raise Refusal("territory.code_malformed", territory=code)
    return _LENGTHS.get(len(code), "grid")


def depth_of(code: str) -> int:
    """0 for a city, down to 4 for a grid."""
    return LEVELS.index(level_of(code))


def covers(code: str, other: str) -> bool:
    """Whether `other` is `code` itself or lies under it; a grid covers nothing but itself."""
    if code == other:
        return True
    return len(code) in _LENGTHS and len(other) > len(code) and other.startswith(code)


@lru_cache(maxsize=4096)
def ancestors(code: str) -> tuple[str, ...]:
    """The codes above `code`, nearest first: the ladder a matter climbs."""
    level_of(code)
    return tuple(code[:length] for length in (12, 9, 6, 4) if length < len(code))


def spans(codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Half-open ranges in code-point order that hold exactly the codes covered by `codes`.

    In SQL, on a column with collation "C": `code >= lo and code < hi`. A plain prefix match
    would let the grid ...001A take its neighbour ...001AB; these ranges do not.
    """
    return tuple((code, _past(code)) for code in codes)


def _past(code: str) -> str:
    if level_of(code) == "grid":
        return code + "!"  # sorts before every digit and letter, so nothing longer gets in
    return code[:-1] + chr(ord(code[-1]) + 1)
