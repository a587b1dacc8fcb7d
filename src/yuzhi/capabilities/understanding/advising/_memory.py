"""What is remembered of matters so that new ones can be compared: signatures and postings, never texts."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from yuzhi.capabilities.understanding.advising._queries import Fed
from yuzhi.capabilities.understanding.issues import DuplicateIndex, Issue, NearDuplicate
from yuzhi.capabilities.understanding.similar import PastMatter, SimilarIndex, SimilarMatter

SIMILAR_MOST: Final = 50_000
"""Matters of a pack that are compared by their words; near-duplicates are found among all."""

_NEAR_ISSUE: Final = 0.12
_VOTERS: Final = 10
_ENOUGH: Final = 2


class Memory:
    """Matters by pack. Not safe to ask from several threads at once."""

    def __init__(self) -> None:
        self._duplicates: Final = defaultdict[str, DuplicateIndex](DuplicateIndex)
        self._similar: Final = defaultdict[str, SimilarIndex](SimilarIndex)
        self._seen: Final[set[str]] = set()

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, matters: Sequence[Fed]) -> None:
        """Remember matters; one that is remembered already stays as it is."""
        by_pack: defaultdict[str, list[Fed]] = defaultdict(list)
        for one in matters:
            if one[0] not in self._seen and (one[2] or one[3]):
                self._seen.add(one[0])
                by_pack[one[1]].append(one)
        for pack, found in by_pack.items():
            self._duplicates[pack].add([one[0] for one in found], [_text(one[2], one[3]) for one in found])
            similar = self._similar[pack]
            for id_, _, subject, detail in found[: max(SIMILAR_MOST - len(similar), 0)]:
                similar.add(PastMatter(id_, subject, detail), keeps_words=False)

    def repeats(self, pack: str, subject: str, detail: str, *, most: int) -> tuple[NearDuplicate, ...]:
        """Return the matters that say nearly the same."""
        return self._duplicates[pack].find(_text(subject, detail), most=most)

    def like(self, pack: str, subject: str, detail: str, *, most: int) -> tuple[SimilarMatter, ...]:
        """Return the matters that share telling words."""
        return self._similar[pack].find(subject, detail, most=most)


def _text(subject: str, detail: str) -> str:
    return f"{subject}\n{detail}"


def issue_among(
    near: Sequence[SimilarMatter], issues: Sequence[Issue], *, leave_out: str = ""
) -> tuple[Issue, int] | None:
    """Return the issue that at least two of the ten nearest matters belong to, and how many do.

    A matter that is itself a member needs no vote.
    """
    home = {member: issue for issue in issues for member in issue.members}
    if leave_out in home:
        return home[leave_out], len(home[leave_out].members) - 1
    votes: defaultdict[str, int] = defaultdict(int)
    named: dict[str, Issue] = {}
    for one in near[:_VOTERS]:
        if one.alike >= _NEAR_ISSUE and (issue := home.get(one.matter.id)) is not None:
            votes[issue.id] += 1
            named[issue.id] = issue
    best = max(votes, key=lambda id_: (votes[id_], id_), default="")
    return (named[best], votes[best]) if best and votes[best] >= _ENOUGH else None
