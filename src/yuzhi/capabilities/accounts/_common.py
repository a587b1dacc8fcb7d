"""Is a password one that many have? Against a packaged list, and against the habits lists are made of."""

import unicodedata
from bisect import bisect_left
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from typing import Final

WIDTH: Final = 5  # bytes of each digest in the list
FEW: Final = 6  # characters that repeated, or added to a word, make no password

LEAST_WORD: Final = 3

_AROUND: Final = "0123456789_-.!@#$%^&*+=?~,;:'\" "
_LEET: Final = str.maketrans("@4031!|$57+", "aaoeiilsstt")
_ROWS: Final = ("`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./")
_SHIFTED: Final = str.maketrans('~!@#$%^&*()_+{}|:"<>?', "`1234567890-=[]\\;',./")
_MOSTLY: Final = 0.75


def is_common(password: str) -> bool:
    """Say whether a password is, or is made by habit from, one that is commonly used.

    Habits: look-alike letters for others, a word or two with figures and signs among them, something
    short repeated, runs along the keyboard or the alphabet, nothing but digits (dates, telephones, IDs).
    """
    plain = unicodedata.normalize("NFKC", password).lower()
    if plain.isdigit() or _is_repeated(plain) or _is_walk(plain):
        return True
    core = plain.strip(_AROUND)
    if len(core) >= LEAST_WORD and core != plain and _is_walk(core):
        return True
    letters = "".join(one for one in plain if one.isalpha())
    forms = (plain, core, letters, plain.translate(_LEET), core.translate(_LEET))
    return any(_is_made_of_words(form) for form in dict.fromkeys(forms))


def normal_form(word: str) -> str:
    """Return a word as the list holds it."""
    return unicodedata.normalize("NFKC", word).lower()


def digest(word: str) -> bytes:
    """Return the shortened digest under which the list holds a word in normal form."""
    return sha256(word.encode()).digest()[:WIDTH]


def _is_made_of_words(text: str) -> bool:
    if len(text) < LEAST_WORD:
        return False
    halves = range(LEAST_WORD, len(text) - LEAST_WORD + 1)
    return _listed(text) or any(_listed(text[:at]) and _listed(text[at:]) for at in halves)


def _is_repeated(text: str) -> bool:
    """Say whether a text is one short piece over and over."""
    return any(text == (text[:size] * len(text))[: len(text)] for size in range(1, FEW + 1))


def _is_walk(text: str) -> bool:
    """Say whether most steps from one character to the next go to a neighbour, or to the same again."""
    if len(text) < 4:
        return False
    places = _keyboard()
    steps = 0
    for one, other in pairwise(text):
        a, b = places.get(one.translate(_SHIFTED)), places.get(other.translate(_SHIFTED))
        near = a is not None and b is not None and abs(a[0] - b[0]) <= 1 and abs(a[1] - b[1]) <= 1
        steps += near or abs(ord(one) - ord(other)) <= 1
    return steps >= _MOSTLY * (len(text) - 1)


@cache
def _keyboard() -> dict[str, tuple[int, int]]:
    return {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}


@cache
def _list() -> tuple[bytes, ...]:
    packed = (files("yuzhi") / "data" / "passwords" / "common.bin").read_bytes()
    return tuple(packed[at : at + WIDTH] for at in range(0, len(packed), WIDTH))


def _listed(word: str) -> bool:
    known = _list()
    wanted = digest(word)
    at = bisect_left(known, wanted)
    return at < len(known) and known[at] == wanted
