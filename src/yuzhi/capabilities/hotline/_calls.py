"""A call becomes a matter in one act: opened, and answered on the spot, merged into what is known, or given
to a unit.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import FirstStep, NewMatter, NewStep, Office
from yuzhi.engine.definition import Procedure, StepDef

EXPLAINED = "explained"
CHANNEL = "hotline"
NOT_A_DESKS = "web"
"""The channel of a matter that names none: nobody at a desk opens one by it."""


class NewCall(Struct, frozen=True, forbid_unknown_fields=True):
    """What a desk takes in: the matter with who asks, words, place and pictures.

    `reply` is the answer given on the spot; the matter is then opened and explained in one act. `merge_into`
    is the id or number of a matter that is about the same, or the id of a hot issue; whoever asks is then
    answered with it. `lead` is the unit it is given to, instead of the one the rules name. `draft` is what it
    was written down in.
    """

    matter: NewMatter
    reply: str = ""
    merge_into: str = ""
    lead: str = ""
    draft: UUID | None = None


class CallOptions(Struct, frozen=True):
    """What a post may do with a call in the act that opens it: answer it, merge it, give it to a unit."""

    reply: bool
    merge: bool
    lead: bool


def call_options(office: Office, procedure: str, by: Actor) -> CallOptions:
    """Say what a post may do with calls of a procedure at once; raise Refusal `procedure.unknown`."""
    defined = office.shelf.procedure(procedure)
    may = {name: bool(_steps(defined, by, fits)) for name, fits in _WAYS.items()}
    return CallOptions(reply=may["explain"], merge=may["merge"], lead=may["assign"])


async def open_call(
    office: Office,
    call: NewCall,
    by: Actor,
    now: datetime,
    *,
    target: UUID | None = None,
    key: str = "",
    request: bytes = b"",
) -> bytes:
    """Open the matter of a call and return the encoded `OpenedView`, once it is durable.

    `target` is the matter meant by `merge_into`. A draft is opened once: its id is the key when none is
    given. Raises Refusal `call.posts_only`, `call.both`, `call.no_such_step`, and as opening a matter does.
    """
    if by.hand != "post":
        raise Refusal("call.posts_only")
    if sum((bool(call.reply), target is not None, bool(call.lead))) > 1:
        raise Refusal("call.both")
    ask = call.matter if call.matter.channel != NOT_A_DESKS else replace(call.matter, channel=CHANNEL)
    if not key and call.draft is not None:
        key = f"draft:{call.draft}"
    procedure = office.shelf.procedure(ask.procedure)
    then: FirstStep | None = None
    if call.reply:
        then = _explained(procedure, call.reply, by)
    elif target is not None:
        then = FirstStep(_step(procedure, by, "merge").name)
        target = await matters.lead_of(office, target, by)
    elif call.lead:
        then = FirstStep(_step(procedure, by, "assign").name, NewStep(lead=call.lead))
    return await matters.open_matter(office, ask, by, now, key=key, request=request, then=then, target=target)


def _explained(procedure: Procedure, reply: str, by: Actor) -> FirstStep:
    step = _step(procedure, by, "explain")
    return FirstStep(step.name, NewStep(texts={step.texts[0]: reply}, outcome=EXPLAINED))


def _step(procedure: Procedure, by: Actor, what: str) -> StepDef:
    """Return the step of a fresh matter that does it, one that ends the matter before others."""
    found = _steps(procedure, by, _WAYS[what])
    if not found:
        raise Refusal("call.no_such_step", procedure=procedure.name, what=what)
    return min(found, key=lambda one: one.to not in procedure.ends)


def _steps(procedure: Procedure, by: Actor, fits: Callable[[StepDef], bool]) -> list[StepDef]:
    return [
        one
        for one in procedure.steps_from(procedure.starts)
        if by.duties & set(one.duties)
        and fits(one)
        and not (one.form or one.needs or one.reason or one.reasons)
    ]


def _explains(step: StepDef) -> bool:
    return (
        "resolve" in step.does
        and "link" not in step.does
        and EXPLAINED in step.outcomes
        and len(step.texts) == 1
    )


def _merges(step: StepDef) -> bool:
    return "link" in step.does and step.link == "duplicate_of" and not step.texts


def _assigns(step: StepDef) -> bool:
    return step.does == ("assign",) and not step.texts


_WAYS: Final[Mapping[str, Callable[[StepDef], bool]]] = {
    "explain": _explains, "merge": _merges, "assign": _assigns,
}  # fmt: skip
"""What may be done with a call at once, as refusals name it, and which step does it."""
