"""One function per ask: open a matter, take a step, let the clocks speak. Each writes one entry or none."""

import re
from collections.abc import Sequence
from dataclasses import replace as replace_actor
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from yuzhi.base.actor import CLOCK, Actor
from yuzhi.base.ids import matter_number, uuid4_of, uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._asks import (
    SUBJECT_MOST,
    Attachment,
    FirstStep,
    NewMatter,
    NewStep,
)
from yuzhi.capabilities.matters._encoding import encode
from yuzhi.capabilities.matters._handing import planned, received, reported
from yuzhi.capabilities.matters._keys import Key, remembered_as
from yuzhi.capabilities.matters._naming import named_by
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import acting, chain_above, seen
from yuzhi.capabilities.matters._tables import IDEMPOTENCY
from yuzhi.capabilities.matters._views import OpenedView, stepped_view
from yuzhi.capabilities.matters._words import Words, clean
from yuzhi.capabilities.matters._writing import changed, consequences
from yuzhi.capabilities.vault import TABLE, Guard, sealed_rows
from yuzhi.engine import decide
from yuzhi.engine.asks import AssignTo, Evidence, HandOver, OpenMatter, Place, Routed, Seen, Stands, TakeStep
from yuzhi.engine.definition import Pack, Procedure
from yuzhi.engine.limits import parse_limit
from yuzhi.engine.matter import Matter
from yuzhi.engine.routing import categorise, route
from yuzhi.store.unit import Change, Row

TRIES = 4
OVERLAP = timedelta(seconds=30)
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)


class Prepared(msgspec.Struct, frozen=True):
    """A matter ready to be written: its change, what its opener will be told, and where it will stand."""

    change: Change
    answer: bytes
    matter: Matter


async def open_matter(
    office: Office,
    ask: NewMatter,
    by: Actor,
    now: datetime,
    *,
    key: str = "",
    request: bytes = b"",
    then: FirstStep | None = None,
    target: UUID | None = None,
) -> bytes:
    """Open a matter and return the encoded `OpenedView`, once it is durable. For `then` see `prepare`.

    The same `key` from the same actor with the same request gives the same answer and writes nothing;
    with another request it raises Refusal `idempotency.key_reused`. A key of somebody nobody knows must
    be too long to be hit upon by others, or Refusal `idempotency.key_too_short` is raised.
    """
    once = Key.sent(key, request, by)
    serial = await office.serials.next()
    prepared = prepare(
        office, ask, by, now, serial=serial, key=once.key, digest=once.digest, then=then, target=target
    )
    try:
        await office.gathering.save(prepared.change)
    except Refusal as refusal:
        if once.is_taken_by(refusal) and (given := await once.answer_in(office.unit)) is not None:
            return given
        raise
    return prepared.answer


