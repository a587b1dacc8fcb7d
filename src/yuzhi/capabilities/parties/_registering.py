"""Taking a dispute up: the matter, its parties and who speaks for them, written in one transaction or not."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid4_of, uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, vault
from yuzhi.capabilities.matters import Key, OpenedView
from yuzhi.capabilities.parties._asks import (
    MOST_PARTIES,
    SIDES,
    NewDispute,
    NewParty,
    NewRepresentative,
)
from yuzhi.capabilities.parties._capacity import capacity_of, check_guardian
from yuzhi.capabilities.parties._receipts import queue_receipts
from yuzhi.capabilities.parties._recognising import (
    Known,
    Marks,
    marks_of,
    on_two_sides,
    read_marks,
    same_dispute,
    told,
)
from yuzhi.capabilities.parties._room import CaseRoom, act_row
from yuzhi.capabilities.parties._tables import ACT, DISPUTE, GUARD, PARTY, REPRESENTATIVE
from yuzhi.capabilities.parties._views import RegisteredView
from yuzhi.store.postgres.pool import acquired
from yuzhi.store.unit import Change, Row

Rows = dict[str, list[Row]]
Also = Callable[[asyncpg.Connection, UUID], Awaitable[None]]
IDEMPOTENCY = "idempotency"
LOCK = 4_720_401
"""The class of advisory locks under which the same dispute is looked for."""
PLACES = 256
"""How many locks there are: a case of many parties takes at most so many."""


class Entered(Struct, frozen=True):
    """A party as it goes in."""

    id: UUID
    rows: Rows


async def register(
    room: CaseRoom,
    ask: NewDispute,
    by: Actor,
    now: datetime,
    *,
    once: Key | None = None,
    also: Also | None = None,
) -> RegisteredView:
    """Open a dispute's matter with its parties; all of it is written, or nothing.

    The same dispute is found however many file it at the same moment, whichever side they are on. The same
    request sent again under the same key (`once`) gives the same answer and writes nothing. `also` writes
    what else belongs to it, in the same transaction, given the id of its matter.

    Raises Refusal `dispute.same` (with `matter` and `number`) when these people are already in a dispute that
    is being handled and no reason was given why this is another one; `dispute.one_side`,
    `dispute.too_many_parties`, `dispute.in_future`, those of a party, of opening a matter, and of a key.
    """
    once = once or Key("", "", b"")
    today = room.office.calendar.day_of(now)
    marks = _check(room, ask, today)
    _check_asker(ask, by)
    if (given := await once.answer_in(room.office.unit)) is not None:
        return msgspec.json.decode(given, type=RegisteredView)
    serial = await room.office.serials.next()
    change, opened = _prepared(room, ask, by, now, serial)
    if once.key:
        row = once.row(msgspec.json.encode(opened), now)
        change = replace(change, rows={**change.rows, IDEMPOTENCY: [row]})
    try:
        await _save(room, ask, marks, change, also, by, now)
    except Refusal as refusal:
        was_first = once.is_taken_by(refusal) or refusal.code == "dispute.same"
        if was_first and (given := await once.answer_in(room.office.unit)) is not None:
            return msgspec.json.decode(given, type=RegisteredView)
        raise
    return opened


async def _save(
    room: CaseRoom, ask: NewDispute, marks: list[tuple[int, Marks]], change: Change, also: Also | None,
    by: Actor, now: datetime,
) -> None:  # fmt: skip
    """Write a dispute unless the same one is there; whoever files it at this moment waits for the other."""
    strong = sorted({mark for _, one in marks for mark in one.strong})
    async with acquired(room.pool) as conn, conn.transaction():
        if not ask.separate.strip():
            places = sorted({int(mark, 16) % PLACES for mark in strong})
            await conn.execute(
                "select pg_advisory_xact_lock($1, place) from unnest($2::int4[]) place", LOCK, places
            )
            await _refuse_same(conn, marks, strong, origin=ask.origin)
        await room.writing(conn).save([change])
        # What somebody files from home sends strangers nothing until one of the staff has looked at it.
        if by.hand == "post":
            await queue_receipts(room, conn, change.matter, now)
        if also is not None:
            await also(conn, change.matter)


def _prepared(
    room: CaseRoom, ask: NewDispute, by: Actor, now: datetime, serial: int
) -> tuple[Change, RegisteredView]:
    prepared = matters.prepare(room.office, ask.matter, by, now, serial=serial)
    matter = prepared.matter.id
    entered = [enter(room, matter, party, by, now) for party in ask.parties]
    facts = {
        "parties": len(entered), "sides": len({one.side for one in ask.parties}),
        "separate": bool(ask.separate), "road": ask.matter.procedure,
    }  # fmt: skip
    rows: Rows = {
        **{name: list(some) for name, some in prepared.change.rows.items()},
        DISPUTE.name: [(matter, by.unit, ask.happened_on, ask.origin, now)],
        ACT.name: [act_row(matter, "dispute_opened", by, now, facts)],
    }
    for one in entered:
        for name, more in one.rows.items():
            rows.setdefault(name, []).extend(more)
    opened = msgspec.json.decode(prepared.answer, type=OpenedView)
    told = RegisteredView(
        id=matter, number=opened.number, procedure=opened.procedure, state=opened.state,
        parties=tuple(one.id for one in entered),
    )  # fmt: skip
    return replace(prepared.change, rows=rows), told


def _check(room: CaseRoom, ask: NewDispute, today: date) -> list[tuple[int, Marks]]:
    if ask.happened_on is not None and ask.happened_on > today:
        raise Refusal("dispute.in_future", happened_on=ask.happened_on.isoformat(), today=today.isoformat())
    if len(ask.parties) > MOST_PARTIES:
        raise Refusal("dispute.too_many_parties", most=MOST_PARTIES, given=len(ask.parties))
    procedure = room.office.shelf.procedure(ask.matter.procedure)
    if len({one.side for one in ask.parties}) < procedure.opening.sides:
        raise Refusal("dispute.one_side")
    marks = [(one.side, check_party(room, one, today)) for one in ask.parties]
    if found := on_two_sides(marks):
        code = "party.twice" if found["side"] == found["other_side"] else "party.on_two_sides"
        raise Refusal(code, **found)
    for place, party in enumerate(ask.parties):
        against = [theirs for side, theirs in marks if side != marks[place][0]]
        check_representatives(room, party.representatives, against, today)
    return marks


def _check_asker(ask: NewDispute, by: Actor) -> None:
    """Raise Refusal `dispute.who_are_you` unless a resident says which of these people they are."""
    mine = sum(party.is_me + sum(one.is_me for one in party.representatives) for party in ask.parties)
    if by.hand == "requester" and mine != 1:
        raise Refusal("dispute.who_are_you", said=mine)


def check_party(room: CaseRoom, party: NewParty, today: date) -> Marks:
    """Return a party's marks; raise Refusal `party.bad_side`, `party.nameless`, `party.guardian_missing`."""
    if not 1 <= party.side <= SIDES:
        raise Refusal("party.bad_side", side=party.side, most=SIDES)
    if not party.person.name.strip():
        raise Refusal("party.nameless", side=party.side)
    check_guardian(party, capacity_of(party, today))
    return marks_of(room.keys.ring, party.person)


