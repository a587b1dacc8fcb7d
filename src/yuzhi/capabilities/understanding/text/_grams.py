"""Texts as hashed pieces: character 1-, 2- and 3-grams and words, with where each stands.

All of a batch is hashed in one sweep of array operations, and no words are kept: a model made of
hashes can hold nobody's name. The hash of a word is that of its characters, by prefix sums of a
polynomial modulo 2**64 (Karp and Rabin 1987), mixed as in splitmix64.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import rjieba
from numpy.typing import NDArray

_BASE: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1
_INVERSE: Final = pow(_BASE, -1, 1 << 64)
_WORD: Final = np.uint64(0xD6E8FEB86659FD93)
_LEVELS: Final = (np.uint64(0xA0761D6478BD642F), np.uint64(0xE7037ED1A0B428DB), np.uint64(0x8EBC6AF09C88C6E3))


@dataclass(frozen=True, slots=True)
class Grams:
    """The pieces of a batch of texts, in no order worth relying on.

    `doc` is the text's place in the batch, `at` where the piece begins in it and `size` how many
    characters it has; `hash` is 64 bits wide. The first `n_chars` pieces are character grams, the
    others words.
    """

    doc: NDArray[np.int32]
    at: NDArray[np.int32]
    size: NDArray[np.int32]
    hash: NDArray[np.uint64]
    n_chars: int


def _mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    factors = np.full(count, base, dtype=np.uint64)
    if count:
        factors[0] = 1
    return np.multiply.accumulate(factors)


def stable_hash(text: str) -> int:
    """Return the 64-bit hash of a text, the same on every machine and in every run."""
    value = 0
    for char in text:
        value = (value * _BASE + ord(char) + 1) & _MASK
    return int(_mix(np.array([value], dtype=np.uint64))[0])


def gram_stream(texts: Sequence[str], *, words: bool = True, orders: int = 3) -> Grams:
    """Return the pieces of plain texts; none of a piece's characters belongs to another text."""
    sizes = np.fromiter((len(text) for text in texts), dtype=np.int64, count=len(texts))
    joined = "".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64) + np.uint64(1)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1])) if len(texts) else np.zeros(0, dtype=np.int64)
    owner = np.repeat(np.arange(len(texts), dtype=np.int32), sizes)
    place = (np.arange(len(codes), dtype=np.int64) - np.repeat(starts, sizes)).astype(np.int32)
    docs, ats, lengths, hashes = [], [], [], []
    rolling = codes
    for order in range(1, orders + 1):
        if order > 1:
            rolling = _mix(rolling[: len(codes) - order + 1]) + codes[order - 1 :]
        whole = owner[: len(rolling)] == owner[order - 1 :]
        docs.append(owner[: len(rolling)][whole])
        ats.append(place[: len(rolling)][whole])
        lengths.append(np.full(int(whole.sum()), order, dtype=np.int32))
        hashes.append(_mix(rolling[whole] ^ _LEVELS[order - 1]))
        if len(codes) <= order:
            break
    n_chars = sum(len(part) for part in docs)
    if words:
        # Texts are cut one by one: a word must not span two of them.
        spans = np.fromiter(map(len, chain.from_iterable(map(rjieba.cut, texts))), dtype=np.int64)
        ends = np.cumsum(spans)
        begins = ends - spans
        terms = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(codes * _powers(_BASE, len(codes)))))
        value = (terms[ends] - terms[begins]) * _powers(_INVERSE, len(codes) + 1)[begins]
        docs.append(owner[begins])
        ats.append(place[begins])
        lengths.append(spans.astype(np.int32))
        hashes.append(_mix(value ^ _WORD))
    return Grams(
        doc=np.concatenate(docs) if docs else np.zeros(0, dtype=np.int32),
        at=np.concatenate(ats) if ats else np.zeros(0, dtype=np.int32),
        size=np.concatenate(lengths) if lengths else np.zeros(0, dtype=np.int32),
        hash=np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64),
        n_chars=n_chars,
    )
