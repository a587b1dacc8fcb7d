"""Texts made plain, many at once: one width, one case, simplified characters, no control characters.

Nothing here refuses: emoji, lone surrogates and unknown scripts become spaces or stay as they are.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

LONGEST: Final = 20_000
"""Characters of one text that are read; the rest of a longer one says nothing new about what it is."""

_END: Final = "\x00"


@cache
def _table() -> NDArray[np.uint32]:
    """Return, for each code point, the one it is read as; 0 (the end of a text) stands for itself."""
    codes = np.arange(0x110000, dtype=np.uint32)
    for code in range(1, 0x10000):
        char = chr(code)
        kind = unicodedata.category(char)
        if kind in {"Cc", "Cf", "Cs", "Co", "Zs", "Zl", "Zp"}:
            codes[code] = 0x20
            continue
        if 0x4E00 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3:
            continue
        folded = unicodedata.normalize("NFKC", char).lower()
        if len(folded) == 1:
            codes[code] = ord(folded)
    pairs = (files("yuzhi") / "data" / "understanding" / "traditional.txt").read_text(encoding="utf-8")
    for pair in pairs.split():
        if len(pair) == 2:
            codes[ord(pair[0])] = ord(pair[1])
    return codes


def plain_batch(texts: Iterable[str]) -> list[str]:
    """Return each text made plain, cut at `LONGEST`; spaces stay only where both neighbours are ASCII."""
    given = [text[:LONGEST].replace(_END, " ") for text in texts]
    if not given:
        return []
    raw = np.frombuffer(_END.join(given).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    codes = _table()[raw]
    blank = codes == 0x20
    # A blank goes if the character before it, or after it, is not a letter or digit of ASCII.
    dense = (codes > 0x20) & (codes < 0x7F)
    before = np.concatenate(([False], dense[:-1]))
    after = np.concatenate((dense[1:], [False]))
    kept = codes[~blank | (before & after)]
    joined: str = kept.astype("<u4").tobytes().decode("utf-32-le")
    return joined.split(_END)


def plain(text: str) -> str:
    """Return one text made plain."""
    return plain_batch((text,))[0]
