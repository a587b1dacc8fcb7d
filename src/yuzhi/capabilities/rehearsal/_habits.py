"""How the simulated staff chooses among what it may do, and how long it takes. It knows no rule.

What may be done comes from the engine's options; here stand only habits: how likely each sort of step
is, and how much time people let pass. The figures are invented, so that a city comes out in which most
things are done in time and some are not.
"""

from datetime import datetime, timedelta
from math import exp
from random import Random
from typing import Final

from msgspec import Struct

from yuzhi.engine.calendar import Calendar
from yuzhi.engine.matter import Matter
from yuzhi.engine.options import Option

RELUCTANT_FROM: Final = 14  # entries; from then on people stop adding to a matter and settle it


class Habit(Struct, frozen=True):
    """How readily a sort of step is taken (against 1 for others), and the hours it usually takes."""

    weight: float
    hours: float
    is_settling: bool = False  # brings the matter nearer to its end


_BY_EFFECT: Final[tuple[tuple[frozenset[str], Habit], ...]] = tuple(
    (frozenset(effects.split()), habit)
    for effects, habit in (
        ("verdict reopen", Habit(2, 40)),
        ("verdict", Habit(30, 30, is_settling=True)),
        ("reopen", Habit(1.5, 12)),
        ("take resolve", Habit(30, 1, is_settling=True)),
        ("take", Habit(8, 1, is_settling=True)),
        ("answer", Habit(14, 16, is_settling=True)),
        ("sign", Habit(30, 3, is_settling=True)),
        ("agree_return", Habit(8, 4, is_settling=True)),
        ("refuse_return", Habit(4, 4, is_settling=True)),
        ("return", Habit(1.5, 2)),
        ("escalate", Habit(0.8, 4)),
        ("extend", Habit(0.5, 10)),
        ("link", Habit(0.1, 4)),
        ("urge", Habit(0.15, 20)),
        ("supervise", Habit(0.1, 20)),
        ("classify", Habit(0.05, 2)),
        ("place", Habit(0.05, 2)),
    )
)
_ASSIGN: Final = Habit(24, 1.2, is_settling=True)
_ASSIGN_OTHERS: Final = Habit(0.15, 6)
_GIVE_UP: Final = Habit(0.06, 30, is_settling=True)
_TURN_AWAY: Final = Habit(0.25, 6, is_settling=True)
_RESOLVE: Final = Habit(1.2, 3, is_settling=True)
_MOVE: Final = Habit(20, 5, is_settling=True)
_MOVE_WITH_REASON: Final = Habit(0.7, 8)
_STAY: Final = Habit(0.1, 8)


def habit_of(option: Option, matter: Matter, *, is_requester: bool) -> Habit:
    """Return how a step is usually taken, by what it does."""
    does = frozenset(option.does)
    for effects, habit in _BY_EFFECT:
        if effects <= does:
            return habit
    asks_why = option.needs_reason or bool(option.reasons)
    if "assign" in does:
        is_first = bool(option.to) and option.to != matter.state and not asks_why
        return _ASSIGN if is_first else _ASSIGN_OTHERS
    if "resolve" in does:
        if is_requester or "withdrawn" in option.outcomes:
            return _GIVE_UP
        return _TURN_AWAY if asks_why or len(option.outcomes) != 1 else _RESOLVE
    if not option.to or option.to == matter.state:
        return _STAY
    return _MOVE_WITH_REASON if asks_why else _MOVE


def readiness(habit: Habit, matter: Matter) -> float:
    """Return how likely a step of that habit is now."""
    if matter.seq >= RELUCTANT_FROM and not habit.is_settling:
        return habit.weight / 50
    return habit.weight


def when(
    habit: Habit, matter: Matter, since: datetime, calendar: Calendar, chance: Random, *, is_requester: bool
) -> datetime:
    """Return the instant at which somebody gets round to a step.

    Staff looks at the nearest deadline and uses up part of it, now and then more than all; it works in
    office hours unless the time left is short. Requesters answer when they like.
    """
    if is_requester:
        return since + timedelta(hours=habit.hours * exp(chance.gauss(0, 0.9)))
    left = _left(matter, since)
    if left is None or not habit.is_settling:
        at = since + timedelta(hours=habit.hours * exp(chance.gauss(0, 0.8)))
    else:
        at = since + left * (0.42 * exp(chance.gauss(0, 0.62)))
        if left < timedelta(hours=25):
            return at
    return _in_office(at, calendar, chance)


def _left(matter: Matter, since: datetime) -> timedelta | None:
    """Return the time left until the nearest deadline still ahead."""
    ahead = [clock.due_at for clock in matter.clocks if clock.state == "running" and clock.due_at > since]
    return min(ahead) - since if ahead else None


def _in_office(at: datetime, calendar: Calendar, chance: Random) -> datetime:
    """Move an instant outside office hours to some time after the next opening."""
    local = calendar.local(at)
    opens, closes = calendar.hours.spans[0][0], calendar.hours.spans[-1][1]
    minute = local.hour * 60 + local.minute
    day = local.date()
    if calendar.is_workday(day) and opens <= minute < closes:
        return at
    if not calendar.is_workday(day) or minute >= closes:
        day = calendar.next_workday(day)
    begins = calendar.end_of(day - timedelta(1)) + timedelta(minutes=opens)
    return max(at, begins + timedelta(seconds=chance.randrange(2 * 3600)))
