"""Which words of a text speak for something, given how much each of its characters does."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import rjieba
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.text._personal import personal_spans

_TELLING: Final = frozenset(("n", "v", "vn", "vd", "a", "an", "ad", "l", "i", "j", "b", "d", "z", "nl", "g"))
"""Kinds of words that may be shown: ordinary ones. Never names of people, places, firms, nor numbers."""


class TellingWords:
    """The words of one plain text that may be shown as reasons.

    Names, numbers, words of one character and words outside the dictionary are never among them.
    """

    __slots__ = ("_begins", "_ends", "_words")

    def __init__(self, text: str) -> None:
        shown = list(_shown(text))
        self._words: Final = [word for word, _, _ in shown]
        self._begins: Final = np.array([begin for _, begin, _ in shown], dtype=np.int64)
        self._ends: Final = np.array([end for _, _, end in shown], dtype=np.int64)

    def speaking(self, weights: NDArray[np.float64], *, most: int = 5) -> tuple[str, ...]:
        """Return the words that weigh most, heaviest first; `weights` has a figure a character."""
        sums = np.concatenate(([0.0], np.cumsum(weights)))
        total: dict[str, float] = {}
        for word, weight in zip(self._words, sums[self._ends] - sums[self._begins], strict=True):
            total[word] = total.get(word, 0.0) + float(weight)
        ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
        return tuple(word for word, weight in ranked[:most] if weight > 0)


def _shown(text: str) -> Iterator[tuple[str, int, int]]:
    forbidden = personal_spans(text, tagged=False)
    waiting = iter((*forbidden, (len(text) + 1, len(text) + 1, "")))
    begin, end, _ = next(waiting)
    at = 0
    for word, tag in rjieba.tag(text):
        stop = at + len(word)
        while end <= at:
            begin, end, _ = next(waiting)
        if tag in _TELLING and len(word) >= 2 and word.isalpha() and stop <= begin:
            yield word, at, stop
        at = stop
