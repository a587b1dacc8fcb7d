"""Who got such matters before: counts from the widest likeness to the narrowest, each leaning on the wider.

The share of a unit in a narrow group is drawn towards its share in the next wider one by as much
as the group is small (interpolation as in language models, Chen and Goodman 1996). Learning one
more matter is a few additions, so it can follow every day's decisions.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

_LEAN: Final = 3.0  # matters' worth of belief in the wider group


class BackedOffCounts:
    """Counts of answers by ever narrower keys."""

    def __init__(self) -> None:
        self._answers: defaultdict[Hashable, Counter[str]] = defaultdict(Counter)

    @property
    def told(self) -> dict[Hashable, dict[str, int]]:
        """Everything counted: answers by key."""
        return {key: dict(answers) for key, answers in self._answers.items()}

    def take(self, key: Hashable, answers: Mapping[str, int]) -> None:
        """Add counts made earlier."""
        self._answers[key].update(answers)

    def learn(self, keys: Sequence[Hashable], answer: str) -> None:
        """Count one decision under its keys, widest first."""
        for key in keys:
            self._answers[key][answer] += 1

    def shares(self, keys: Sequence[Hashable]) -> dict[str, float]:
        """Return each answer's chance for a matter with these keys."""
        shares: dict[str, float] = {}
        for key in keys:
            answers = self._answers.get(key)
            if not answers:
                continue
            total = answers.total()
            trust = total / (total + _LEAN)
            shares = {answer: share * (1 - trust) for answer, share in shares.items()}
            for answer, count in answers.items():
                shares[answer] = shares.get(answer, 0.0) + trust * count / total
        return shares

    def evidence(self, keys: Sequence[Hashable], answer: str) -> tuple[Hashable, int, int]:
        """Return the narrowest key with at least three matters: key, how often this answer, of how many."""
        for key in reversed(keys):
            answers = self._answers.get(key)
            if answers and answers.total() >= 3:
                return key, answers[answer], answers.total()
        return (), 0, 0
