"""Texts folded so that what people mean alike is written alike: one width, one case, simplified characters.

A folded text has the length of the original, so that a place in one is the same place in the other.
"""

import unicodedata
from functools import cache
from importlib.resources import files

_WIDE = ((0x00A0, 0x2E80), (0x3000, 0x3400), (0xA640, 0xAC00), (0xF900, 0xFB00), (0xFE30, 0xFFF0))
"""Where characters lie that have a plainer form of one character: letters, full width, compatibility."""


def fold(text: str) -> str:
    """Return a text folded character by character; nothing is refused, nothing is added or taken away."""
    return text.translate(_table())


@cache
def _table() -> dict[int, str]:
    table = {code: chr(code).lower() for code in range(0x41, 0x5B)}
    for first, end in _WIDE:
        for code in range(first, end):
            char = chr(code)
            folded = unicodedata.normalize("NFKC", char).lower()
            if folded != char and len(folded) == 1:
                table[code] = folded
    pairs = files("yuzhi") / "data" / "understanding" / "traditional.txt"
    for pair in pairs.read_text(encoding="utf-8").split():
        if len(pair) == 2:
            table[ord(pair[0])] = pair[1]
    return {code: table.get(ord(folded), folded) for code, folded in table.items()}