def prepare(
    office: Office,
    ask: NewMatter,
    by: Actor,
    now: datetime,
    *,
    serial: int,
    key: str = "",
    digest: bytes = b"",
    sends_letters: bool = True,
    then: FirstStep | None = None,
    target: UUID | None = None,
    told: Seen | None = None,
) -> Prepared:
    """Work out all that opening a matter will write, touching no storage; raise Refusal if it may not.

    `then` is a step its opener takes in the same act: both happen or neither; `target` is the matter it
    links to. `told` is when it was seen, by
    the clock of whoever reports it only now.
    """
    procedure = office.shelf.procedure(ask.procedure)
    pack = office.shelf.pack(procedure.pack, procedure.version)
    ground = office.ground()
    id_ = uuid7(now, office.chance(10))
    words = Words(id_, office.chance)
    words.keep("subject", ask.subject, most=SUBJECT_MOST)
    words.keep("detail", ask.detail)
    words.keep("place_words", ask.place_words, most=SUBJECT_MOST)
    fields = words.keep_form(office.shelf, pack, procedure.opening.form, ask.form)
    said = f"{ask.subject}\n{ask.detail}"
    place = _point(ask.lon, ask.lat)
    # A territory somebody gave is made finer by words about the place, not by whatever else is named.
    place_words = ask.place_words if ask.territory else f"{ask.place_words}\n{said}"
    territory = ground.place(ask.territory, ask.lon, ask.lat, place_words)
    category = ask.category or categorise(pack, said)
    if ask.category and pack.category(ask.category) is None:
        raise Refusal("category.unknown", given=ask.category)
    urgency = ask.urgency or procedure.opening.urgencies[0]
    requester, hand, person = _requester(office, procedure, ask, by, now)
    today = office.calendar.day_of(now).isoformat().replace("-", "")
    asked = OpenMatter(
        id=id_, number=matter_number(today, serial), kind=ask.kind,
        channel=ask.channel, by=hand, texts=words.refs, urgency=urgency, category=category,
        territory=territory, place=place, requester=requester, fields=fields,
        evidence=_evidence(ask.attachments), sends_letters=sends_letters, seen=told,
        routed=route(
            pack, kind=ask.kind, urgency=urgency, channel=ask.channel, category=category,
            territory=territory, text=said, find=ground.unit_of_kind,
        ),
    )  # fmt: skip
    first = Words(id_, office.chance)
    step = (
        _step_ask(office, procedure, pack, None, then.step, then.ask, hand, first, target) if then else None
    )
    with named_by(pack):
        story = decide.opening(procedure, asked, now, office.calendar, step)
    matter = story.after
    answer = msgspec.json.encode(_opened(procedure, matter))
    rows = consequences(office, procedure, None, matter, story.facts, words.rows + first.rows)
    if person:
        rows[TABLE.name] = person
    if key:
        rows[IDEMPOTENCY.name] = [(remembered_as(by), key, digest, answer, now)]
    entry = encode(id_, matter.seq, now, "open", hand, story.facts)
    return Prepared(change=Change(entry=entry, rows=rows), answer=answer, matter=matter)


async def take_step(
    office: Office,
    matter_id: UUID,
    step: str,
    ask: NewStep,
    by: Actor,
    now: datetime,
    *,
    key: str = "",
    digest: bytes = b"",
    told: Seen | None = None,
) -> Matter:
    """Take a step and return where the matter then stands, once that is durable.

    Raises Refusal `matter.stale` when the matter has gone on since the version the asker saw; without a
    version, an entry that slips in between is simply looked at again. For `key` and `told` see
    `prepare_step`; a key that was used before raises `store.row_exists`.
    """
    target = await _target(office, ask.target, by)
    for _ in range(TRIES):
        matter = await seen(office, matter_id, by, lets_parties_in=True)
        who = acting(matter, by)
        said = await _said(office, matter, step)
        if target is not None:
            await _refuse_circle(office, matter, step, target.id)
        if ask.version is not None and ask.version != matter.seq:
            raise Refusal("matter.stale", version=ask.version, current=matter.seq)
        # Requests overlap, and machines' clocks differ: who is second acts no earlier than who was first.
        at = max(now, matter.updated_at) if matter.updated_at - now < OVERLAP else now
        over = planned(office, matter, step, ask.hand_over, who, at)
        change, after = prepare_step(
            office, matter, step, ask, who, at, target=target.id if target is not None else None, key=key,
            digest=digest, told=told, said=said, stands=_stands(target), hand_over=over,
        )  # fmt: skip
        also = await reported(office, office.journal, [(change, after)], at)
        if over is not None:
            also.append(await received(office, matter, after, step, ask, over, who, at))
        try:
            if also:
                await office.unit.save([change, *also])  # both sides know of it, or neither
            else:
                await office.gathering.save(change)
        except Refusal as refusal:
            if refusal.code != "matter.stale" or ask.version is not None:
                raise
        else:
            return after
    raise Refusal("store.busy", retry_after=1)


