"""Whether somebody may take a step at all: state, duty, scope, guards and limits, in that order.

`why_not` gives the first reason; `decide` raises it and `options` shows it, so the two never differ.
"""

from datetime import datetime

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.engine.clocks import ANY, holds
from yuzhi.engine.definition import Procedure, Role, StepDef
from yuzhi.engine.guards import GUARDS
from yuzhi.engine.limits import parse_limit
from yuzhi.engine.matter import Assignment, AssignmentState, Matter

_ON_OWN: dict[str, tuple[frozenset[AssignmentState], AssignmentState]] = {
    "sign": (frozenset({"given"}), "signed"),
    "return": (frozenset({"given", "signed"}), "return_asked"),
    "answer": (frozenset({"signed"}), "answered"),
}
"""What one's own part must be in for an effect on it, and what that leaves it in."""


def why_not(procedure: Procedure, matter: Matter, step: StepDef, by: Actor, now: datetime) -> Refusal | None:
    """Return the first reason why `by` may not take the step now, or None when they may."""
    if matter.state not in step.sources:
        return Refusal("step.wrong_state", step=step.name, state=matter.state, allowed=list(step.sources))
    if by.duties.isdisjoint(step.duties):
        return Refusal("step.not_your_duty", step=step.name, duties=list(step.duties))
    if step.when != ANY and not holds(step.when, matter):
        return Refusal("step.not_for_this", step=step.name, basis=step.basis)
    return (
        _scope(matter, step, by)
        or (_standing(matter, step, by) if step.does else None)
        or (_conditions(procedure, matter, step, by, now) if _has_conditions(step) else None)
    )


def role_of(step: StepDef) -> Role | None:
    """Return the role a step is for, if its scope names one."""
    if step.scope == "lead":
        return "lead"
    return "co_handler" if step.scope == "co_handler" else None


def own_assignment(matter: Matter, step: StepDef, by: Actor) -> Assignment | None:
    """Return the live assignment of the actor's unit that the step is about."""
    return matter.assignment_of(by.unit, role_of(step))


def _scope(matter: Matter, step: StepDef, by: Actor) -> Refusal | None:
    if by.hand == "requester":
        is_theirs = matter.requester != "" and by.id == matter.requester
        return None if is_theirs else Refusal("step.not_your_matter", step=step.name)
    if by.hand != "post":
        return None
    match step.scope:
        case "territory":
            is_in = by.covers_place(matter.territory)
        case "lead" | "co_handler" | "assignee":
            is_in = own_assignment(matter, step, by) is not None
        case "sender":
            is_in = any(one.by_unit == by.unit for one in matter.live_assignments)
        case "requester":
            is_in = False
        case "any":
            is_in = True
    return None if is_in else Refusal("step.out_of_scope", step=step.name, scope=step.scope)


def _standing(matter: Matter, step: StepDef, by: Actor) -> Refusal | None:
    own = own_assignment(matter, step, by)
    state = own.state if own is not None else None
    for effect in step.does:
        if effect == "take":
            if not by.unit:
                return Refusal("assign.unit_missing", step=step.name)
            state = "signed"
        elif effect in _ON_OWN:
            needed, left = _ON_OWN[effect]
            if state is None:
                return Refusal("assignment.none_of_yours", step=step.name)
            if state not in needed:
                return Refusal("assignment.wrong_state", step=step.name, state=state)
            state = left
        elif effect in {"agree_return", "refuse_return"} and not any(
            one.state == "return_asked" for one in matter.assignments
        ):
            return Refusal("assignment.no_return_asked", step=step.name)
        elif effect == "refuse_hand_over" and matter.came_over != "offered":
            return Refusal("hand_over.none_offered", step=step.name)
    return None


def _has_conditions(step: StepDef) -> bool:
    return bool(step.guards or step.within) or "extend" in step.does


def _conditions(
    procedure: Procedure, matter: Matter, step: StepDef, by: Actor, now: datetime
) -> Refusal | None:
    for guard in step.guards:
        if not GUARDS[guard](matter, by, now):
            return Refusal("guard.not_met", step=step.name, guard=guard)
    if step.within and (late := _too_late(procedure, matter, step, by, now)):
        return late
    if "extend" in step.does:
        defined = procedure.clock(step.clock)
        live = [clock for clock in matter.clocks if clock.name == step.clock and clock.is_live]
        if defined is None or defined.extension is None or not live:
            return Refusal("clock.not_running", clock=step.clock)
        if all(len(clock.extended) >= defined.extension.times for clock in live):
            return Refusal("clock.extended_already", clock=step.clock, times=defined.extension.times)
        unit = defined.extension.up_to.unit
        if all(parse_limit(clock.limit).unit is not unit for clock in live):
            return Refusal("clock.not_extendable", clock=step.clock)
    return None


def _too_late(
    procedure: Procedure, matter: Matter, step: StepDef, by: Actor, now: datetime
) -> Refusal | None:
    defined = procedure.clock(step.within)
    own = own_assignment(matter, step, by)
    no = own.no if defined is not None and defined.each == "assignment" and own is not None else 0
    clock = matter.clock(step.within, no)
    if clock is None or clock.state == "paused" or (clock.stopped_at or now) < clock.due_at:
        return None  # who was in time stays so, however long others take
    return Refusal(
        "clock.too_late",
        step=step.name,
        clock=step.within,
        due_at=clock.due_at.isoformat(),
        basis=defined.basis if defined is not None else "",
    )
