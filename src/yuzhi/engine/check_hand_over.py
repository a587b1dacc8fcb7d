"""Asks of handing over whether each side is always heard: who gives, who receives, who goes on if refused."""

from collections.abc import Iterator

from yuzhi.engine.check_agreements import AGREEMENT
from yuzhi.engine.definition import Procedure, StepDef
from yuzhi.engine.fault import Fault

RECEIVER, HAND_OVER = "receiver", "hand_over"


def check_hand_over(procedure: Procedure) -> Iterator[Fault]:
    """Yield the faults in giving matters away and in receiving them."""
    for step in procedure.steps:
        for code, message in (*_of_giver(procedure, step), *_of_receiver(procedure, step)):
            yield Fault((procedure.name, "step", step.name), code, f'step "{step.name}" {message}')
    yield from _receiving(procedure)


def _of_giver(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    gives = HAND_OVER in step.does
    if gives is not bool(step.opens):
        yield "step.half_said", 'must say both `does: hand_over` and "opens", or neither'
    if step.carries and not gives:
        yield "step.half_said", "says what goes along, but hands nothing over"
    if not gives:
        return
    for state in (step.to,) if step.to else step.sources:
        heard = [
            one for one in procedure.steps_from(state) if RECEIVER in one.duties and "refused" in one.upon
        ]
        if not heard:
            yield (
                "hand_over.unheard",
                f'hands over, but in "{state}" no step of receiver goes on when it is refused',
            )


def _of_receiver(procedure: Procedure, step: StepDef) -> Iterator[tuple[str, str]]:
    if set(step.duties).isdisjoint({RECEIVER, AGREEMENT}) is bool(step.upon):
        yield "step.half_said", 'must say both `by: receiver` (or agreement) and "upon", or neither'
    if RECEIVER not in step.duties:
        return
    if step.reason or step.texts or step.needs or step.form:
        yield "hand_over.asks", "is taken by the receiver, which can give no reason, text, evidence or form"
    if "resolve" in step.does and len(step.outcomes) != 1:
        yield "hand_over.outcome", "is taken by the receiver, so it must name exactly one outcome"
    giving = [one for one in procedure.steps if HAND_OVER in one.does]
    if not {state for one in giving for state in ((one.to,) if one.to else one.sources)} & set(step.sources):
        yield "hand_over.never", "is taken by the receiver, but nothing handed over stands where it starts"


def _receiving(procedure: Procedure) -> Iterator[Fault]:
    is_open = HAND_OVER in procedure.opening.duties
    does = {effect for step in procedure.steps for effect in step.does}
    at = (procedure.name, "opening")
    if is_open is not (HAND_OVER in procedure.opening.channels):
        yield Fault(
            at,
            "hand_over.channel",
            "opening: hand_over must be both in `by` and in `channels`, or in neither",
        )
    for effect in ("accept_hand_over", "refuse_hand_over"):
        if is_open and effect not in does:
            yield Fault(at, "hand_over.undecided", f"opening: by hand_over, but no step does {effect}")
        if effect in does and not is_open:
            yield Fault(
                at, "hand_over.undecided", f"a step does {effect}, but `by` of opening lacks hand_over"
            )
    for clock in procedure.clocks:
        if clock.continues and not is_open:
            message = f'clock "{clock.name}" continues another, but nothing is opened here by hand_over'
            yield Fault((procedure.name, "clock", clock.name), "clock.continues_nothing", message)
