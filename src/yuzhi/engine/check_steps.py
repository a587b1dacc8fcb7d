"""Asks of each step whether what it does, asks for and says fits together, and whether it is ever taken."""

from collections.abc import Iterator

from yuzhi.engine.definition import PERSONAL, Effect, Procedure, StepDef
from yuzhi.engine.fault import Fault
from yuzhi.engine.graph import is_for_people

LEAD = "lead_matter"
OWN = frozenset({"lead", "co_handler", "assignee"})
_ON_OWN: tuple[Effect, ...] = ("sign", "return", "answer")
_NOT_BY_CLOCK: tuple[Effect, ...] = (
    "assign", "take", "sign", "return", "answer", "extend", "link", "follow", "classify", "place", "verdict",
    "hand_over", "refuse_hand_over",
)  # fmt: skip


def check_steps(procedure: Procedure) -> Iterator[Fault]:
    """Yield the faults of single steps, of the opening and of the verdict."""
    yield from _opening(procedure)
    for step in procedure.steps:
        for code, message in _of_step(procedure, step):
            yield Fault((procedure.name, "step", step.name), code, f'step "{step.name}" {message}')
    yield from _returns(procedure)
    yield from _merged(procedure)
    yield from _verdict(procedure)
    used = {outcome for step in procedure.steps for outcome in step.outcomes}
    for outcome in procedure.outcomes:
        if outcome not in used:
            message = f'outcome "{outcome}" is given by no step'
            yield Fault((procedure.name, "outcomes"), "outcome.unused", message)


