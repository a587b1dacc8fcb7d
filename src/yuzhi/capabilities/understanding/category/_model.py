"""A category model at work: messages in, categories with probabilities out, and the words for them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp
from msgspec import Struct
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.category._features import Message, Sheet, counts, sheet, weigh
from yuzhi.capabilities.understanding.category._linear import Linear
from yuzhi.capabilities.understanding.category._vocabulary import Vocabulary
from yuzhi.capabilities.understanding.text import TellingWords

SEPARATOR: Final = "/"
_BATCH: Final = 256
_LIKELY: Final = 0.005  # a branch less likely than this is not looked into
_WORDS_OF: Final = 2_000  # characters of a text whose words may be given as reasons


class CategoryGuess(Struct, frozen=True):
    """A suggested category: its path (`a/b/c`), how probable, and the words of the text that speak for it."""

    label: str
    probability: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class CategoryModel:
    """What tells categories apart: known pieces, their rarity, and a decision for each branching.

    `nodes` maps a prefix of the label tree (`""` for the root) to the decision between its
    children. `is_cold` says that it was made of a catalogue's words and has seen no message.
    """

    vocabulary: Vocabulary
    idf: NDArray[np.float32]
    nodes: Mapping[str, Linear]
    trained_on: int = 0
    is_cold: bool = False

    def suggest(
        self, messages: Sequence[Message], *, most: int = 3, words: bool = True
    ) -> list[tuple[CategoryGuess, ...]]:
        """Return, for each message, its `most` likeliest categories, the likeliest first.

        A message without any text gets no guess. `words=False` leaves the reasons out and is faster.
        """
        return [guesses for part in _parts(messages) for guesses in self._suggest(part, most, words=words)]

    def rows(self, batch: Sheet) -> sp.csr_matrix:
        """Return the weighted rows of a batch."""
        return weigh(self.vocabulary, counts(self.vocabulary, batch), self.idf)

    def _suggest(
        self, messages: Sequence[Message], most: int, *, words: bool
    ) -> Iterator[tuple[CategoryGuess, ...]]:
        batch = sheet(messages)
        rows = self.rows(batch)
        leaves = self._leaves(rows)
        for at, message in enumerate(messages):
            if not any(part.strip() for part in message):
                yield ()
                continue
            best = sorted(leaves[at], key=lambda leaf: (-leaf[1], leaf[0]))[:most]
            reasons = self._reasons(batch, at, rows[at], [path for path, _ in best]) if words else [()] * most
            yield tuple(
                CategoryGuess(path, round(probability, 4), why)
                for (path, probability), why in zip(best, reasons, strict=False)
            )

    def _leaves(self, rows: sp.csr_matrix) -> list[list[tuple[str, float]]]:
        """Return each row's likely leaves of the label tree, each with its probability."""
        found: list[list[tuple[str, float]]] = [[] for _ in range(rows.shape[0])]
        waiting = [("", np.arange(rows.shape[0]), np.ones(rows.shape[0]))]
        while waiting:
            parent, members, reached = waiting.pop()
            node = self.nodes[parent]
            chances = node.probabilities(rows if len(members) == rows.shape[0] else rows[members])
            chances *= reached[:, None]
            for column, label in enumerate(node.labels):
                path = _joined(parent, label)
                if label and path in self.nodes:
                    # The likeliest child is always looked into, so that no row is left without a leaf.
                    likely = (chances[:, column] >= _LIKELY) | (chances.argmax(axis=1) == column)
                    if likely.any():
                        waiting.append((path, members[likely], chances[likely, column]))
                else:
                    for member, chance in zip(members, chances[:, column], strict=True):
                        found[member].append((path, float(chance)))
        return found

    def _reasons(
        self, batch: Sheet, at: int, row: sp.csr_matrix, paths: Sequence[str]
    ) -> list[tuple[str, ...]]:
        """Give each character its share of what its pieces say for each path; pick the heaviest words."""
        text = batch.texts[at][:_WORDS_OF]
        mine = np.flatnonzero(batch.grams.doc == at)
        begins, sizes = batch.grams.at[mine], batch.grams.size[mine]
        places = self.vocabulary.find(batch.grams.hash[mine])
        known = (places >= 0) & (begins + sizes <= len(text))
        begins, sizes, places = begins[known], sizes[known], places[known]
        subject = self.vocabulary.subject[places]
        inner = (subject >= 0) & (begins + sizes <= batch.subject_ends[at])
        begins = np.concatenate((begins, begins[inner]))
        sizes = np.concatenate((sizes, sizes[inner]))
        columns = np.concatenate((places, subject[inner] + len(self.vocabulary)))
        slots = np.searchsorted(row.indices, columns)
        often = np.maximum(np.bincount(slots, minlength=len(row.indices)), 1)
        reasons, words = [], TellingWords(text)
        for path in paths:
            share = (row.data * self._speaks_for(path, row.indices) / often)[slots] / sizes
            steps = np.zeros(len(text) + 1)
            np.add.at(steps, begins, share)
            np.add.at(steps, begins + sizes, -share)
            reasons.append(words.speaking(np.cumsum(steps)[:-1]))
        return reasons

    def _speaks_for(self, path: str, columns: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return how much each of the columns speaks for a path against its siblings, at all its levels."""
        total = np.zeros(len(columns))
        parent = ""
        while (node := self.nodes.get(parent)) is not None:
            # A cold model tells whole paths apart at once, a trained one level by level.
            rest = path.removeprefix(parent).removeprefix(SEPARATOR)
            label = rest if rest in node.labels else rest.partition(SEPARATOR)[0]
            if label not in node.labels:
                break
            rows, here = columns, np.ones(len(columns), dtype=bool)
            if node.columns is not None:
                rows = np.searchsorted(node.columns, columns).clip(max=len(node.columns) - 1)
                here = node.columns[rows] == columns
            if len(node.labels) > 1:
                weights = node.weights[rows[here]]
                total[here] += weights[:, node.labels.index(label)] - weights.mean(axis=1)
            if not label or label == rest:
                break
            parent = _joined(parent, label)
        return total


def _joined(parent: str, label: str) -> str:
    return SEPARATOR.join(part for part in (parent, label) if part)


def _parts(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Cut a batch so that no part holds more than about a million characters."""
    begin = size = 0
    for at, message in enumerate(messages):
        size += min(sum(map(len, message)), 40_000)
        if at + 1 - begin >= _BATCH or size > 1_000_000:
            yield messages[begin : at + 1]
            begin, size = at + 1, 0
    if begin < len(messages):
        yield messages[begin:]
