"""Asks of packs that stand together whether what one hands over has somewhere to go in another."""

from collections.abc import Iterator, Mapping

from yuzhi.engine.definition import Pack, Procedure, StepDef
from yuzhi.engine.fault import Fault
from yuzhi.engine.problems import Problem, nearest
from yuzhi.engine.where import Where

SAID = frozenset({"accepted", "refused", "ended"})


def check_together(pack: Pack, where: Where, known: Mapping[str, Procedure]) -> tuple[Problem, ...]:
    """Return what is wrong with a pack among others; `known` are the procedures of all of them, by name."""
    faults = [
        Fault((procedure.name, "step", step.name), code, f'step "{step.name}" {message}', near)
        for procedure in pack.procedures
        for step in procedure.steps
        for code, message, near in (*_opened(step, known), *_heard(procedure, step, known))
    ]
    return tuple(
        sorted(
            {Problem(*where.find(*fault.at), fault.code, fault.message, fault.nearest) for fault in faults}
        )
    )


def _opened(step: StepDef, known: Mapping[str, Procedure]) -> Iterator[tuple[str, str, str]]:
    for name in step.opens:
        if name not in known:
            yield "hand_over.nowhere", f'hands over to "{name}", which no pack has', nearest(name, known)
        elif "hand_over" not in known[name].opening.duties:
            yield "hand_over.not_open", f'hands over to "{name}", which takes nothing that is handed over', ""


def _heard(
    procedure: Procedure, step: StepDef, known: Mapping[str, Procedure]
) -> Iterator[tuple[str, str, str]]:
    there = [known[name] for one in procedure.steps for name in one.opens if name in known]
    outcomes = {outcome for one in there for outcome in one.outcomes}
    for word in step.upon if "receiver" in step.duties else ():
        if there and word not in SAID | outcomes:
            yield (
                "hand_over.never_said",
                f'waits for "{word}", which no receiver ends with',
                nearest(word, outcomes),
            )