def _of_step(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    yield from _scope(procedure, step)
    yield from _fit(procedure, step)
    yield from _automatic(procedure, step)
    yield from _of_lead(procedure, step)
    yield from _taken(procedure, step)
    if then := procedure.step(step.then):
        for code, message in _by_routing(then, {step.to} if step.to else set(step.sources)):
            yield f"step.{code}", f"is followed by what cannot follow: {message}"


def _opening(procedure: Procedure) -> Iterator[Fault]:
    opening, at = procedure.opening, (procedure.name, "opening")
    for what, given in (("duty", opening.duties), ("kind", opening.kinds), ("channel", opening.channels)):
        if not given:
            yield Fault(at, "opening.empty", f"opening names no {what}")
    if step := procedure.step(opening.dispatch):
        for code, message in _by_routing(step, {procedure.starts}):
            yield Fault(at, f"opening.{code}", f"opening: {message}")


def _by_routing(step: StepDef, stands_in: set[str]) -> Iterator[tuple[str, str]]:
    """Yield why the routing could not take a step where a matter stands."""
    if not ("routing" in step.duties and stands_in & set(step.sources) and "assign" in step.does):
        places = ", ".join(f'"{state}"' for state in sorted(stands_in))
        yield "dispatch", f'"{step.name}" must assign, be from {places} and by routing'
    if step.guards or step.reason or step.texts or step.needs or step.form:
        yield "dispatch_asks", f'"{step.name}" has guards or asks for something, which routing cannot give'


def _scope(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    does = set(step.does)
    for effect in _ON_OWN:
        if effect in does and "take" not in does and step.scope not in OWN:
            yield "step.scope", f'does "{effect}", so its scope must be lead, co_handler or assignee'
    if set(step.duties) <= PERSONAL and step.scope not in {"requester", "any"}:
        yield "step.scope", f'is for the requester only, so scope "{step.scope}" fits nobody'
    if PERSONAL & set(step.duties) and does & {"take", *_ON_OWN}:
        yield "step.scope", "is open to the requester, who belongs to no unit"
    within = procedure.clock(step.within)
    if within is not None and within.each == "assignment" and step.scope not in OWN:
        yield "step.scope", f'keeps to "{step.within}", a clock of assignments: its scope must be one\'s own'


def _fit(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    clock = procedure.clock(step.clock)
    if "extend" in step.does and (clock is None or clock.extension is None):
        yield "step.extends_nothing", "extends, so `clock` must name a clock that says `extend`"
    for effect, is_given, key in (
        ("link", step.link is not None and "unlink" not in step.does, "link"),
        ("unlink", step.link is not None and "link" not in step.does, "link"),
        ("resolve", bool(step.outcomes) and LEAD not in step.duties, "outcomes"),
    ):
        if is_given is not (effect in step.does):
            yield "step.half_said", f'must say both `does: {effect}` and "{key}", or neither'
    if bool(step.clock) is not bool({"extend", "restart"} & set(step.does)):
        yield "step.half_said", 'must say both `does: extend` (or restart) and "clock", or neither'
    if clock is not None and "restart" in step.does and clock.each == "assignment":
        yield "step.restarts_nothing", "restarts, so `clock` must name a clock of the matter"
    if step.target and "link" not in step.does:
        yield "step.half_said", "says where another matter must stand, but does not link"
    if step.ladder and "escalate" not in step.does:
        yield "step.half_said", "names a ladder, but does not escalate"
    if "has_reply" in step.guards and not any("reply" in one.texts for one in procedure.steps):
        yield "guard.never", 'waits for a reply, but no step asks for the text "reply"'


def _automatic(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    if not any(automatic.step == step.name for clock in procedure.clocks for automatic in clock.automatic):
        return
    if "clock" not in step.duties:
        yield "automatic.not_open", "is taken by a clock, so `by` must hold clock"
    if step.reason or step.texts or step.needs or step.form:
        yield "automatic.asks", "is taken by a clock, which can give no reason, text, evidence or form"
    for effect in _NOT_BY_CLOCK:
        if effect in step.does:
            yield "automatic.effect", f'is taken by a clock, which cannot do "{effect}"'
    if "resolve" in step.does and len(step.outcomes) != 1:
        yield "automatic.outcome", "is taken by a clock, so it must name exactly one outcome"


def _of_lead(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    if "follow" in step.does and set(step.duties) != {LEAD}:
        yield "follow.by_others", "passes on what became of the lead matter, so only lead_matter takes it"
    if LEAD not in step.duties:
        return
    if step.reason or step.texts or step.needs or step.form:
        yield "follow.asks", "is taken by the lead matter, which can give no reason, text, evidence or form"
    for effect in (*_NOT_BY_CLOCK, "resolve"):
        if effect in step.does and effect != "follow":
            yield "follow.effect", f'is taken by the lead matter, which cannot do "{effect}"'
    merged = {state for one in _merging(procedure) for state in ({one.to} if one.to else one.sources)}
    if not merged & set(step.sources):
        yield "follow.never", "is taken by the lead matter, but no merged matter stands where it starts"


def _merged(procedure: Procedure) -> Iterator[Fault]:
    """Yield the steps that merge a matter whose requester would then never be answered."""
    passing_on = {
        state
        for step in procedure.steps
        if "follow" in step.does and not step.outcomes
        for state in step.sources
    }
    for step in _merging(procedure):
        if left := sorted(({step.to} if step.to else set(step.sources)) - passing_on):
            message = (
                f'step "{step.name}" merges, but no step of lead_matter passes the answer on in {left[0]}'
            )
            yield Fault((procedure.name, "step", step.name), "merge.unanswered", message)


def _merging(procedure: Procedure) -> list[StepDef]:
    return [step for step in procedure.steps if step.link == "duplicate_of" and "link" in step.does]


def _taken(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    if is_for_people(step) or {LEAD, "sensor"} & set(step.duties):  # of sensors `check_sensors` asks
        return
    by_clock = any(automatic.step == step.name for clock in procedure.clocks for automatic in clock.automatic)
    by_routing = "routing" in step.duties and step.name in procedure.steps_of_routing
    if not by_clock and not by_routing:
        yield "step.never_taken", "is open to no person, and no clock or opening names it"


def _returns(procedure: Procedure) -> Iterator[Fault]:
    asking = [step for step in procedure.steps if "return" in step.does]
    for decision in ("agree_return", "refuse_return"):
        deciding = [step for step in procedure.steps if decision in step.does]
        for step in asking:
            stands_in = {step.to} if step.to else set(step.sources)
            if not any(stands_in & set(one.sources) for one in deciding):
                message = f'step "{step.name}" asks for a return, but no step can {decision} from there'
                yield Fault((procedure.name, "step", step.name), "return.undecided", message)


def _verdict(procedure: Procedure) -> Iterator[Fault]:
    verdict, at = procedure.verdict, (procedure.name, "verdict")
    if verdict is not None and not any("verdict" in step.does for step in procedure.steps):
        yield Fault(at, "verdict.no_step", "there is a verdict, but no step takes it")
    for step in procedure.steps:
        asks_window = "reopen" in step.does or "in_reopen_window" in step.guards
        here = (procedure.name, "step", step.name)
        if asks_window and verdict is None:
            yield Fault(here, "verdict.missing", f'step "{step.name}" needs the window of a verdict')
        elif verdict is not None and "reopen" in step.does:
            if step.to != verdict.reopens_to:
                message = f'step "{step.name}" reopens, so it must lead to "{verdict.reopens_to}"'
                yield Fault(here, "verdict.elsewhere", message)
            if "in_reopen_window" not in step.guards:
                message = f'step "{step.name}" reopens, so its guards must hold in_reopen_window'
                yield Fault(here, "verdict.no_window", message)
