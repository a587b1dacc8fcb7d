"""Hot issues: messages about one thing in one place within one stretch of time, the hottest first."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

import numpy as np
import scipy.sparse as sp
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.capabilities.understanding.issues._grouping import group
from yuzhi.capabilities.understanding.issues._heat import Heat, Voice, heat_of
from yuzhi.capabilities.understanding.issues._topics import topic_vectors
from yuzhi.capabilities.understanding.places import find_places
from yuzhi.capabilities.understanding.text import mask_personal, plain

ALIKE: Final = 0.18
"""The average similarity at which two groups are one issue."""

_ASKED: Final = 200  # messages of an issue whose words are looked at for its place
_MOST: Final = 0.4
_RUNS: Final = 60  # shared by the messages of an issue, in which a place is looked for

QUIET: Final = timedelta(days=60)
"""A silence this long ends an issue; what comes after it is another."""


class Message(Struct, frozen=True):
    """A message as far as hot issues go; `place` is a territory code or empty."""

    id: str
    subject: str
    text: str
    at: datetime
    requester: str = ""
    likes: int = 0
    dislikes: int = 0
    place: str = ""


class Issue(Struct, frozen=True):
    """What several messages are about: a title, the place they name, the period, who, how hot and why.

    `id` is that of its earliest message. `stability` is the share of the members an earlier
    grouping had together that still are (1 for a new issue).
    """

    id: str
    title: str
    place: str
    first_at: datetime
    last_at: datetime
    members: tuple[str, ...]
    heat: Heat
    stability: float = 1.0


def hot_issues(
    messages: Sequence[Message],
    *,
    top: int | None = None,
    now: datetime | None = None,
    alike: float = ALIKE,
    before: Iterable[Issue] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Issue, ...]:
    """Return the issues of at least two messages, the hottest first, at most `top`.

    `now` is the instant heat is reckoned at (the last message's if not given). `before` are the
    issues of an earlier day: an issue that has most of an earlier one's members keeps its id.
    """
    if not messages:
        return ()
    now = now or max(message.at for message in messages)
    rows = topic_vectors(
        [message.subject for message in messages],
        [message.text for message in messages],
        [message.place for message in messages],
    )
    labels = group(rows, least=alike, progress=progress)
    found = [
        _issue(stretch, messages, rows, now)
        for members in _members(labels)
        for stretch in _stretches(members, messages)
        if len(stretch) > 1
    ]
    kept = _with_earlier_ids(found, tuple(before))
    hottest = sorted(kept, key=lambda issue: (-issue.heat.heat, issue.id))[:top]
    # Looked for in those that are told only: it takes longer than all the rest of an issue.
    by_id = {message.id: message for message in messages}
    return tuple(
        replace(issue, place=_named_place([by_id[one] for one in issue.members[:_ASKED]]))
        for issue in hottest
    )


def _members(labels: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(labels, kind="stable")
    edges = np.flatnonzero(np.diff(labels[order])) + 1
    return [part for part in np.split(order, edges) if len(part) > 1]


def _stretches(members: np.ndarray, messages: Sequence[Message]) -> list[list[int]]:
    """Cut a group where nobody wrote for long."""
    ordered = sorted((int(one) for one in members), key=lambda one: messages[one].at)
    stretches = [[ordered[0]]]
    for before, after in pairwise(ordered):
        if messages[after].at - messages[before].at > QUIET:
            stretches.append([])
        stretches[-1].append(after)
    return stretches


def _issue(members: list[int], messages: Sequence[Message], rows: sp.csr_matrix, now: datetime) -> Issue:
    mine = rows[members]
    middle = int(np.asarray(mine @ np.asarray(mine.sum(axis=0)).ravel()).argmax())
    voices = [
        Voice(one.at, one.requester, one.likes, one.dislikes)
        for one in (messages[member] for member in members)
    ]
    return Issue(
        id=messages[members[0]].id,
        title=mask_personal(messages[members[middle]].subject or messages[members[middle]].text[:40]),
        place="",
        first_at=messages[members[0]].at,
        last_at=messages[members[-1]].at,
        members=tuple(messages[member].id for member in members),
        heat=heat_of(voices, now),
    )


def _named_place(messages: Sequence[Message]) -> str:
    """Return the place most messages name, or one in what most of them share; empty if there is none."""
    seen = Counter(
        name
        for message in messages
        for name in {one.name for one in find_places(f"{message.subject}。{message.text[:100]}")}
    )
    name, count = max(seen.items(), key=lambda one: (one[1], len(one[0]), one[0]), default=("", 0))
    if count > _MOST * len(messages):
        return name
    # One place is called by longer and shorter names, of which none may be in most messages.
    for run in _shared_runs(messages)[:_RUNS]:
        if found := max((one.name for one in find_places(run)), key=len, default=""):
            return found
    return ""


def _shared_runs(messages: Sequence[Message]) -> list[str]:
    """Return the runs of characters that most messages share, the longest first."""
    seen: Counter[str] = Counter()
    for message in messages[:200]:
        text = f"{plain(message.subject)}\n{plain(message.text)[:100]}"
        pieces = {text[at : at + size] for size in range(3, 9) for at in range(len(text) - size + 1)}
        seen.update(piece for piece in pieces if piece.isalnum())
    enough = 0.6 * len(messages[:200])
    return sorted(
        (piece for piece, count in seen.items() if count >= enough), key=lambda one: (-len(one), one)
    )


def _with_earlier_ids(found: Sequence[Issue], before: tuple[Issue, ...]) -> list[Issue]:
    """Give each issue the id of the earlier one it took most members from, each id once."""
    home = {member: at for at, issue in enumerate(found) for member in issue.members}
    shared: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for at, issue in enumerate(before):
        for mine, count in Counter(home[one] for one in issue.members if one in home).items():
            shared[mine].append((count, at))
    kept, used = list(found), set()
    for mine in sorted(shared, key=lambda one: -max(shared[one])[0]):
        count, at = max(shared[mine])
        if at not in used:
            used.add(at)
            old = before[at]
            kept[mine] = replace(found[mine], id=old.id, stability=round(count / len(old.members), 3))
    return kept
