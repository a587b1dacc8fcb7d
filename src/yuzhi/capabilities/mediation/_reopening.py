"""An agreement that was not kept: the roads the law then has, and the case opened anew on the one chosen."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import agreements, matters, parties, reception
from yuzhi.capabilities.agreements import AgreementRoom
from yuzhi.capabilities.matters import HandTo, NewMatter, NewStep, OpenedView
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.reception import RoadView
from yuzhi.store.postgres.pool import acquired

CARRIES = ("agreement",)


class Unkept(Struct, frozen=True, forbid_unknown_fields=True):
    """What is told of an agreement that was not kept; with a road its case is opened, as a kind it knows.

    `lead` is the unit that receives it (else routing is asked), `reason` why, where the step asks for it.
    """

    answers: dict[str, str]
    road: Annotated[str, Meta(max_length=60)] = ""
    kind: Annotated[str, Meta(max_length=60)] = ""
    channel: Annotated[str, Meta(max_length=60)] = "walk_in"
    form: dict[str, object] = {}
    lead: Annotated[str, Meta(max_length=60)] = ""
    reason: Annotated[str, Meta(max_length=500)] = ""


class RoadsView(Struct, frozen=True):
    """The roads there are after an agreement was not kept, and the matter opened on the one chosen."""

    roads: tuple[RoadView, ...]
    matter: UUID | None = None
    number: str = ""


class _Opened(Struct, frozen=True):
    id: UUID
    number: str


async def unkept(
    room: AgreementRoom,
    shelf: Shelf,
    matter: UUID,
    agreement: UUID,
    told: Unkept,
    by: Actor,
    now: datetime,
    language: str,
) -> RoadsView:
    """Return the roads left when an agreement was not kept; open the chosen one with parties and agreement.

    Where the matter's procedure hands over to that road from where the matter stands, that step is taken: one
    thread shows both. Else the case is opened beside it, and names it as where it came from.

    Raises Refusal `agreement.not_broken`, `guide.road_unknown`, `guide.not_here`, those of the guide and of
    opening a matter.
    """
    await parties.check_staff(room.cases, matter, by)
    found = await agreements.agreement(room, matter, agreement, by)
    if found.state != "broken":
        raise Refusal("agreement.not_broken", state=found.state, basis="人民调解法 32")
    pack, guide = reception.guide_of(shelf)
    roads = reception.roads(shelf, pack, guide.unperformed, told.answers, language)
    if not told.road:
        return RoadsView(roads)
    road = next((one for one in roads if one.road == told.road and one.is_open), None)
    if road is None:
        raise Refusal("guide.road_unknown", road=told.road, known=[one.road for one in roads if one.is_open])
    if not road.is_here:
        raise Refusal("guide.not_here", road=road.name)
    opened = await _hand_over(room, matter, road.procedure, told, by, now)
    if opened is None:
        opened = await _open(room, matter, road.procedure, told, by, now)
    async with acquired(room.cases.pool) as conn, conn.transaction():
        await parties.note_act(conn, matter, "reopened", by, now, opened=opened.id, road=road.procedure)
    return RoadsView(roads, opened.id, opened.number)


async def _hand_over(
    room: AgreementRoom, matter: UUID, procedure: str, told: Unkept, by: Actor, now: datetime
) -> _Opened | None:
    """Hand the matter over by the step its procedure has for that from where it stands; None without one."""
    office = room.cases.office
    (giver,) = await matters.standings(office, [matter])
    steps = office.shelf.procedure(giver.procedure, giver.version).steps_from(giver.state)
    step = next((one for one in steps if procedure in one.opens), None)
    if step is None:
        return None
    to = HandTo(procedure=procedure, kind=told.kind, lead=told.lead, form=told.form)
    ask = NewStep(hand_over=to, reason=told.reason)
    after = await matters.take_step(office, matter, step.name, ask, by, now)
    target = next(one.target for one in reversed(after.links) if one.kind == "handed_over_to")
    (receiver,) = await matters.standings(office, [target])
    return _Opened(receiver.id, receiver.number)


async def _open(
    room: AgreementRoom, matter: UUID, procedure: str, told: Unkept, by: Actor, now: datetime
) -> _Opened:
    office = room.cases.office
    seen = await matters.view(office, matter, by)
    (giver,) = await matters.standings(office, [matter])
    kinds = office.shelf.procedure(procedure).opening.kinds
    ask = NewMatter(
        procedure=procedure, subject=seen.texts.get("subject") or "", detail=seen.texts.get("detail") or "",
        kind=told.kind or (seen.kind if seen.kind in kinds else kinds[0]), channel=told.channel,
        territory=seen.territory, form=told.form,
    )  # fmt: skip
    serial = await office.serials.next()
    prepared = matters.prepare(office, ask, by, now, serial=serial)
    rows = {name: list(some) for name, some in prepared.change.rows.items()}
    for carrier in office.carriers:
        for table, more in (await carrier.carried(giver, prepared.matter.id, CARRIES)).items():
            rows.setdefault(table, []).extend(more)
    await office.gathering.save(replace(prepared.change, rows=rows))
    opened = msgspec.json.decode(prepared.answer, type=OpenedView)
    return _Opened(opened.id, opened.number)
