"""Issues kept up message by message: each new one joins the open issue it is most like, or opens one.

The same measure as in the batch (average similarity by sums of unit rows), with rarity learnt from
the messages seen so far; a nightly batch puts right what single steps got wrong.
"""

import math
from collections import Counter, defaultdict
from datetime import datetime
from typing import Final

from yuzhi.capabilities.understanding.issues._hot import ALIKE, QUIET, Message
from yuzhi.capabilities.understanding.text import gram_stream, plain

_READ: Final = 300
_KEPT: Final = 30
_ASKS_BY: Final = 12
_FULL: Final = 5_000  # issues one piece may lead to; a piece in more says nothing


class IssueBook:
    """Open issues and how to find them; one writer."""

    def __init__(self, *, alike: float = ALIKE) -> None:
        self._alike: Final = alike
        self._seen = 0
        self._having: Counter[int] = Counter()
        self._sums: dict[str, defaultdict[int, float]] = {}
        self._sizes: Counter[str] = Counter()
        self._last: dict[str, datetime] = {}
        self._leads: defaultdict[int, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._sums)

    def add(self, message: Message) -> tuple[str, float]:
        """Put a message into its issue; return the issue's id and how like it the message was (0 if new)."""
        row = self._row(message)
        asked = sorted(row, key=lambda piece: -row[piece])[:_ASKS_BY]
        near: Counter[str] = Counter()
        for piece in asked:
            leads = self._leads[piece]
            if len(leads) <= _FULL:
                near.update(leads)
        best, closest = "", 0.0
        for name, _ in near.most_common(50):
            if message.at - self._last[name] <= QUIET:
                sums = self._sums[name]
                closeness = (
                    sum(weight * sums.get(piece, 0.0) for piece, weight in row.items()) / self._sizes[name]
                )
                if closeness > closest:
                    best, closest = name, closeness
        if closest < self._alike:
            best, closest = message.id, 0.0
            self._sums[best] = defaultdict(float)
        for piece, weight in row.items():
            self._sums[best][piece] += weight
        for piece in asked:
            self._leads[piece].add(best)
        self._sizes[best] += 1
        self._last[best] = max(message.at, self._last.get(best, message.at))
        return best, round(closest, 3)

    def _row(self, message: Message) -> dict[int, float]:
        head, body = plain(message.subject), plain(message.text[: 2 * _READ])[:_READ]
        text = f"{head}\n{body}"
        grams = gram_stream((text,), orders=2)
        counts: Counter[int] = Counter()
        for at, (begin, size, code) in enumerate(
            zip(grams.at.tolist(), grams.size.tolist(), grams.hash.tolist(), strict=True)
        ):
            inside = begin + size <= len(head)
            is_word = at >= grams.n_chars
            if size >= 2 and (is_word or inside) and min(text[begin : begin + size]) >= "\u2e80":
                counts[code] += 1 if is_word and not inside else 2
        self._seen += 1
        self._having.update(counts.keys())
        weights = {
            code: (1 + math.log(count)) * (math.log((2 + self._seen) / (1 + self._having[code])) + 1)
            for code, count in counts.items()
            if self._having[code] <= max(0.1 * self._seen, min(self._seen, 200))
        }
        kept = sorted(weights, key=lambda code: -weights[code])[:_KEPT]
        length = math.sqrt(sum(weights[code] ** 2 for code in kept)) or 1.0
        return {code: weights[code] / length for code in kept}
