"""What somebody may do with a matter now, and why not the rest; screens ask this and know no rule."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.engine.definition import PERSONAL, PSEUDO_DUTIES, Procedure, StepDef
from yuzhi.engine.duties import why_not
from yuzhi.engine.matter import Matter

_NOBODYS = PSEUDO_DUTIES - PERSONAL


class Option(Struct, frozen=True):
    """One step: may it be taken, what it asks for, and if not, the code and facts of the first reason.

    What came along with a hand-over is not asked for again. `opens` are the procedures it may hand over to.
    """

    step: str
    is_allowed: bool
    to: str = ""
    form: str = ""
    needs: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    needs_reason: bool = False
    outcomes: tuple[str, ...] = ()
    does: tuple[str, ...] = ()
    why_not: str = ""
    facts: dict[str, object] = {}
    opens: tuple[str, ...] = ()


def options(procedure: Procedure, matter: Matter, by: Actor, now: datetime) -> tuple[Option, ...]:
    """Return every step that is anybody's to take, those allowed first, in the procedure's order.

    Steps that only clocks or the routing take are left out.
    """
    offered = [
        _option(procedure, matter, step, why_not(procedure, matter, step, by, now))
        for step in procedure.steps
        if not _NOBODYS.issuperset(step.duties)
    ]
    return tuple(sorted(offered, key=lambda option: not option.is_allowed))


def allowed(procedure: Procedure, matter: Matter, by: Actor, now: datetime) -> tuple[Option, ...]:
    """Return only the steps `by` may take, in the procedure's order, without working out why not the rest."""
    return tuple(_option(procedure, matter, step, None) for step in allowed_steps(procedure, matter, by, now))


def allowed_steps(procedure: Procedure, matter: Matter, by: Actor, now: datetime) -> Iterator[StepDef]:
    """Yield the steps `by` may take, in the procedure's order, for whoever asks no more about them."""
    for step in procedure.steps_from(matter.state):
        if not by.duties.isdisjoint(step.duties) and why_not(procedure, matter, step, by, now) is None:
            yield step


def _option(procedure: Procedure, matter: Matter, step: StepDef, refusal: Refusal | None) -> Option:
    return Option(
        step=step.name,
        is_allowed=refusal is None,
        to=step.to,
        form=step.form,
        needs=tuple(kind for kind in step.needs if kind not in matter.came_with),
        texts=step.texts,
        reasons=step.reasons,
        needs_reason=step.reason or bool(procedure.pauses_in(step.to)),
        outcomes=step.outcomes,
        does=step.does,
        why_not="" if refusal is None else refusal.code,
        facts={} if refusal is None else dict(refusal.facts),
        opens=step.opens,
    )
