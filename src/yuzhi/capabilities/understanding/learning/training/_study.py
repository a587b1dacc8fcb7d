"""One night's study of a pack's matters: a new category model, a new router, the hot issues of late.

Runs in a process of its own, on what was read from the database before; touches only the pack's folder.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding import category, dispatch, issues
from yuzhi.capabilities.understanding.category.training import train
from yuzhi.capabilities.understanding.dispatch.training import learnt_router
from yuzhi.capabilities.understanding.learning._closed import ClosedMatter, RecentMatter, case_of
from yuzhi.capabilities.understanding.learning._studied import (
    ISSUES,
    ROUTER,
    Studied,
    read_issues,
    record,
    record_issues,
)

FEWEST: Final = 200
"""Settled matters below which nothing is learnt: a catalogue's words know more."""

_NEWEST_SHARE: Final = 0.2
_NEWEST_MOST: Final = 2_000
_ISSUES_KEPT: Final = 200


def study(
    folder: Path, closed: Sequence[ClosedMatter], recent: Sequence[RecentMatter], at: datetime
) -> Studied:
    """Learn from settled matters (the oldest first) and group recent ones; write what came of it.

    The newest fifth (at most 2,000) is kept out of training and decides whether the new model serves.
    """
    version, is_promoted, problem = _categories(folder, closed, at)
    done = Studied(
        at=at, closed=len(closed), version=version, is_promoted=is_promoted, problem=problem,
        routes=_routes(folder, closed), issues=_issues(folder, recent, at),
    )  # fmt: skip
    record(folder, done)
    return done


def _categories(folder: Path, closed: Sequence[ClosedMatter], at: datetime) -> tuple[str, bool, str]:
    if len(closed) < FEWEST:
        return "", False, "understanding.too-little"
    newest = min(int(len(closed) * _NEWEST_SHARE), _NEWEST_MOST)
    learnt, fresh = closed[:-newest], closed[-newest:]
    try:
        model = train([_message(one) for one in learnt], [one.category for one in learnt])
        shelf = category.ModelShelf(folder)
        done = shelf.offer(model, [_message(one) for one in fresh], [one.category for one in fresh], at=at)
    except Refusal as refusal:
        return "", False, refusal.code
    return done.version, done.is_promoted, ""


def _message(one: ClosedMatter) -> category.Message:
    return one.subject, one.detail


def _routes(folder: Path, closed: Sequence[ClosedMatter]) -> int:
    decided = sorted((one for one in closed if one.unit), key=lambda one: (one.opened_at, one.id))
    cases = [case_of(one.category, one.territory, one.channel, one.kind, one.opened_at) for one in decided]
    try:
        router = learnt_router(cases, [one.unit for one in decided])
    except Refusal:
        return 0
    dispatch.save_router(router, folder / ROUTER)
    return len(decided)


def _issues(folder: Path, recent: Sequence[RecentMatter], at: datetime) -> int:
    messages = [
        issues.Message(
            id=one.id,
            subject=one.subject,
            text=one.detail,
            at=one.opened_at,
            requester=one.requester,
            place=one.territory,
        )
        for one in recent
        if one.subject or one.detail
    ]
    found = issues.hot_issues(messages, top=_ISSUES_KEPT, now=at, before=read_issues(folder / ISSUES))
    record_issues(folder, found)
    return len(found)
