"""What a matter does when its agreement takes effect, is performed or is broken: a step its pack names."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from yuzhi.base.actor import AGREEMENT
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._asks import Attachment, NewStep
from yuzhi.capabilities.matters._handing import reported
from yuzhi.capabilities.matters._handlers import prepare_step
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import standing
from yuzhi.engine.definition import Pack, StepDef
from yuzhi.engine.matter import Matter
from yuzhi.store.unit import Change

EVIDENCE = "agreement"
"""The kind of evidence that the text of an agreement is."""

Bring = Callable[[], Awaitable[str]] | None


async def heed(
    office: Office, matter: UUID, says: str, dates: Mapping[str, date], bring: Bring, now: datetime
) -> list[Change]:
    """Return what a matter, and whoever handed it over, write when an agreement `says` what it can say.

    The first step of the procedure that waits for that and may be taken is taken. `dates` fill in the fields
    of its form that have their names; `bring` keeps the text as a file for a step that needs it.
    Nothing is written where the procedure waits for nothing of the kind; where it does, but no such step may
    be taken now, the refusal of the nearest one is raised.
    """
    found = await standing(office, matter)
    procedure = office.shelf.procedure(found.procedure, found.version)
    pack = office.shelf.pack(procedure.pack, procedure.version)
    waiting = [one for one in procedure.steps if says in one.upon and AGREEMENT.hand in one.duties]
    waiting.sort(key=lambda one: found.state not in one.sources)
    first: Refusal | None = None
    for step in waiting:
        try:
            return await _taken(office, pack, found, step, dates, bring, now)
        except Refusal as refusal:
            if refusal.code.startswith(("calendar.", "store.")):
                raise
            first = first or refusal
    if first is not None:
        raise first
    return []


async def _taken(
    office: Office,
    pack: Pack,
    matter: Matter,
    step: StepDef,
    dates: Mapping[str, date],
    bring: Bring,
    now: datetime,
) -> list[Change]:
    properties = pack.forms[step.form].get("properties", {}) if step.form else {}
    asked = properties if isinstance(properties, dict) else {}
    form: dict[str, object] = {name: day.isoformat() for name, day in dates.items() if name in asked}
    at = max(now, matter.updated_at)
    attachments: tuple[Attachment, ...] = ()
    if bring is not None and EVIDENCE in step.needs and matter.state in step.sources:
        attachments = (Attachment(kind=EVIDENCE, file=await bring()),)
    ask = NewStep(form=form, attachments=attachments, outcome=step.outcomes[0] if step.outcomes else "")
    change, after = prepare_step(office, matter, step.name, ask, AGREEMENT, at)
    return [change, *await reported(office, office.journal, [(change, after)], at)]
