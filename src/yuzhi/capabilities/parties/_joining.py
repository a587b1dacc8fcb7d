"""Who comes into a case later and who leaves it: parties, those who speak for them, the other side."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import deliveries
from yuzhi.capabilities.parties._asks import NewParty, NewRepresentative
from yuzhi.capabilities.parties._receipts import queue_receipts
from yuzhi.capabilities.parties._recognising import Marks, marks_of, on_two_sides, read_marks
from yuzhi.capabilities.parties._registering import (
    Rows,
    check_party,
    check_representatives,
    enter,
    speak,
)
from yuzhi.capabilities.parties._room import CaseRoom, check_inside, check_staff, note_act
from yuzhi.capabilities.parties._tables import TABLES
from yuzhi.capabilities.vault import Person
from yuzhi.store.postgres.pool import acquired

_BY_NAME = {table.name: table for table in TABLES}


class AddedView(Struct, frozen=True):
    """Somebody who came in."""

    id: UUID


async def add_party(room: CaseRoom, matter: UUID, party: NewParty, by: Actor, now: datetime) -> AddedView:
    """Let one more party into a case; raises as `register` does of parties, and `mediator.is_party`."""
    await check_staff(room, matter, by)
    today = room.office.calendar.day_of(now)
    marks = check_party(room, party, today)
    entered = enter(room, matter, party, by, now)
    async with acquired(room.pool) as conn, conn.transaction():
        there = await _there(conn, matter)
        if found := on_two_sides([*there, (party.side, marks)]):
            code = "party.twice" if found["side"] == found["other_side"] else "party.on_two_sides"
            raise Refusal(code, **found)
        check_representatives(
            room, party.representatives, [theirs for side, theirs in there if side != party.side], today
        )
        await refuse_mediator(conn, matter, marks)
        await _write(conn, entered.rows)
        await note_act(conn, matter, "party_added", by, now, party=entered.id, side=party.side)
        await queue_receipts(room, conn, matter, now)
    return AddedView(entered.id)


async def add_representative(
    room: CaseRoom, matter: UUID, party: UUID, one: NewRepresentative, by: Actor, now: datetime
) -> AddedView:
    """Let somebody speak for a party; raises Refusal as `check_representatives`, and `party.unknown`."""
    await check_inside(room, matter, by)
    row, sealed = speak(room, matter, party, one, by, now)
    today = room.office.calendar.day_of(now)
    async with acquired(room.pool) as conn, conn.transaction():
        side = await _side_of(conn, matter, party, by)
        against = [theirs for at, theirs in await _there(conn, matter) if at != side]
        check_representatives(room, (one,), against, today)
        await _write(conn, {"representative": [row], "vault_person": sealed})
        await note_act(conn, matter, f"{one.role}_added", by, now, party=party, representative=row[0])
    assert isinstance(row[0], UUID)
    return AddedView(row[0])


async def end_representative(
    room: CaseRoom, matter: UUID, representative: UUID, by: Actor, now: datetime
) -> None:
    """End somebody's speaking for a party: a party may take its consent back at any time (民法典 173).

    Raises Refusal `representative.unknown`, and `party.guardian_missing` if whoever lacks full capacity would
    be left with nobody.
    """
    await check_inside(room, matter, by)
    async with acquired(room.pool) as conn, conn.transaction():
        row = await conn.fetchrow(
            "update representative r set ended_at = $3 from party p where r.id = $2 and r.matter_id = $1"
            " and r.ended_at is null and p.id = r.party returning r.party, p.side, p.capacity",
            matter,
            representative,
            now,
        )
        if row is None:
            raise Refusal("representative.unknown", representative=str(representative))
        await _side_of(conn, matter, row["party"], by)
        if row["capacity"] != "full" and not await _has_guardian(conn, row["party"]):
            raise Refusal("party.guardian_missing", side=row["side"], basis="民法典 23")
        await note_act(conn, matter, "representative_ended", by, now, representative=representative)


async def leave(room: CaseRoom, matter: UUID, party: UUID, reason: str, by: Actor, now: datetime) -> None:
    """Let a party go that does not belong to the case; raises Refusal `party.unknown`, `dispute.one_side`."""
    await check_staff(room, matter, by)
    async with acquired(room.pool) as conn, conn.transaction():
        await _side_of(conn, matter, party, by)
        await conn.execute("update party set left_at = $2 where id = $1", party, now)
        left = await conn.fetchrow(
            "select m.procedure, m.version, (select count(distinct side) from party where matter_id = m.id"
            " and left_at is null) as sides from matter m where m.id = $1",
            matter,
        )
        if left["sides"] < room.office.shelf.procedure(left["procedure"], left["version"]).opening.sides:
            raise Refusal("dispute.one_side")
        await note_act(conn, matter, "party_left", by, now, party=party, has_reason=bool(reason))


async def join(room: CaseRoom, matter: UUID, phone: str, by: Actor, now: datetime) -> AddedView:
    """Give a party that is already named in a case its own look at it, instead of a second case.

    Known again by a telephone that `by` has proved to have. Raises Refusal `party.not_recognised`, which
    tells nobody who is in the case, `party.has_account`, and `party.guardian_acts` for whoever lacks full
    capacity.
    """
    if by.hand != "requester" or not by.is_known:
        raise Refusal("party.sign_in_first")
    marks = marks_of(room.keys.ring, Person(phone=phone))
    async with acquired(room.pool) as conn, conn.transaction():
        row = await conn.fetchrow(
            "select id, person, requester, side, capacity from party where matter_id = $1 and left_at is null"
            " and strong_marks && $2::text[] for update",
            matter,
            sorted(marks.strong),
        )
        if row is None:
            raise Refusal("party.not_recognised")
        if row["requester"] not in {None, UUID(by.id)}:
            raise Refusal("party.has_account")
        if row["capacity"] != "full":
            raise Refusal("party.guardian_acts", basis="民法典 19、20")
        await conn.execute("update party set requester = $2 where id = $1", row["id"], UUID(by.id))
        await deliveries.hand_to_account(conn, row["person"], UUID(by.id))
        await note_act(conn, matter, "party_joined", by, now, party=row["id"], side=row["side"])
    found: UUID = row["id"]
    return AddedView(found)


async def refuse_mediator(conn: asyncpg.Connection, matter: UUID, marks: Marks) -> None:
    """Raise Refusal `mediator.is_party` if one of a case's mediators is this party."""
    rows = await conn.fetch("select strong from presiding where matter_id = $1 and ended_at is null", matter)
    if any(read_marks(row["strong"]).are_of(marks) for row in rows):
        raise Refusal("mediator.is_party", basis="人民调解法 15")


