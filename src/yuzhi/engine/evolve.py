"""The fold: from a matter and what happened to it, the matter as it now stands. It never refuses."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import singledispatch
from typing import get_args
from uuid import UUID

from msgspec.structs import replace

from yuzhi.engine import facts as f
from yuzhi.engine.asks import StoodStill
from yuzhi.engine.matter import Assignment, Clock, Following, Link, Matter

Change = Callable[[Assignment], Assignment]


def begin(fact: f.Opened, *, id: UUID, at: datetime) -> Matter:  # noqa: A002
    """Return the matter that an `Opened` fact brings into being."""
    return Matter(
        id=id, number=fact.number, pack=fact.pack, version=fact.version, procedure=fact.procedure,
        state=fact.state, since=at, kind=fact.kind, channel=fact.channel, urgency=fact.urgency,
        category=fact.category, territory=fact.territory, place=fact.place, requester=fact.requester,
        texts=fact.texts, opened_at=at, updated_at=at, seq=0, evidence=fact.evidence, fields=fact.fields,
    )  # fmt: skip


def evolve(matter: Matter | None, facts: Iterable[f.Fact], *, id: UUID, at: datetime) -> Matter:  # noqa: A002
    """Fold the facts of one journal entry into a matter; `matter` is None before the first entry."""
    for fact in facts:
        matter = begin(fact, id=id, at=at) if isinstance(fact, f.Opened) else step(_there(matter), fact, at)
    return sealed(_there(matter), at)


def sealed(matter: Matter, at: datetime) -> Matter:
    """Return a matter after the last fact of an entry: one entry older."""
    return replace(matter, seq=matter.seq + 1, updated_at=at)


def step(matter: Matter, fact: f.Fact, at: datetime) -> Matter:
    """Fold one fact; the entry's sequence number is left to `evolve`."""
    return _FOLDS[type(fact)](fact, matter, at)


def _there(matter: Matter | None) -> Matter:
    if matter is None:
        raise ValueError("a journal begins with an Opened fact")
    return matter


@singledispatch
def _fold(fact: f.Fact, _matter: Matter, _at: datetime) -> Matter:
    raise TypeError(f"no fold for {type(fact).__name__}")


@_fold.register
def _(fact: f.RouteFound, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, route=fact.rule)


@_fold.register
def _(fact: f.StepTaken, matter: Matter, at: datetime) -> Matter:
    if fact.texts:
        matter = replace(matter, texts={**matter.texts, **fact.texts})
    if fact.fields:
        matter = replace(matter, fields={**matter.fields, **fact.fields})
    if fact.evidence:
        matter = replace(matter, evidence=matter.evidence + fact.evidence)
    if fact.reason:
        matter = replace(matter, reason=fact.reason)
    return (
        matter if fact.entered == fact.left else replace(matter, state=fact.entered, since=at, ended_at=None)
    )


@_fold.register
def _(_fact: f.Ended, matter: Matter, at: datetime) -> Matter:
    return replace(matter, ended_at=at)


@_fold.register
def _(fact: f.Assigned, matter: Matter, at: datetime) -> Matter:
    given = Assignment(
        no=fact.no, unit=fact.unit, role=fact.role, state="given", given_at=at, by_unit=fact.by_unit
    )
    return replace(matter, assignments=(*matter.assignments, given))


@_fold.register
def _(fact: f.AssignmentMoved, matter: Matter, at: datetime) -> Matter:
    def moved(one: Assignment) -> Assignment:
        match fact.to:
            case "signed":
                return replace(one, state="signed", signed_at=one.signed_at or at, ended_at=None)
            case "return_asked":
                return replace(one, state="return_asked")
            case "kept":
                return replace(one, state="given", signed_at=None, returns_refused=one.returns_refused + 1)
            case _:
                return replace(one, state=fact.to, ended_at=at)

    return replace(
        matter, assignments=tuple(moved(one) if one.no == fact.no else one for one in matter.assignments)
    )


def _with_clock(matter: Matter, name: str, no: int, change: Callable[[Clock], Clock]) -> Matter:
    newest = matter.clock(name, no)
    return replace(matter, clocks=tuple(change(c) if c is newest else c for c in matter.clocks))


@_fold.register
def _(fact: f.ClockStarted, matter: Matter, at: datetime) -> Matter:
    before = matter.clock(fact.clock, fact.no)
    started = Clock(
        name=fact.clock, no=fact.no, run=before.run + 1 if before else 1, state="running", limit=fact.limit,
        started_at=fact.since or at, due_at=fact.due_at, amber_at=fact.amber_at, alarms=fact.alarms,
        pauses=fact.pauses,
    )  # fmt: skip
    return replace(matter, clocks=(*matter.clocks, started))


@_fold.register
def _(fact: f.ClockPaused, matter: Matter, at: datetime) -> Matter:
    return _with_clock(
        matter, fact.clock, fact.no,
        lambda c: replace(c, state="paused", paused_at=at, pause_reason=fact.reason),
    )  # fmt: skip


@_fold.register
def _(fact: f.ClockResumed, matter: Matter, at: datetime) -> Matter:
    return _with_clock(
        matter, fact.clock, fact.no,
        lambda c: replace(
            c, state="running", paused_at=None, pause_reason="", due_at=fact.due_at, amber_at=fact.amber_at,
            alarms=fact.alarms, pauses=(*c.pauses, StoodStill(c.paused_at or at, at)),
        ),
    )  # fmt: skip


