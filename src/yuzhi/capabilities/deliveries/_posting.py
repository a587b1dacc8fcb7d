"""One round of letters: claim some, write them, put them into inboxes, and send them on their other ways.

A letter is in its recipient's inbox in the same transaction in which it counts as sent, and every channel
that reaches the recipient gets a delivery of its own in it too: none can be there without the others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import random
from uuid import UUID, uuid5

import asyncpg
import structlog
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.deliveries._alarms import Told, raise_alarms, write_alarms
from yuzhi.capabilities.deliveries._carriers import Letter, Undelivered
from yuzhi.capabilities.deliveries._channels import (
    ALARM,
    Channel,
    Contacts,
    NoResidents,
    Residents,
    Rules,
    reached_by,
)
from yuzhi.capabilities.deliveries._claims import Bury, Claimed, Tried, claim, settle, wait_after
from yuzhi.capabilities.deliveries._letters import write
from yuzhi.capabilities.deliveries._spreading import Circle, is_for_many, nobody, spread_out
from yuzhi.capabilities.matters import MatterView, Office
from yuzhi.store.postgres.pool import acquired

log = structlog.get_logger()

PATIENCE = 20.0
"""Seconds a carrier may take with one letter."""

Errand = Callable[[Claimed], Awaitable[None]]
"""Writes and carries a letter that is about no matter, or raises `Undelivered`."""


@dataclass(frozen=True)
class PostRoom:
    """What delivering needs: the matters, names and contacts of units, the channels and their rules.

    `others` are errands by audience, for letters that are about no matter. `told` are the units to tell of
    a letter that is lost. `chance` gives a number from 0 to 1. `circle` knows who the parties of matters are.
    """

    office: Office
    pool: asyncpg.Pool
    unit_name: Callable[[str], str]
    language: str = "zh"
    at_once: int = 8
    others: Mapping[str, Errand] = field(default_factory=dict)
    channels: tuple[Channel, ...] = ()
    rules: Rules = field(default_factory=Rules)
    contacts: Contacts = lambda _unit: {}
    residents: Residents = field(default_factory=NoResidents)
    told: Told = lambda _territory: ()
    chance: Callable[[], float] = random
    circle: Circle = nobody

    def bury(self, now: datetime) -> Bury:
        """Return what is to be done about deliveries found dead."""
        return lambda conn, dead: raise_alarms(conn, dead, self.told, now)


class Delivered(Struct, frozen=True):
    """What one round did."""

    claimed: int
    sent: int
    failed: int


async def deliver_due(room: PostRoom, now: Callable[[], datetime], *, most: int = 100) -> Delivered:
    """Deliver at most `most` letters whose time has come into inboxes, and queue them for channels."""
    claimed = await claim(room.pool, now(), most, bury=room.bury(now()))
    if not claimed:
        return Delivered(claimed=0, sent=0, failed=0)
    errands = [one for one in claimed if one.matter is None]
    spread = [one for one in claimed if is_for_many(one)]
    letters, tried = await _written(
        room, [one for one in claimed if one.matter is not None and not is_for_many(one)]
    )
    gate = asyncio.Semaphore(room.at_once)
    tried += await asyncio.gather(*(_run(room, one, gate) for one in errands))
    await _post(room, letters, spread, tried, now())
    failed = sum(1 for one in tried if one.reason)
    return Delivered(claimed=len(claimed), sent=len(claimed) - failed, failed=failed)


async def call(
    room: PostRoom, units: Sequence[str], *, about: UUID, name: str, words: tuple[str, str], now: datetime
) -> tuple[UUID, ...]:
    """Put an alarm about the machine into units' inboxes and onto their channels; return the letters' ids.

    Once for each `about`: whoever calls again, or calls as well, gets none. `words` are title and body. It is
    written here and now, for the alarm may be that nobody is there who would write it later.
    """
    letters = [
        Letter(
            id=uuid5(about, unit), matter=None, number="", name=name, unit=unit, requester=None,
            title=words[0], body=words[1], at=now,
        )
        for unit in units
    ]  # fmt: skip
    async with acquired(room.pool) as conn, conn.transaction():
        rows = await conn.fetch(
            "insert into delivery (id, seq, letter, audience, unit, state, sent_at, created_at, is_urgent,"
            " recipient, attempts) select id, 0, $3, $4, unit, 'sent', $5, $5, true, 'unit:' || unit, 1"
            " from unnest($1::uuid[], $2::text[]) t(id, unit) on conflict do nothing returning id",
            [one.id for one in letters], [one.unit for one in letters], name, ALARM, now,
        )  # fmt: skip
        made = {row["id"] for row in rows}
        await _into_inboxes(conn, [one for one in letters if one.id in made])
        written = [
            _Written(Claimed(one.id, None, name, ALARM, one.unit, None, now, 1), one, True)
            for one in letters
            if one.id in made
        ]
        await _onto_channels(conn, room, written, {}, now)
    return tuple(one.id for one in letters if one.id in made)


class _Written(Struct, frozen=True):
    claimed: Claimed
    letter: Letter
    is_urgent: bool


async def _written(room: PostRoom, claimed: Sequence[Claimed]) -> tuple[list[_Written], list[Tried]]:
    """Return letters with their words, and attempts that came to nothing because there were none."""
    letters: list[_Written] = []
    alarms = [one for one in claimed if one.audience == ALARM]
    if alarms:
        async with acquired(room.pool) as conn:
            told = await write_alarms(conn, alarms, room.unit_name, room.language)
        letters += [_Written(one, letter, True) for one, letter in zip(alarms, told, strict=True)]
    others = [one for one in claimed if one.audience != ALARM]
    views = await matters.views(room.office, [one.matter for one in others if one.matter is not None])
    failed: list[Tried] = []
    for one in others:
        view = views.get(one.matter) if one.matter else None
        try:
            letters.append(_letter(room, one, view))
        except Refusal as refusal:
            failed.append(tried_in_vain(room, one, refusal.code))
        except Exception as error:
            log.exception("a letter cannot be written", delivery=str(one.id))
            failed.append(tried_in_vain(room, one, f"letter.broken: {type(error).__name__}"))
    return letters, failed


def _letter(room: PostRoom, claimed: Claimed, matter: MatterView | None) -> _Written:
    if matter is None:
        raise Refusal("matter.not_found", matter=str(claimed.matter))
    shelf = room.office.shelf
    procedure = shelf.procedure(matter.procedure, matter.pack_version)
    letter = write(
        claimed,
        matter,
        procedure,
        shelf.pack(matter.pack, matter.pack_version),
        unit=room.unit_name(claimed.unit or matter.lead_unit),
        zone=room.office.calendar.zone,
        language=room.language,
    )
    urgencies = procedure.opening.urgencies
    is_urgent = claimed.letter in room.rules.urgent_letters or matter.urgency not in urgencies[:1]
    return _Written(claimed, letter, is_urgent)


def tried_in_vain(
    room: PostRoom, claimed: Claimed, reason: str, *, is_final: bool = False, retry_after: float = 0.0
) -> Tried:
    """Return an attempt that failed, with how long to wait before the next."""
    wait = max(wait_after(claimed.attempt - claimed.forgiven, room.chance()), timedelta(seconds=retry_after))
    return Tried(claimed.id, claimed.attempt, reason, is_final, wait, claimed.forgiven)


async def _run(room: PostRoom, claimed: Claimed, gate: asyncio.Semaphore) -> Tried:
    errand = room.others.get(claimed.audience)
    if errand is None:
        return tried_in_vain(room, claimed, "carrier.missing", is_final=True)
    async with gate:
        return await attempted(room, claimed, errand(claimed))


async def attempted(room: PostRoom, claimed: Claimed, carrying: Awaitable[None]) -> Tried:
    """Return how carrying a letter went; nothing that happens in it is raised."""
    try:
        async with asyncio.timeout(PATIENCE):
            await carrying
    except Undelivered as undelivered:
        return tried_in_vain(
            room, claimed, undelivered.reason, is_final=undelivered.is_final,
            retry_after=undelivered.retry_after,
        )  # fmt: skip
    except Refusal as refusal:
        return tried_in_vain(room, claimed, refusal.code)
    except TimeoutError:
        return tried_in_vain(room, claimed, "carrier.timed_out")
    except Exception as error:
        log.exception("a carrier broke", delivery=str(claimed.id))
        return tried_in_vain(room, claimed, f"carrier.broke: {type(error).__name__}")
    return Tried(claimed.id, claimed.attempt)


async def _post(
    room: PostRoom, written: Sequence[_Written], spread: Sequence[Claimed], tried: Sequence[Tried],
    now: datetime,
) -> None:  # fmt: skip
    requesters = await _addresses(room, written)
    async with acquired(room.pool) as conn, conn.transaction():
        await _into_inboxes(conn, [one.letter for one in written])
        await _onto_channels(conn, room, written, requesters, now)
        await spread_out(conn, spread, room.circle, now)
        done = [Tried(one.id, one.attempt) for one in (*(one.claimed for one in written), *spread)]
        await settle(conn, [*tried, *done], now)
        await raise_alarms(conn, [one.id for one in tried if one.state == "dead"], room.told, now)


async def _into_inboxes(conn: asyncpg.Connection, letters: Sequence[Letter]) -> None:
    rows = [(one.id, one.matter, one.unit, one.requester, one.title, one.body, one.at) for one in letters]
    if rows:
        await conn.execute(
            "insert into notice (delivery_id, matter_id, unit, requester, title, body, at) select * from"
            " unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[],"
            " $7::timestamptz[]) on conflict (delivery_id) do nothing",
            *(list(column) for column in zip(*rows, strict=True)),
        )


async def addresses_of(room: PostRoom, channel: Channel, requesters: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return where a channel reaches requesters; whoever it does not reach is absent."""
    if not channel.is_addressed:
        return {one: str(one) for one in requesters}
    return await room.residents.addresses(requesters, channel.contact)