def prepare_step(
    office: Office,
    matter: Matter,
    step: str,
    ask: NewStep,
    by: Actor,
    now: datetime,
    *,
    target: UUID | None = None,
    key: str = "",
    digest: bytes = b"",
    told: Seen | None = None,
    said: str | None = None,
    stands: Stands | None = None,
    hand_over: HandOver | None = None,
) -> tuple[Change, Matter]:
    """Work out all that a step will write and where the matter will then stand, touching no storage.

    `said` is what the requester said, for a step after which the routing decides; without it nobody does.
    `target` is the matter a link points to and `stands` where that stands, `hand_over` the matter that is
    opened elsewhere, `told` when the reporter's own clock says it happened. With a `key` the encoded
    `SteppedView` is remembered as the answer to it. Raises Refusal if it may not be taken.
    """
    procedure = office.shelf.procedure(matter.procedure, matter.version)
    pack = office.shelf.pack(procedure.pack, procedure.version)
    words = Words(matter.id, office.chance)
    asked = _step_ask(office, procedure, pack, matter, step, ask, by, words, target)
    routed = _routed(office, pack, matter, said) if said is not None else None
    asked = replace(asked, seen=told, routed=routed, target_stands=stands, hand_over=hand_over)
    with named_by(pack):
        story = decide.stepping(procedure, matter, asked, now, office.calendar)
    change, after = changed(office, matter, story, step, by, words.rows)
    if key:
        answer = msgspec.json.encode(stepped_view(after))
        change = replace(
            change, rows={**change.rows, IDEMPOTENCY.name: [(remembered_as(by), key, digest, answer, now)]}
        )
    return change, after


def ticked(office: Office, matter: Matter, now: datetime) -> tuple[Change, Matter] | None:
    """Return what a matter's clocks make happen by `now` and where it then stands; None if nothing is due."""
    procedure = office.shelf.procedure(matter.procedure, matter.version)
    story = decide.ticking(procedure, matter, now, office.calendar, office.ground().above)
    return changed(office, matter, story, "clock", CLOCK, []) if story.facts else None


def _step_ask(
    office: Office, procedure: Procedure, pack: Pack, matter: Matter | None, step: str, ask: NewStep,
    by: Actor, words: Words, target: UUID | None,
) -> TakeStep:  # fmt: skip
    defined = procedure.step(step)
    ground = office.ground()
    for name, text in ask.texts.items():
        words.keep(clean("name", name, most=40), text)
    fields = words.keep_form(office.shelf, pack, defined.form if defined else "", ask.form)
    units = [unit for unit in (ask.lead, *ask.co_handlers) if unit]
    if unknown := [unit for unit in units if not ground.knows_unit(unit)]:
        raise Refusal("unit.unknown", units=unknown)
    if ask.category and pack.category(ask.category) is None:
        raise Refusal("category.unknown", given=ask.category)
    territory, place = "", _point(ask.lon, ask.lat)
    if ask.territory or place is not None:
        territory = ground.place(ask.territory, ask.lon, ask.lat, "")
    if ask.reason and defined is not None and not defined.reasons:
        words.keep("reason", ask.reason)  # a reason in free words is kept apart, like all words
    return TakeStep(
        step=step, by=by, texts=words.refs, fields=fields, reason=ask.reason,
        evidence=_evidence(ask.attachments),
        assign=AssignTo(lead=ask.lead, co_handlers=ask.co_handlers) if units else None,
        outcome=ask.outcome, satisfaction=ask.satisfaction, solved=ask.solved,
        amount=parse_limit(ask.amount) if ask.amount else None, target=target, kind=ask.kind,
        category=ask.category, urgency=ask.urgency, territory=territory, place=place,
        escalate_to=decide.next_rung(procedure, matter, step, ground.above) if matter else None,
    )  # fmt: skip


