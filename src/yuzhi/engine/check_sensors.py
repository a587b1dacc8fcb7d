"""Asks of sensor rules whether an alarm can be raised, can end, and may do what the rule makes of it."""

from collections.abc import Iterator

from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.fault import Fault
from yuzhi.engine.sensing import Mark, SensorRule

DUTY = "sensor"


def check_sensors(pack: Pack) -> Iterator[Fault]:
    """Yield the faults of a pack's sensor rules."""
    for rule in pack.sensors:
        yield from _marks(rule)
        procedure = pack.procedure(rule.procedure)
        if procedure is not None:
            yield from _opening(rule, procedure)
            yield from _back(rule, procedure)
    for procedure in pack.procedures:
        named = {step for rule in pack.sensors if rule.procedure == procedure.name for step in rule.back}
        for step in procedure.steps:
            if set(step.duties) == {DUTY} and step.name not in named:
                message = f'step "{step.name}" is for sensors alone, and no sensor rule names it'
                yield Fault((procedure.name, "step", step.name), "step.never_taken", message)


def _marks(rule: SensorRule) -> Iterator[Fault]:
    for key, mark in (("raise", rule.raises), ("clear", rule.clears)):
        if mark.at_least is not None and mark.at_most is not None and mark.at_least > mark.at_most:
            message = f'rule "{rule.name}": {key} is met by no reading'
            yield Fault(("sensor", rule.name, key), "sensor.empty", message)
    if _overlap(rule.raises, rule.clears):
        message = f'rule "{rule.name}": some readings would raise and clear at once; leave a gap between them'
        yield Fault(("sensor", rule.name, "clear"), "sensor.no_gap", message)


def _overlap(one: Mark, other: Mark) -> bool:
    lows = [mark.at_least for mark in (one, other) if mark.at_least is not None]
    highs = [mark.at_most for mark in (one, other) if mark.at_most is not None]
    return not lows or not highs or max(lows) <= min(highs)


def _opening(rule: SensorRule, procedure: Procedure) -> Iterator[Fault]:
    at = ("sensor", rule.name, "open")
    if DUTY not in procedure.opening.duties:
        message = f'rule "{rule.name}": sensors may not open "{procedure.name}"; add "sensor" to its opening'
        yield Fault(at, "sensor.may_not_open", message)
    if DUTY not in procedure.opening.channels:
        message = f'rule "{rule.name}": "{procedure.name}" has no channel "sensor"'
        yield Fault(at, "sensor.no_channel", message)


def _back(rule: SensorRule, procedure: Procedure) -> Iterator[Fault]:
    at = ("sensor", rule.name, "back")
    for name in rule.back:
        step = procedure.step(name)
        if step is None:
            continue
        if DUTY not in step.duties:
            yield Fault(at, "sensor.not_its_step", f'rule "{rule.name}": step "{name}" is not for sensors')
        if (
            step.form
            or step.needs
            or step.reasons
            or {"assign", "link", "verdict", "escalate"} & set(step.does)
        ):
            message = f'rule "{rule.name}": step "{name}" needs what a sensor cannot give'
            yield Fault(at, "sensor.cannot_give", message)
        if len(step.outcomes) > 1:
            yield Fault(
                at, "sensor.cannot_give", f'rule "{rule.name}": step "{name}" leaves the outcome open'
            )