async def _addresses(room: PostRoom, written: Sequence[_Written]) -> dict[tuple[str, UUID], str]:
    """Return requesters' addresses by channel: kept for as long as they are needed and nowhere written."""
    asked = sorted(
        {one.claimed.addressee for one in written if one.claimed.addressee and not one.letter.unit}
    )
    found: dict[tuple[str, UUID], str] = {}
    for channel in room.channels if asked else ():
        if "requesters" in channel.reaches:
            known = await addresses_of(room, channel, asked)
            found |= {(channel.name, requester): address for requester, address in known.items() if address}
    return found


class _Leg(Struct, frozen=True):
    """A letter's way through one channel."""

    channel: Channel
    written: _Written
    recipient: str


def _legs(
    room: PostRoom, written: Sequence[_Written], requesters: Mapping[tuple[str, UUID], str]
) -> list[_Leg]:
    legs = []
    for one in written:
        unit, reference = one.letter.unit, one.claimed.addressee
        for channel in room.channels:
            if reached_by(unit) not in channel.reaches:
                continue
            if unit and channel.address_of_unit(unit, room.contacts(unit)):
                legs.append(_Leg(channel, one, f"unit:{unit}"))
            elif not unit and reference and (channel.name, reference) in requesters:
                kind = "party" if one.claimed.person else "requester"
                legs.append(_Leg(channel, one, f"{kind}:{reference}"))
    return legs


