"""From what was found to what is shown: names for codes, rows for ids."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Final
from uuid import UUID

from yuzhi.capabilities.policies import FoundPolicy
from yuzhi.capabilities.understanding.advising._views import (
    CategoryAdvice,
    HotIssueView,
    IssueAdvice,
    LikeMatter,
)
from yuzhi.capabilities.understanding.category import CategoryGuess
from yuzhi.capabilities.understanding.issues import Issue
from yuzhi.capabilities.understanding.replies import is_empty_answer
from yuzhi.capabilities.understanding.similar import PastMatter, SimilarMatter
from yuzhi.engine.definition import Pack

_ANSWERED: Final = 0.7
_SAID_NOTHING: Final = 0.2
POLICY: Final = "policy:"
"""Begins the id under which a policy answer is drawn on; ids of matters have no colon."""


def category_advice(pack: Pack, guess: CategoryGuess) -> CategoryAdvice:
    names = pack.words.get("zh", {})
    name = names.get(f"category.{guess.label}", guess.label)
    return CategoryAdvice(guess.label, name, guess.probability, guess.words)


def like_matter(row: Mapping[str, object], alike: float, words: tuple[str, ...] = ()) -> LikeMatter:
    return LikeMatter(**row, alike=alike, words=words)  # type: ignore[arg-type]


def answered(row: Mapping[str, object]) -> PastMatter:
    answer = str(row["answer"])
    quality = _SAID_NOTHING if is_empty_answer(answer)[0] else _ANSWERED
    return PastMatter(str(row["id"]), str(row["subject"]), "", answer, quality)


def as_answer(found: FoundPolicy) -> SimilarMatter:
    """Return a policy answer as a draft draws on it: what the city published is a good answer."""
    policy = found.policy
    past = PastMatter(f"{POLICY}{policy.id}", policy.question, "", policy.answer, 1.0)
    return SimilarMatter(past, found.fits, ())


def issue_advice(found: tuple[Issue, int] | None) -> IssueAdvice | None:
    if found is None:
        return None
    issue, shared = found
    return IssueAdvice(issue.id, issue.title, issue.place, len(issue.members), issue.heat.heat, shared)


def around(territories: Sequence[str]) -> str:
    """Return the smallest district, town or community that all of some territories lie in."""
    shared = "".join(
        one[0] for one in takewhile(lambda column: len(set(column)) == 1, zip(*territories, strict=False))
    )
    return next((shared[:size] for size in (12, 9, 6, 4) if len(shared) >= size), "")


def hot_view(issue: Issue, members: tuple[UUID, ...], where: str) -> HotIssueView:
    heat = issue.heat
    return HotIssueView(
        id=issue.id, title=issue.title, place=issue.place, territory=where, first_at=issue.first_at,
        last_at=issue.last_at, members=members, heat=heat.heat, voices=heat.voices, recency=heat.recency,
        growth=heat.growth, stability=issue.stability,
    )  # fmt: skip