async def _said(office: Office, matter: Matter, step: str) -> str | None:
    """Return what the requester said where the routing decides after a step, else None."""
    defined = office.shelf.procedure(matter.procedure, matter.version).step(step)
    if defined is None or not defined.then:
        return None
    refs = [matter.texts[name].id for name in ("subject", "detail") if name in matter.texts]
    found = await office.unit.texts(refs)
    return "\n".join(found.get(ref) or "" for ref in refs)


def _routed(office: Office, pack: Pack, matter: Matter, said: str) -> Routed:
    return route(
        pack, kind=matter.kind, urgency=matter.urgency, channel=matter.channel, category=matter.category,
        territory=matter.territory, text=said, find=office.ground().unit_of_kind,
    )  # fmt: skip


async def _target(office: Office, target: str, by: Actor) -> Matter | None:
    """Return the matter a link points to; it must be one the asker may see."""
    if not target:
        return None
    try:
        found = UUID(target)
    except ValueError:
        raise Refusal("link.target_unknown", given=target[:40]) from None
    return await seen(office, found, by)


def _stands(target: Matter | None) -> Stands | None:
    return None if target is None else Stands(procedure=target.procedure, state=target.state)


async def _refuse_circle(office: Office, matter: Matter, step: str, target: UUID) -> None:
    """Raise Refusal `link.circle` if merging a matter into another would lead back to it."""
    defined = office.shelf.procedure(matter.procedure, matter.version).step(step)
    if defined is None or "link" not in defined.does or defined.link != "duplicate_of":
        return
    if any(one.id == matter.id for one in await chain_above(office, target)):
        raise Refusal("link.circle", target=str(target))


def _requester(
    office: Office, procedure: Procedure, ask: NewMatter, by: Actor, now: datetime
) -> tuple[str, Actor, list[Row]]:
    """Return the reference to who asks, as whom they act, and the vault row that holds them.

    Whose identity is kept from somebody acts under a reference of this matter alone, so that nothing else of
    theirs leads to them; they come back with the matter's number and code.
    """
    for unit in ask.about_units:
        if not office.ground().knows_unit(unit):
            raise Refusal("unit.unknown", units=[unit])
    kept_for = procedure.opening.kept_for(ask.kind)
    is_kept = bool(kept_for or ask.about_units)
    is_theirs = by.hand == "requester"
    if ask.requester is None and not is_theirs:
        return "", by, []
    is_known = is_theirs and not is_kept
    id_ = UUID(by.id) if is_known else uuid4_of(office.chance(16))
    hand = replace_actor(by, id=str(id_)) if is_theirs else by
    if ask.requester is None:
        return str(id_), hand, []
    guard = Guard(
        retention="whistle" if kept_for else "request", kept_for=kept_for, kept_from=ask.about_units
    )
    rows = sealed_rows(ask.requester, now, office.keys.ring, id=id_, chance=office.chance, guard=guard)
    return str(id_), hand, rows


def _evidence(attachments: Sequence[Attachment]) -> tuple[Evidence, ...]:
    """Return attachments as evidence. Their kind goes into the journal, so it must be a plain name."""
    for one in attachments:
        if not _KIND.fullmatch(one.kind):
            raise Refusal("evidence.bad_kind", given=one.kind[:40])
    return tuple(Evidence(kind=one.kind, file=one.file) for one in attachments)


def _point(lon: float | None, lat: float | None) -> Place | None:
    if lon is None and lat is None:
        return None
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refusal("place.bad_point", lon=lon, lat=lat)
    return Place(lon_e6=round(lon * 1e6), lat_e6=round(lat * 1e6))


def _opened(procedure: Procedure, matter: Matter) -> OpenedView:
    leading = matter.clock(procedure.leading_clock) if procedure.leading_clock else None
    return OpenedView(
        id=matter.id, number=matter.number, procedure=matter.procedure, state=matter.state,
        category=matter.category, territory=matter.territory, route=matter.route,
        lead_unit=matter.lead.unit if matter.lead else "", opened_at=matter.opened_at,
        due_at=leading.due_at if leading else None, version=matter.seq,
    )  # fmt: skip
