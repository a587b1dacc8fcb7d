"""What of a matter is looked up: words of letters and digits whole, Chinese by every two neighbours in it.

Every two-character string that stands in a text is found, however a dictionary would cut the text, and
a dictionary that changes makes no index stale. See docs/decisions/search-by-neighbours.md.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUNS = re.compile(rf"([{_HAN}]+)|((?:(?![{_HAN}])[^\W_])+)")
"""Stretches of characters without blanks between words (first group), and words with them (second)."""

TEXT_MOST = 20_000
"""Characters of all texts of a matter that are looked at."""
WORD_MOST = 64
"""Characters of one word of letters; what is longer is no word."""

END = "~"
"""Ends every key that is not just two neighbours, so that no key begins another."""
MONTHS_FROM = 2000
FIRST_MONTH = 0xE000
"""The characters that tell months begin here: private ones, which no word has in it."""


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


def named(kind: str, value: str) -> str:
    """Return the key of something that is no word: a territory, a unit, a state."""
    # Blanks part lexemes on their way to the database.
    return f"={kind}:{'_'.join(value.split())}{END}"


def month_of(at: datetime) -> int:
    """Return the month of an instant in UTC, counted from January 2000; whatever is older counts as that."""
    at = at.astimezone(UTC)
    return max(0, (at.year - MONTHS_FROM) * 12 + at.month - 1)


def lexeme(key: str, month: int) -> str:
    """Return the lexeme under which a key of a matter opened in a month is filed."""
    return key + chr(FIRST_MONTH + month)
