"""What of a text is looked up: words of letters and digits whole, Chinese by every two neighbours in it.

Every two-character string that stands in a text is found, however a dictionary would cut the text, and
a dictionary that changes makes no index stale. See docs/decisions/search-by-neighbours.md.
"""

import re
from collections.abc import Iterable
from typing import Final

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(rf"([{_HAN}]+)|((?:(?![{_HAN}])[^\W_])+)")
"""Stretches of characters without blanks between words (first group), and words with them (second)."""

TEXT_MOST: Final = 20_000
"""Characters of all texts of a thing that are looked at."""
WORD_MOST = 64
"""Characters of one word of letters; what is longer is no word."""

END = "~"
"""Ends every key that is not just two neighbours, so that no key begins another."""


def keys_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the keys of folded texts."""
    found: set[str] = set()
    left = TEXT_MOST
    for text in texts:
        for han, word in RUNS.findall(text[:left]):
            if han:
                found.update(neighbours(han))
            else:
                found.add(word[:WORD_MOST] + END)
        left -= len(text)
        if left <= 0:
            break
    return frozenset(found)


def neighbours(han: str) -> list[str]:
    """Return the keys of a stretch of characters: every two neighbours, or the one that stands alone."""
    if len(han) == 1:
        return [han + END]
    return [han[at : at + 2] for at in range(len(han) - 1)]
