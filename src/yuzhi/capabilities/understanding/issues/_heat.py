"""How hot an issue is, as a sum anybody can follow: voices, how lately, how fast they come.

    heat = voices * (1 + recency) / 2 * (1 + growth / 2)

- voices: each message counts 1 + ln(1 + likes less dislikes) / 2; a further message of the same
  requester counts 0.3 of that.
- recency: 0.5 to the power of (days since the last message / 180); 1 today, 0.5 after half a year.
- growth: messages of the last 28 days less those of the 28 days before, over both; never below 0.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

HALF_LIFE: Final = timedelta(days=180)
WINDOW: Final = timedelta(days=28)
_AGAIN: Final = 0.3


class Heat(Struct, frozen=True):
    """The heat of an issue and its three parts."""

    heat: float
    voices: float
    recency: float
    growth: float


class Voice(Struct, frozen=True):
    """What counts of one message: when it came, who sent it (empty if unknown), how it was met."""

    at: datetime
    requester: str = ""
    likes: int = 0
    dislikes: int = 0


def heat_of(voices: Sequence[Voice], now: datetime) -> Heat:
    """Return the heat of an issue with these messages, of which none may be later than `now`."""
    total, seen = 0.0, set()
    for voice in sorted(voices, key=lambda one: one.at):
        weight = 1 + math.log1p(max(voice.likes - voice.dislikes, 0)) / 2
        total += weight * (_AGAIN if voice.requester and voice.requester in seen else 1)
        seen.add(voice.requester)
    last = max(voice.at for voice in voices)
    recency = 0.5 ** (max(now - last, timedelta()) / HALF_LIFE)
    late = sum(now - voice.at < WINDOW for voice in voices)
    early = sum(WINDOW <= now - voice.at < 2 * WINDOW for voice in voices)
    growth = max(late - early, 0) / max(late + early, 1)
    return Heat(
        heat=round(total * (1 + recency) / 2 * (1 + growth / 2), 2),
        voices=round(total, 2),
        recency=round(recency, 3),
        growth=round(growth, 3),
    )
