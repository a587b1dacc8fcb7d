"""The closed list of guards: conditions on where a matter stands, by name. A pack can use no others."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from yuzhi.base.actor import Actor
from yuzhi.base.ground import TOWN_DIGITS
from yuzhi.engine.definition import Guard
from yuzhi.engine.matter import Matter

Check = Callable[[Matter, Actor, datetime], bool]


def _all_answered(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return not any(one.role == "co_handler" for one in matter.live_assignments)


def _all_signed(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return all(one.state != "given" for one in matter.live_assignments)


def _lead_signed(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return matter.lead is not None and matter.lead.signed_at is not None


def _not_returned_before(matter: Matter, by: Actor, _now: datetime) -> bool:
    return not any(one.unit == by.unit and one.returns_refused for one in matter.assignments)


def _in_reopen_window(matter: Matter, _by: Actor, now: datetime) -> bool:
    return matter.reopen_until is not None and now < matter.reopen_until


def _not_own_work(matter: Matter, by: Actor, _now: datetime) -> bool:
    return not any(
        one.unit == by.unit and one.state not in {"returned", "recalled"} for one in matter.assignments
    )


def _has_place(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return len(matter.territory) >= TOWN_DIGITS


def _has_requester(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return matter.requester != ""


def _has_reply(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return "reply" in matter.texts


def _was_breached(matter: Matter, _by: Actor, now: datetime) -> bool:
    return any(clock.is_broken(now) for clock in matter.clocks)


def _was_reopened(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return matter.reopened > 0


def _lead_answered(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return matter.followed is not None


def _not_repeated(matter: Matter, _by: Actor, _now: datetime) -> bool:
    return not matter.is_repeated


GUARDS: Mapping[Guard, Check] = MappingProxyType(
    {
        "all_answered": _all_answered,
        "all_signed": _all_signed,
        "lead_signed": _lead_signed,
        "not_returned_before": _not_returned_before,
        "in_reopen_window": _in_reopen_window,
        "not_own_work": _not_own_work,
        "has_place": _has_place,
        "has_requester": _has_requester,
        "has_reply": _has_reply,
        "was_breached": _was_breached,
        "was_reopened": _was_reopened,
        "lead_answered": _lead_answered,
        "not_repeated": _not_repeated,
    }
)
