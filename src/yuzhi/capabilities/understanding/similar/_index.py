"""Past matters like a new one, with their answers, by the rare words they share."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np
import rjieba
from msgspec import Struct
from numpy.typing import NDArray

from yuzhi.capabilities.understanding.text import plain

_READ: Final = 600
_FREQUENT: Final = 0.2  # a word in more of the matters than this says nothing
_K1: Final = 1.2
_B: Final = 0.6


class PastMatter(Struct, frozen=True):
    """A settled matter: what was asked and answered, and how good the answer was (0 to 1)."""

    id: str
    subject: str
    text: str
    answer: str = ""
    quality: float = 0.5


class SimilarMatter(Struct, frozen=True):
    """A past matter like a new one, how like (0 to 1), and the words they share."""

    matter: PastMatter
    alike: float
    words: tuple[str, ...]


class SimilarIndex:
    """Past matters by word, ranked by BM25 (Robertson and Zaragoza 2009); the subject counts twice."""

    def __init__(self, matters: Sequence[PastMatter] = ()) -> None:
        self._matters: list[PastMatter] = []
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._sizes: list[int] = []
        for matter in matters:
            self.add(matter)

    def __len__(self) -> int:
        return len(self._matters)

    def add(self, matter: PastMatter, *, keeps_words: bool = True) -> None:
        """Take in one more settled matter; without `keeps_words` its texts are read but not held."""
        words = _words(matter.subject, matter.text)
        for word, count in words.items():
            self._postings[word].append((len(self._matters), count))
        self._matters.append(matter if keeps_words else PastMatter(matter.id, "", "", quality=matter.quality))
        self._sizes.append(words.total())

    def find(
        self, subject: str, text: str, *, most: int = 5, least: float = 0.1
    ) -> tuple[SimilarMatter, ...]:
        """Return the past matters most like this one, those at least `least` like, the likest first."""
        asked = _words(subject, text)
        if not self._matters or not asked:
            return ()
        scores = np.zeros(len(self._matters))
        gains: dict[str, tuple[float, NDArray[np.int64]]] = {}
        sizes = np.array(self._sizes) / max(float(np.mean(self._sizes)), 1.0)
        ideal = 0.0
        for word, weight in asked.items():
            having = self._postings.get(word, ())
            if len(having) > max(_FREQUENT * len(self._matters), 5):
                continue
            rare = float(np.log(1 + (len(self._matters) - len(having) + 0.5) / (len(having) + 0.5)))
            ideal += min(weight, 3) * rare
            if having:
                places = np.fromiter((at for at, _ in having), dtype=np.int64, count=len(having))
                counts = np.fromiter((count for _, count in having), dtype=np.float64, count=len(having))
                gains[word] = rare, places
                scores[places] += min(weight, 3) * rare * _saturated(counts, sizes[places])
        scores /= max(ideal, 1e-9)
        best = np.argsort(-scores, kind="stable")[:most]
        return tuple(
            SimilarMatter(
                self._matters[at], round(min(float(scores[at]), 1.0), 3), self._shared(int(at), gains)
            )
            for at in best
            if scores[at] >= least
        )

    @staticmethod
    def _shared(at: int, gains: dict[str, tuple[float, NDArray[np.int64]]]) -> tuple[str, ...]:
        both = [word for word, (_, places) in gains.items() if (places == at).any()]
        return tuple(sorted(both, key=lambda word: (-gains[word][0], word))[:5])


def _saturated(counts: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    return counts / (counts + _K1 * (1 - _B + _B * sizes))


def _words(subject: str, text: str) -> Counter[str]:
    words: Counter[str] = Counter()
    for part, weight in ((plain(subject), 2), (plain(text[: 2 * _READ])[:_READ], 1)):
        for word, tag in rjieba.tag(part):
            if len(word) >= 2 and not tag.startswith("nr") and not any(char.isdigit() for char in word):
                words[word] += weight
    return words
