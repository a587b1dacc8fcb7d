"""How often somebody may ask: a bucket of tokens for each, in this process's memory and no more than fits.

A bucket refills evenly and holds a quarter of a minute's worth. Each serving process counts for itself, so
that with several the limit is that many times as high; what was forgotten to make room begins full again.
"""

from collections import OrderedDict
from math import ceil
from typing import Final

MOST: Final = 20_000
BURST: Final = 0.25  # of a minute's worth


class Allowance:
    """Tokens by who asks. A minute's worth of 0 allows everything."""

    def __init__(self, per_minute: int, *, most: int = MOST) -> None:
        self._rate = per_minute / 60
        self._room = max(1.0, per_minute * BURST)
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str, now: float) -> int:
        """Take a token and return 0, or the seconds to wait for the next; `now` is of any clock."""
        if not self._rate:
            return 0
        left, at = self._left.pop(who, (self._room, now))
        left = min(self._room, left + max(0.0, now - at) * self._rate)
        wait = 0 if left >= 1 else max(1, ceil((1 - left) / self._rate))
        self._left[who] = (left - 1 if wait == 0 else left, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return wait

    def __len__(self) -> int:
        return len(self._left)
