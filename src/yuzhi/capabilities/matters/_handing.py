"""Handing over: a matter goes on elsewhere, in one transaction, and each side hears of the other."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from yuzhi.base.actor import RECEIVER, Actor
from yuzhi.base.ids import matter_number, uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._asks import SUBJECT_MOST, HandTo, NewStep
from yuzhi.capabilities.matters._encoding import decode, encode
from yuzhi.capabilities.matters._naming import named_by
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import replay
from yuzhi.capabilities.matters._words import Words
from yuzhi.capabilities.matters._writing import changed, consequences
from yuzhi.engine import decide, facts
from yuzhi.engine.asks import (
    AssignTo,
    CameFrom,
    CarriedClock,
    HandOver,
    OpenMatter,
    ReceiverSaid,
    Routed,
    TakeStep,
    TextRef,
)
from yuzhi.engine.clocks import carried_by
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.duties import why_not
from yuzhi.engine.matter import Matter
from yuzhi.engine.routing import route
from yuzhi.store.journal import Journal
from yuzhi.store.unit import Change, Row

CHANNEL = "hand_over"
RULE = "hand_over"
ALWAYS = ("subject", "detail", "place_words")
FORM = "form."


def planned(
    office: Office, giver: Matter, step: str, to: HandTo | None, by: Actor, now: datetime
) -> HandOver | None:
    """Return what a hand-over will open, under an id of its own; None if the step hands nothing over.

    Raises Refusal `hand_over.where_unknown`, and whatever forbids the step.
    """
    giving = office.shelf.procedure(giver.procedure, giver.version)
    defined = giving.step(step)
    if to is None or defined is None or not defined.opens:
        return None
    if refusal := why_not(giving, giver, defined, by, now):
        raise refusal  # before anything is said of the other procedure
    name = to.procedure or (defined.opens[0] if len(defined.opens) == 1 else "")
    if name not in defined.opens:
        raise Refusal("hand_over.where_unknown", step=step, given=name, allowed=list(defined.opens))
    return HandOver(target=uuid7(now, office.chance(10)), procedure=name)


async def received(
    office: Office,
    before: Matter,
    giver: Matter,
    step: str,
    ask: NewStep,
    over: HandOver,
    by: Actor,
    now: datetime,
) -> Change:
    """Work out what opening the receiving matter writes; `giver` stands as its own step leaves it.

    Who asks, place, subject, the answers to forms that the receiving form asks for too, and the texts and
    evidence the step carries go along. Raises Refusal as opening a matter does, and `hand_over.not_open`.
    """
    defined = office.shelf.procedure(giver.procedure, giver.version).step(step)
    carries = defined.carries if defined is not None else ()
    procedure = office.shelf.procedure(over.procedure)
    texts = await _texts(office, before, carries) | {
        name: text for name, text in ask.texts.items() if name in carries and text
    }
    clocks = {one.name: one for one in (*carried_by(before, now), *carried_by(giver, now))}
    serial = await office.serials.next()
    change = _opened(
        office, giver, procedure, ask.hand_over or HandTo(), by, now, over.target, serial, texts, carries,
        tuple(clocks.values()),
    )  # fmt: skip
    rows: dict[str, Sequence[Row]] = dict(change.rows)
    for carrier in office.carriers:
        for table, more in (await carrier.carried(giver, over.target, carries)).items():
            rows[table] = [*rows.get(table, ()), *more]
    return Change(entry=change.entry, rows=rows)


async def reported(
    office: Office, journal: Journal, done: Sequence[tuple[Change, Matter]], now: datetime
) -> list[Change]:
    """Return what the givers of matters that have just been taken, refused or ended write of that.

    `done` are changes with where their matters then stand. A giver that has no step for what it hears, or
    has gone another way meanwhile, writes nothing.
    """
    found = []
    for change, receiver in done:
        if receiver.came_from is None:
            continue
        happened = decode(change.entry).facts
        if not any(isinstance(one, facts.HandOverDecided | facts.Ended) for one in happened):
            continue
        giver = replay((await journal.entries([receiver.came_from]))[receiver.came_from])
        if (told := _told(office, giver, receiver, happened, now)) is not None:
            found.append(told)
    return found


def _told(
    office: Office, giver: Matter, receiver: Matter, happened: Sequence[facts.Fact], now: datetime
) -> Change | None:
    procedure = office.shelf.procedure(giver.procedure, giver.version)
    may = [one for one in procedure.steps_from(giver.state) if "receiver" in one.duties]
    for said in _words(receiver, happened):
        named = [one for one in may if said.outcome and said.outcome in one.upon]
        for step in (*named, *(one for one in may if said.said in one.upon)):
            ask = TakeStep(step=step.name, by=RECEIVER, receiver_said=said)
            try:
                story = decide.stepping(procedure, giver, ask, max(now, giver.updated_at), office.calendar)
            except Refusal as refusal:
                if refusal.code.startswith("calendar."):
                    raise
                continue
            return changed(office, giver, story, step.name, RECEIVER, [])[0]
    return None


def _words(receiver: Matter, happened: Sequence[facts.Fact]) -> list[ReceiverSaid]:
    """Return what a receiver has to say after an entry, what counts most first."""
    decided = [one.is_accepted for one in happened if isinstance(one, facts.HandOverDecided)]
    said = []
    if receiver.came_over != "refused" and any(isinstance(one, facts.Ended) for one in happened):
        said.append(ReceiverSaid(receiver.id, receiver.seq, "ended", receiver.outcome))
    if decided:
        said.append(ReceiverSaid(receiver.id, receiver.seq, "accepted" if decided[-1] else "refused"))
    return said


async def _texts(office: Office, giver: Matter, carries: Collection[str]) -> dict[str, str]:
    """Return the words that go along by name, forms among them."""
    wanted: dict[str, TextRef] = {
        name: ref for name, ref in giver.texts.items() if name in {*ALWAYS, *carries} or name.startswith(FORM)
    }
    bodies = await office.unit.texts([ref.id for ref in wanted.values()])
    return {name: body for name, ref in wanted.items() if (body := bodies.get(ref.id)) is not None}


def _opened(
    office: Office, giver: Matter, procedure: Procedure, to: HandTo, by: Actor, now: datetime, id_: UUID,
    serial: int, texts: Mapping[str, str], carries: Collection[str], clocks: tuple[CarriedClock, ...],
) -> Change:  # fmt: skip
    pack = office.shelf.pack(procedure.pack, procedure.version)
    opening = procedure.opening
    words = Words(id_, office.chance)
    for name, body in texts.items():
        if not name.startswith(FORM):
            words.keep(name, body, most=SUBJECT_MOST if name == "subject" else len(body))
    fields = words.keep_form(office.shelf, pack, opening.form, _filled(pack, opening.form, giver, to, texts))
    kind = to.kind or (giver.kind if giver.kind in opening.kinds else opening.kinds[0])
    urgency = to.urgency or (giver.urgency if giver.urgency in opening.urgencies else opening.urgencies[0])
    if to.category and pack.category(to.category) is None:
        raise Refusal("category.unknown", given=to.category)
    category = to.category or (giver.category if pack.category(giver.category) else "")
    continued = {clock.continues for clock in procedure.clocks}
    ask = OpenMatter(
        id=id_, number=matter_number(f"{now.astimezone(office.calendar.zone):%Y%m%d}", serial), kind=kind,
        channel=CHANNEL, by=by, texts=words.refs, urgency=urgency, category=category,
        territory=giver.territory, place=giver.place, requester=giver.requester, fields=fields,
        evidence=tuple(one for one in giver.evidence if one.kind in carries),
        routed=_routed(office, pack, to, kind=kind, urgency=urgency, category=category, giver=giver,
                       said="\n".join(texts.get(name, "") for name in ("subject", "detail"))),
        came_from=CameFrom(
            source=giver.id, procedure=giver.procedure,
            clocks=tuple(one for one in clocks if one.name in continued),
        ),
    )  # fmt: skip
    with named_by(pack):
        story = decide.opening(procedure, ask, now, office.calendar)
    rows = consequences(office, procedure, None, story.after, story.facts, words.rows)
    return Change(entry=encode(id_, story.after.seq, now, "open", by, story.facts), rows=rows)


def _filled(pack: Pack, form: str, giver: Matter, to: HandTo, texts: Mapping[str, str]) -> dict[str, object]:
    """Return the receiving form as far as the giving side's answers fill it in, and what is told anew."""
    if not form:
        return dict(to.form)
    said: dict[str, object] = {}
    for name, body in texts.items():
        if name.startswith(FORM):
            said |= msgspec.json.decode(body, type=dict[str, object])
    said |= giver.fields
    properties = pack.forms[form].get("properties", {})
    asked = properties if isinstance(properties, dict) else {}
    return {name: value for name, value in said.items() if name in asked} | to.form


def _routed(
    office: Office,
    pack: Pack,
    to: HandTo,
    *,
    kind: str,
    urgency: str,
    category: str,
    giver: Matter,
    said: str,
) -> Routed:
    ground = office.ground()
    if to.lead:
        if not ground.knows_unit(to.lead):
            raise Refusal("unit.unknown", units=[to.lead])
        return Routed(rule=RULE, assign=AssignTo(lead=to.lead))
    return route(
        pack, kind=kind, urgency=urgency, channel=CHANNEL, category=category, territory=giver.territory,
        text=said, find=ground.unit_of_kind,
    )  # fmt: skip