def check_representatives(
    room: CaseRoom, given: tuple[NewRepresentative, ...], against: list[Marks], today: date
) -> None:
    """Raise Refusal if somebody may not speak for a party.

    `agent.consent_missing` and `agent.scope_missing` (民法典 165), `agent.over`, and
    `representative.opposes` when they are themselves on another side (民法典 168).
    """
    for one in given:
        if not one.person.name.strip():
            raise Refusal("party.nameless", side=0)
        theirs = marks_of(room.keys.ring, one.person)
        if any(theirs.are_of(other) for other in against):
            raise Refusal("representative.opposes", role=one.role, basis="民法典 168")
        if one.role == "agent":
            if not one.consent:
                raise Refusal("agent.consent_missing", basis="民法典 165")
            if not one.scope.strip():
                raise Refusal("agent.scope_missing", basis="民法典 165")
            if one.valid_to is not None and one.valid_to < today:
                raise Refusal("agent.over", valid_to=one.valid_to.isoformat())


def enter(room: CaseRoom, matter: UUID, party: NewParty, by: Actor, now: datetime) -> Entered:
    """Return the rows of a party and of who speaks for it; persons go to the vault."""
    office, ring = room.office, room.keys.ring
    id_, person = uuid7(now, office.chance(10)), uuid4_of(office.chance(16))
    marks = marks_of(ring, party.person)
    account = UUID(by.id) if party.is_me and by.hand == "requester" and by.is_known else None
    sealed = vault.sealed_rows(party.person, now, ring, id=person, chance=office.chance, guard=GUARD)
    speaking: list[Row] = []
    for one in party.representatives:
        row, more = speak(room, matter, id_, one, by, now)
        speaking.append(row)
        sealed += more
    capacity = capacity_of(party, office.calendar.day_of(now))
    row = (
        id_, matter, party.side, party.kind, person, account, capacity, told(marks.strong), told(marks.weak),
        now,
    )  # fmt: skip
    return Entered(id=id_, rows={PARTY.name: [row], REPRESENTATIVE.name: speaking, vault.TABLE.name: sealed})


def speak(
    room: CaseRoom, matter: UUID, party: UUID, one: NewRepresentative, by: Actor, now: datetime
) -> tuple[Row, list[Row]]:
    """Return the row of who speaks for a party, and the vault's."""
    office = room.office
    person = uuid4_of(office.chance(16))
    account = UUID(by.id) if one.is_me and by.hand == "requester" and by.is_known else None
    row = (
        uuid7(now, office.chance(10)), matter, party, one.role, person, account, one.relation.strip()[:100],
        one.scope.strip()[:500], one.valid_to, one.consent, now if one.consent else None, now,
    )  # fmt: skip
    return row, vault.sealed_rows(
        one.person, now, room.keys.ring, id=person, chance=office.chance, guard=GUARD
    )


async def _refuse_same(
    conn: asyncpg.Connection, marks: list[tuple[int, Marks]], strong: list[str], *, origin: UUID | None
) -> None:
    rows = await conn.fetch(_FACING, strong)
    known = [Known(row["matter_id"], row["side"], read_marks(row["strong"], row["weak"])) for row in rows]
    matter = same_dispute(marks, [one for one in known if one.matter != origin])
    if matter is None:
        return
    number = await conn.fetchval("select number from matter where id = $1", matter)
    raise Refusal("dispute.same", matter=str(matter), number=number)


_FACING = """
with there as (
    select distinct p.matter_id from party p join matter m on m.id = p.matter_id
    where p.strong_marks && $1::text[] and p.left_at is null and m.ended_at is null
    order by p.matter_id desc limit 20
)
select p.matter_id, p.side, p.strong, p.weak from party p join there t using (matter_id)
where p.left_at is null order by p.matter_id, p.side
"""
