"""From a matter and its texts, its row in the index: pure, the same matter gives the same row."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from msgspec import Struct

from yuzhi.base.ground import COMMUNITY_DIGITS
from yuzhi.capabilities.lexicon import fold, keys_of
from yuzhi.capabilities.search._lexemes import lexeme, month_of, named

LEVELS = (4, 6, 9, COMMUNITY_DIGITS)
FILTERS = ("procedure", "state", "kind", "urgency", "channel", "outcome", "category")


class Told(Struct, frozen=True):
    """What a matter's row is made of."""

    id: UUID
    number: str
    opened_at: datetime
    territory: str
    units: Sequence[str]
    procedure: str
    state: str
    kind: str
    urgency: str
    channel: str
    outcome: str
    category: str
    texts: Sequence[str]


def lexemes_of(told: Told) -> list[str]:
    """Return the lexemes of a matter, sorted: its words, its number, where and whose it is, its filters."""
    keys = set(keys_of(fold(text) for text in (told.number, *told.texts)))
    keys |= {named("ground", code) for code in grounds_of(told.territory)}
    keys |= {named("unit", unit) for unit in told.units}
    keys |= {named(name, value) for name in FILTERS[:-1] if (value := getattr(told, name))}
    parts = told.category.split("/") if told.category else []
    keys |= {named("category", "/".join(parts[:n])) for n in range(1, len(parts) + 1)}
    month = month_of(told.opened_at)
    return sorted(lexeme(key, month) for key in keys)


def grounds_of(territory: str) -> list[str]:
    """Return the codes of the territories a place lies in, its own included."""
    return (
        [*(territory[:length] for length in LEVELS if length < len(territory)), territory]
        if territory
        else []
    )


def digest_of(lexemes: Sequence[str]) -> int:
    """Return 64 bits that tell whether a row has to be written anew."""
    return int.from_bytes(blake2b(" ".join(lexemes).encode(), digest_size=8).digest(), "big", signed=True)
