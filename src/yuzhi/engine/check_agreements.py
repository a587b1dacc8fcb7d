"""Asks of the steps an agreement takes whether it can: what it says, fills in and brings along."""

from collections.abc import Iterator

from yuzhi.engine.definition import AGREEMENT_DATES, AGREEMENT_SAYS, Effect, Pack, Procedure, StepDef
from yuzhi.engine.fault import Fault
from yuzhi.engine.problems import nearest

AGREEMENT = "agreement"
"""The duty, and the kind of evidence that its text is."""
_DOES: frozenset[Effect] = frozenset({"resolve", "restart"})


def check_agreements(pack: Pack, procedure: Procedure) -> Iterator[Fault]:
    """Yield the faults of steps that an agreement of the matter takes."""
    for step in procedure.steps:
        if AGREEMENT in step.duties:
            for code, message, near in _of_step(pack, step):
                at = (procedure.name, "step", step.name)
                yield Fault(at, code, f'step "{step.name}" {message}', near)


def _of_step(pack: Pack, step: StepDef) -> Iterator[tuple[str, str, str]]:
    if "receiver" in step.duties:
        yield "agreement.by_both", "is taken by an agreement and by a receiver: make it two steps", ""
        return
    for word in step.upon:
        if word not in AGREEMENT_SAYS:
            yield (
                "agreement.never_said",
                f'waits for "{word}", which no agreement says',
                nearest(word, AGREEMENT_SAYS),
            )
    if step.reason or step.texts or set(step.needs) - {AGREEMENT}:
        told = "is taken by an agreement, which can give no reason or text, and no evidence but itself"
        yield "agreement.asks", told, ""
    required = pack.forms.get(step.form, {}).get("required", ())
    for name in required if isinstance(required, list) else ():
        if name not in AGREEMENT_DATES:
            told = f'is taken by an agreement, which cannot fill in "{name}"'
            yield "agreement.asks", told, nearest(str(name), AGREEMENT_DATES)
    if set(step.does) - _DOES:
        yield (
            "agreement.effect",
            f"is taken by an agreement, which does none of these: {', '.join(step.does)}",
            "",
        )
    if "resolve" in step.does and len(step.outcomes) != 1:
        yield "agreement.outcome", "is taken by an agreement, so it must name exactly one outcome", ""