@_fold.register
def _(fact: f.ClockExtended, matter: Matter, _at: datetime) -> Matter:
    return _with_clock(
        matter, fact.clock, fact.no,
        lambda c: replace(
            c, limit=fact.limit, due_at=fact.due_at, amber_at=fact.amber_at, alarms=fact.alarms,
            amber_seen=False, extended=(*c.extended, fact.amount),
        ),
    )  # fmt: skip


@_fold.register
def _(fact: f.ClockReset, matter: Matter, _at: datetime) -> Matter:
    return _with_clock(
        matter, fact.clock, fact.no,
        lambda c: replace(
            c, limit=fact.limit, due_at=fact.due_at, amber_at=fact.amber_at, alarms=fact.alarms,
            amber_seen=False,
        ),
    )  # fmt: skip


@_fold.register
def _(fact: f.ClockStopped, matter: Matter, at: datetime) -> Matter:
    return _with_clock(
        matter, fact.clock, fact.no, lambda c: replace(c, state="stopped", stopped_at=at, alarms=())
    )


@_fold.register
def _(fact: f.ClockAmber, matter: Matter, _at: datetime) -> Matter:
    return _with_clock(matter, fact.clock, fact.no, lambda c: replace(c, amber_seen=True))


@_fold.register
def _(fact: f.ClockBreached, matter: Matter, at: datetime) -> Matter:
    return _with_clock(matter, fact.clock, fact.no, lambda c: replace(c, amber_seen=True, breached_at=at))


@_fold.register
def _(fact: f.AutomaticDone, matter: Matter, _at: datetime) -> Matter:
    return _with_clock(
        matter, fact.clock, fact.no,
        lambda c: replace(c, alarms=tuple(alarm for alarm in c.alarms if alarm.index != fact.index)),
    )  # fmt: skip


@_fold.register
def _(fact: f.Classified, matter: Matter, _at: datetime) -> Matter:
    return replace(
        matter, kind=fact.kind or matter.kind, category=fact.category or matter.category,
        urgency=fact.urgency or matter.urgency,
    )  # fmt: skip


@_fold.register
def _(fact: f.Placed, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, territory=fact.territory, place=fact.place or matter.place)


@_fold.register
def _(fact: f.Linked, matter: Matter, _at: datetime) -> Matter:
    linked = replace(matter, links=(*matter.links, Link(kind=fact.kind, target=fact.target)))
    return replace(linked, answered=0) if fact.kind == "duplicate_of" else linked


@_fold.register
def _(fact: f.Unlinked, matter: Matter, _at: datetime) -> Matter:
    def cut(one: Link) -> Link:
        is_it = one.is_live and (one.kind, one.target) == (fact.kind, fact.target)
        return replace(one, is_live=False) if is_it else one

    matter = replace(matter, links=tuple(cut(one) for one in matter.links))
    if fact.kind != "duplicate_of":
        return matter
    return replace(
        matter, outcome="", resolved_at=None, reopen_until=None, ended_at=None, answered=0, followed=None
    )


@_fold.register
def _(fact: f.Followed, matter: Matter, _at: datetime) -> Matter:
    followed = Following(lead=fact.lead, entry=fact.entry, outcome=fact.outcome)
    return replace(matter, followed=followed, answered=matter.seq + 1, reopen_until=fact.reopen_until)


@_fold.register
def _(fact: f.HandedOver, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, links=(*matter.links, Link(kind="handed_over_to", target=fact.target)))


@_fold.register
def _(fact: f.CameOver, matter: Matter, _at: datetime) -> Matter:
    links = (*matter.links, Link(kind="handed_over_from", target=fact.source))
    came_with = frozenset(one.kind for one in matter.evidence)
    return replace(matter, links=links, came_over="offered", carried=fact.clocks, came_with=came_with)


@_fold.register
def _(fact: f.HandOverDecided, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, came_over="accepted" if fact.is_accepted else "refused")


@_fold.register
def _(fact: f.HandOverTold, matter: Matter, _at: datetime) -> Matter:
    def told(one: Link) -> Link:
        is_it = (one.kind, one.target) == ("handed_over_to", fact.target)
        return replace(one, is_live=False) if is_it and fact.said == "refused" else one

    return replace(matter, links=tuple(told(one) for one in matter.links))


@_fold.register
def _(_fact: f.Urged, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, urged=matter.urged + 1)


@_fold.register
def _(_fact: f.Supervised, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, supervised=matter.supervised + 1)


@_fold.register
def _(fact: f.Escalated, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, escalated=matter.escalated + 1, escalated_unit=fact.unit)


@_fold.register
def _(fact: f.Resolved, matter: Matter, at: datetime) -> Matter:
    answered = 0 if matter.lead_matter else matter.seq + 1
    return replace(
        matter, outcome=fact.outcome, resolved_at=at, reopen_until=fact.reopen_until, answered=answered
    )


@_fold.register
def _(fact: f.VerdictGiven, matter: Matter, _at: datetime) -> Matter:
    return replace(matter, satisfaction=fact.satisfaction, is_solved=fact.solved)


@_fold.register
def _(_fact: f.Reopened, matter: Matter, _at: datetime) -> Matter:
    # Whoever takes a merged matter up again takes it up by itself.
    links = tuple(replace(one, is_live=False) if one.kind == "duplicate_of" else one for one in matter.links)
    return replace(
        matter,
        links=links,
        followed=None,
        reopened=matter.reopened + 1,
        outcome="",
        resolved_at=None,
        reopen_until=None,
        ended_at=None,
        answered=0,
    )


@_fold.register
def _(_fact: f.LetterDue, matter: Matter, _at: datetime) -> Matter:
    return matter


# Looked up by type at once: folding is what a replay spends its time on.
_FOLDS = {kind: _fold.dispatch(kind) for kind in get_args(f.Fact)}