async def party_marks(conn: asyncpg.Connection, matter: UUID) -> list[tuple[int, Marks]]:
    """Return the marks of a case's parties with their sides."""
    return await _there(conn, matter)


async def _there(conn: asyncpg.Connection, matter: UUID) -> list[tuple[int, Marks]]:
    rows = await conn.fetch(
        "select side, strong, weak from party where matter_id = $1 and left_at is null", matter
    )
    return [(row["side"], read_marks(row["strong"], row["weak"])) for row in rows]


async def _side_of(conn: asyncpg.Connection, matter: UUID, party: UUID, by: Actor) -> int:
    """Return a party's side; a requester may speak only of a party that is their own."""
    row = await conn.fetchrow(
        "select side, requester from party where id = $1 and matter_id = $2 and left_at is null for update",
        party,
        matter,
    )
    if row is None or (by.hand == "requester" and row["requester"] != UUID(by.id)):
        raise Refusal("party.unknown", party=str(party))
    side: int = row["side"]
    return side


async def _has_guardian(conn: asyncpg.Connection, party: UUID) -> bool:
    found: bool = await conn.fetchval(
        "select exists (select from representative where party = $1 and role = 'guardian'"
        " and ended_at is null)",
        party,
    )
    return found


async def _write(conn: asyncpg.Connection, rows: Rows) -> None:
    for name, some in rows.items():
        columns = [column for column, _ in _BY_NAME[name].columns]
        places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
        written = ", ".join(f'"{column}"' for column in columns)
        await conn.executemany(f'insert into "{name}" ({written}) values ({places})', some)
