"""Near-duplicates on entry: min-hash signatures in banded, sorted arrays that merge as they grow.

A text's signature has 64 minima of hashed character pairs (Broder 1997); texts that agree in one
of 16 bands of four are compared by the share of minima they agree in, which estimates how many of
their pairs they share. Bands are sorted arrays of 64-bit words, kept in a few runs whose sizes
grow geometrically, so that an entry costs little and a look-up some binary searches.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.text import gram_stream, plain_batch

_MINIMA: Final = 64
_BANDS: Final = 16
_BUFFER: Final = 4_096
_READ: Final = 2_000
_CANDIDATES: Final = 20_000


class NearDuplicate(Struct, frozen=True):
    """An earlier text that a new one nearly repeats, and the share of character pairs they have in common."""

    id: str
    alike: float


def _factors() -> NDArray[np.uint64]:
    return np.random.default_rng(20).integers(1, 2**63, size=_MINIMA, dtype=np.uint64) | np.uint64(1)


_FACTORS: Final = _factors()


def signatures(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return a row of 64 minima for each text; a text of fewer than two characters has all ones."""
    rows = np.full((len(texts), _MINIMA), 0xFFFFFFFF, dtype=np.uint32)
    for begin in range(0, len(texts), 500):
        part = [text[:_READ] for text in plain_batch(texts[begin : begin + 500])]
        grams = gram_stream(part, words=False, orders=2)
        pairs = grams.size == 2
        # Pairs come text by text, so that each text's minima are of one stretch.
        docs, hashes = grams.doc[pairs], grams.hash[pairs]
        if not len(docs):
            continue
        starts = np.flatnonzero(np.concatenate(([True], docs[1:] != docs[:-1])))
        for at, factor in enumerate(_FACTORS):
            mixed = ((hashes * factor) >> np.uint64(32)).astype(np.uint32)
            rows[begin + docs[starts], at] = np.minimum.reduceat(mixed, starts)
    return rows


def _bands(rows: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return one 64-bit word a band and row, the band's number mixed in."""
    parts = rows.reshape(len(rows), _BANDS, -1).astype(np.uint64)
    word = np.zeros(parts.shape[:2], dtype=np.uint64)
    for at in range(parts.shape[2]):
        word = (word ^ parts[:, :, at]) * np.uint64(0x9E3779B97F4A7C15)
        word ^= word >> np.uint64(29)
    return word


class DuplicateIndex:
    """Signatures of all matters so far; texts themselves are not kept."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._rows = np.zeros((1024, _MINIMA), dtype=np.uint16)
        self._runs: list[tuple[list[NDArray[np.uint32]], list[NDArray[np.uint32]]]] = []
        self._run_sizes: list[int] = []
        self._buffer: dict[tuple[int, int], list[int]] = {}
        self._buffered: list[NDArray[np.uint32]] = []

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, ids: Sequence[str], texts: Sequence[str]) -> None:
        """Remember texts under their ids."""
        rows = signatures(texts)
        bands = (_bands(rows) >> np.uint64(32)).astype(np.uint32)
        first = len(self._ids)
        self._ids.extend(ids)
        while len(self._rows) < len(self._ids):
            self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)))
        self._rows[first : len(self._ids)] = rows.astype(np.uint16)
        if len(ids) >= _BUFFER:
            if self._buffered:
                self._flush(first)
            self._add_run(bands, np.arange(first, len(self._ids), dtype=np.uint32))
            return
        for at, words in enumerate(bands):
            for band, word in enumerate(words.tolist()):
                self._buffer.setdefault((band, word), []).append(first + at)
            self._buffered.append(words)
        if len(self._buffered) >= _BUFFER:
            self._flush(len(self._ids))

    def find(self, text: str, *, least: float = 0.6, most: int = 5) -> tuple[NearDuplicate, ...]:
        """Return the earlier texts that share at least `least` of their character pairs, nearest first."""
        rows = signatures((text,))
        if (rows == 0xFFFFFFFF).all():
            return ()
        bands = (_bands(rows) >> np.uint64(32)).astype(np.uint32)[0]
        found = [self._buffer.get((band, int(word)), []) for band, word in enumerate(bands)]
        for words, places in self._runs:
            for band, word in enumerate(bands):
                low = int(np.searchsorted(words[band], word, side="left"))
                high = int(np.searchsorted(words[band], word, side="right"))
                found.append(places[band][low : min(high, low + _CANDIDATES)].tolist())
        places_found = np.unique(np.fromiter((one for part in found for one in part), dtype=np.int64))
        if not len(places_found):
            return ()
        share = (self._rows[places_found] == rows[0].astype(np.uint16)).mean(axis=1)
        order = np.lexsort((places_found, -share))[:most]
        return tuple(
            NearDuplicate(self._ids[places_found[at]], round(float(share[at]), 3))
            for at in order
            if share[at] >= least
        )

    def _flush(self, last: int) -> None:
        """Turn the buffer, which ends before place `last`, into a run."""
        bands = np.stack(self._buffered)
        self._add_run(bands, np.arange(last - len(bands), last, dtype=np.uint32))
        self._buffer, self._buffered = {}, []

    def _add_run(self, bands: NDArray[np.uint32], places: NDArray[np.uint32]) -> None:
        """Add a sorted run; runs of like size are merged into one."""
        words = [np.ascontiguousarray(bands[:, band]) for band in range(_BANDS)]
        owners = [places] * _BANDS
        size = len(places)
        while self._run_sizes and self._run_sizes[-1] <= 2 * size:
            earlier_words, earlier_owners = self._runs.pop()
            size += self._run_sizes.pop()
            words = [np.concatenate(pair) for pair in zip(earlier_words, words, strict=True)]
            owners = [np.concatenate(pair) for pair in zip(earlier_owners, owners, strict=True)]
        orders = [np.argsort(one, kind="stable") for one in words]
        self._runs.append(
            (
                [one[order] for one, order in zip(words, orders, strict=True)],
                [one[order] for one, order in zip(owners, orders, strict=True)],
            )
        )
        self._run_sizes.append(size)
