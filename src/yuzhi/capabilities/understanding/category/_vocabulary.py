"""Which hashed pieces a model knows, and the look-up from a piece to its column, done for a batch at once."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BITS: Final = 22
_SHIFT: Final = np.uint64(64 - _BITS)


@dataclass(frozen=True)
class Vocabulary:
    """The pieces a model knows: character grams first (`n_chars` of them), then words.

    `hashes` are 64-bit and different from each other in their first 22 bits: of pieces that share
    them only the most frequent is known. `subject` gives the column of a piece in the subject
    block, -1 where it has none.
    """

    hashes: NDArray[np.uint64]
    n_chars: int
    subject: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def n_subject(self) -> int:
        """How many columns the subject block has."""
        return int(self.subject.max(initial=-1)) + 1

    @cached_property
    def blocks(self) -> NDArray[np.int8]:
        """Which block each column is of: 0 characters, 1 words, 2 characters and 3 words of the subject."""
        is_word = (np.arange(len(self.hashes)) >= self.n_chars).astype(np.int8)
        return np.concatenate((is_word, is_word[self.subject >= 0] + np.int8(2)))

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        table = np.full(1 << _BITS, -1, dtype=np.int32)
        table[self.hashes >> _SHIFT] = np.arange(len(self.hashes), dtype=np.int32)
        return table

    @cached_property
    def _prints(self) -> NDArray[np.uint32]:
        return self.hashes.astype(np.uint32)

    def find(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Return each piece's place in `hashes`, -1 if it is not known."""
        places: NDArray[np.int32] = self._table[hashes >> _SHIFT]
        if len(self.hashes):
            places[self._prints[places] != hashes.astype(np.uint32)] = -1
        return places


def one_per_bucket(hashes: NDArray[np.uint64], counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of the pieces stay when only the most frequent of each bucket may."""
    order = np.argsort(-counts, kind="stable")
    _, first = np.unique((hashes >> _SHIFT)[order], return_index=True)
    stays = np.zeros(len(hashes), dtype=bool)
    stays[order[first]] = True
    return stays
