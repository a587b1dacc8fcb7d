"""Under which keys a matter is filed: its words, what it is filtered by, and the month it was opened in."""

from datetime import UTC, datetime

from yuzhi.capabilities.lexicon import END

MONTHS_FROM = 2000
FIRST_MONTH = 0xE000
"""The characters that tell months begin here: private ones, which no word has in it."""


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