async def _onto_channels(
    conn: asyncpg.Connection, room: PostRoom, written: Sequence[_Written],
    requesters: Mapping[tuple[str, UUID], str], now: datetime,
) -> None:  # fmt: skip
    legs = _legs(room, written, requesters)
    waits = await _windows(conn, legs, now)
    rows = [
        (
            uuid5(leg.written.claimed.id, leg.channel.name), leg.written.claimed.matter,
            leg.written.claimed.seq, leg.written.claimed.letter, leg.written.claimed.audience,
            leg.written.letter.unit, leg.written.letter.requester,
            room.rules.when(
                leg.channel, reached_by(leg.written.letter.unit),
                now if leg.written.is_urgent else waits.get((leg.channel.name, leg.recipient), now),
                is_urgent=leg.written.is_urgent,
            ),
            leg.written.claimed.created_at, leg.channel.name, leg.written.claimed.id, leg.recipient,
            leg.written.is_urgent, leg.written.claimed.person,
        )
        for leg in legs
    ]  # fmt: skip
    if rows:
        await conn.execute(
            "insert into delivery (id, matter_id, seq, letter, audience, unit, requester, state, next_at,"
            " created_at, channel, letter_of, recipient, is_urgent, person)"
            " select id, matter, seq, letter, audience, unit, requester, 'queued', next_at, created_at,"
            " channel, letter_of, recipient, is_urgent, person from unnest($1::uuid[], $2::uuid[],"
            " $3::int4[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[],"
            " $9::timestamptz[], $10::text[], $11::uuid[], $12::text[], $13::bool[], $14::uuid[]) t(id,"
            " matter, seq, letter, audience, unit, requester, next_at, created_at, channel, letter_of,"
            " recipient, is_urgent, person)"
            " on conflict do nothing",
            *(list(column) for column in zip(*rows, strict=True)),
        )


async def _windows(
    conn: asyncpg.Connection, legs: Sequence[_Leg], now: datetime
) -> dict[tuple[str, str], datetime]:
    """Return when letters may go that must wait for others to the same recipient; open windows for the rest.

    The first letter goes at once and opens a window; those that follow wait until it closes and go together.
    """
    spans = {
        (leg.channel.name, leg.recipient): leg.channel.window
        for leg in legs
        if leg.channel.window and not leg.written.is_urgent
    }
    if not spans:
        return {}
    keys = sorted(spans)
    channels, recipients = [channel for channel, _ in keys], [recipient for _, recipient in keys]
    rows = await conn.fetch(
        "select w.channel, w.recipient, w.until from delivery_window w"
        " join unnest($1::text[], $2::text[]) k(channel, recipient) using (channel, recipient)"
        " where w.until > $3 order by 1, 2 for update of w",
        channels,
        recipients,
        now,
    )
    open_ = {(row["channel"], row["recipient"]): row["until"] for row in rows}
    await conn.execute(
        "insert into delivery_window select * from unnest($1::text[], $2::text[], $3::timestamptz[])"
        " on conflict (channel, recipient) do update set until = excluded.until"
        " where delivery_window.until < excluded.until",
        channels,
        recipients,
        [open_.get(key, now + spans[key]) for key in keys],
    )
    return open_
