"""Reading a case: its parties masked, its notes and acts; a person in clear, for a purpose, with a trace."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import vault
from yuzhi.capabilities.parties._asks import NewNote
from yuzhi.capabilities.parties._room import CaseRoom, check_inside, check_staff, inside, note_act
from yuzhi.capabilities.parties._views import (
    ActView,
    DisputeView,
    NoteView,
    PartyView,
    PresidingView,
    RepresentativeView,
)
from yuzhi.capabilities.vault import MaskedView
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 5000
NOTE_MOST = 20_000


async def view(room: CaseRoom, matter: UUID, by: Actor) -> DisputeView:
    """Return a dispute with everybody in it, masked; raises as `check_inside`."""
    row = await check_inside(room, matter, by)
    async with inside(room, by) as conn:
        parties = await conn.fetch(
            "select * from party where matter_id = $1 order by side, joined_at, id", matter
        )
        speaking = await conn.fetch(
            "select * from representative where matter_id = $1 order by added_at, id", matter
        )
        presiding = await conn.fetch(
            "select * from presiding where matter_id = $1 order by given_at, mediator", matter
        )
        again = await conn.fetch("select matter_id from dispute where origin = $1 order by matter_id", matter)
    people = await _masked(room, [one["person"] for one in (*parties, *speaking)], by)
    spoken: dict[UUID, list[RepresentativeView]] = {}
    for one in speaking:
        spoken.setdefault(one["party"], []).append(_representative(one, people, by))
    return DisputeView(
        id=matter, unit=row["unit"], happened_on=row["happened_on"], origin=row["origin"],
        reopened_as=tuple(one["matter_id"] for one in again), is_open=row["is_open"],
        opened_at=row["opened_at"],
        parties=tuple(_party(one, people, spoken.get(one["id"], []), by) for one in parties),
        mediators=tuple(_presiding(one, by) for one in presiding),
    )  # fmt: skip


async def reveal(
    room: CaseRoom,
    matter: UUID,
    person: UUID,
    fields: Collection[str],
    purpose: str,
    by: Actor,
    now: datetime,
) -> Mapping[str, str]:
    """Return fields of somebody in a case in clear, for a purpose, once the trace of it is durable.

    `person` is the vault's id of a party or of who speaks for one. Raises as `check_staff`, Refusal
    `party.unknown`, and those of the vault.
    """
    await check_staff(room, matter, by)
    async with inside(room, by) as conn:
        is_there = await conn.fetchval(
            "select exists (select from party where matter_id = $1 and person = $2)"
            " or exists (select from representative where matter_id = $1 and person = $2)",
            matter,
            person,
        )
    if not is_there:
        raise Refusal("party.unknown", party=str(person))
    async with acquired(room.pool) as conn:
        return await vault.reveal(
            conn, person, fields, purpose=purpose, actor=by, matter=matter, now=now, keys=room.keys
        )


async def keep_note(room: CaseRoom, matter: UUID, note: NewNote, by: Actor, now: datetime) -> NoteView:
    """Keep a note of what was said or done in a mediation; raises `text.too_long`, `note.empty`."""
    await check_staff(room, matter, by)
    body = note.body.strip().replace("\x00", "")
    if not body:
        raise Refusal("note.empty")
    if len(body) > NOTE_MOST:
        raise Refusal("text.too_long", text="body", most=NOTE_MOST, given=len(body))
    id_ = uuid7(now, room.office.chance(10))
    async with acquired(room.pool) as conn, conn.transaction():
        await conn.execute(
            "insert into case_note (id, matter_id, at, by_actor, kind, body) values ($1, $2, $3, $4, $5, $6)",
            id_, matter, now, by.id, note.kind, body,
        )  # fmt: skip
        await note_act(conn, matter, "note_kept", by, now, kind=note.kind)
    return NoteView(id=id_, at=now, by=by.id, kind=note.kind, body=body)


async def notes(room: CaseRoom, matter: UUID, by: Actor) -> tuple[NoteView, ...]:
    """Return a case's notes, oldest first, to those who work on it: no party reads the other's words."""
    await check_staff(room, matter, by)
    async with inside(room, by) as conn:
        rows = await conn.fetch(
            "select id, at, by_actor, kind, body from case_note where matter_id = $1"
            " order by at, id limit $2",
            matter,
            MOST_ROWS,
        )
    return tuple(NoteView(*row) for row in rows)


async def acts(room: CaseRoom, matter: UUID, by: Actor) -> tuple[ActView, ...]:
    """Return what was done about a case's people and agreements, oldest first."""
    await check_inside(room, matter, by)
    async with inside(room, by) as conn:
        rows = await conn.fetch(
            "select at, actor, unit, act, facts from case_act where matter_id = $1 order by id limit $2",
            matter,
            MOST_ROWS,
        )
    return tuple(
        ActView(at=row["at"], actor=row["actor"], unit=row["unit"], act=row["act"],
                facts=msgspec.json.decode(row["facts"]))
        for row in rows
    )  # fmt: skip


async def _masked(room: CaseRoom, ids: Sequence[UUID], by: Actor) -> Mapping[UUID, MaskedView]:
    # Those in a case know each other: what the vault keeps is who they are to others.
    async with acquired(room.pool) as conn:
        reader = by if by.hand == "post" else _CLERK
        return await vault.masked(conn, ids, room.keys, reader)


_CLERK = Actor(hand="clock", id="parties")


def _party(
    row: asyncpg.Record, people: Mapping[UUID, MaskedView], speaking: Sequence[RepresentativeView], by: Actor
) -> PartyView:
    has_guardian = any(one.role == "guardian" and one.ended_at is None for one in speaking)
    return PartyView(
        id=row["id"], side=row["side"], kind=row["kind"], person=people[row["person"]],
        capacity=row["capacity"], needs_guardian=row["capacity"] != "full" and not has_guardian,
        has_account=row["requester"] is not None, joined_at=row["joined_at"], left_at=row["left_at"],
        representatives=tuple(speaking), is_me=_is(row, by),
    )  # fmt: skip


def _representative(row: asyncpg.Record, people: Mapping[UUID, MaskedView], by: Actor) -> RepresentativeView:
    return RepresentativeView(
        id=row["id"], role=row["role"], person=people[row["person"]], relation=row["relation"],
        scope=row["scope"], valid_to=row["valid_to"], consent=row["consent"],
        consented_at=row["consented_at"], added_at=row["added_at"], ended_at=row["ended_at"],
        is_me=_is(row, by),
    )  # fmt: skip


def _is(row: asyncpg.Record, by: Actor) -> bool:
    return by.hand == "requester" and by.is_known and row["requester"] == UUID(by.id)


def _presiding(row: asyncpg.Record, by: Actor) -> PresidingView:
    is_told = by.hand != "requester"  # what mediators are paid is no business of the parties'
    return PresidingView(
        mediator=row["mediator"], is_chief=row["is_chief"], reason=row["reason"], given_at=row["given_at"],
        ended_at=row["ended_at"], ended_because=row["ended_because"],
        allowance_fen=row["allowance_fen"] if is_told else 0, paid_on=row["paid_on"] if is_told else None,
    )  # fmt: skip
