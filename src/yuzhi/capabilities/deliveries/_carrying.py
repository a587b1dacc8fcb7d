"""One round of one channel: claim what is due, join what goes together, carry it, note the outcome."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from yuzhi.capabilities.deliveries._alarms import raise_alarms
from yuzhi.capabilities.deliveries._carriers import Letter
from yuzhi.capabilities.deliveries._channels import Channel, reached_by
from yuzhi.capabilities.deliveries._claims import Claimed, Tried, claim, settle
from yuzhi.capabilities.deliveries._digest import into_messages
from yuzhi.capabilities.deliveries._posting import (
    Delivered,
    PostRoom,
    addresses_of,
    attempted,
    tried_in_vain,
)
from yuzhi.store.postgres.pool import acquired

ROUNDS = 4
"""How often each of a channel's hands takes a letter in one round: all are back before the lease ends."""


async def carry_due(
    room: PostRoom, channel: Channel, now: Callable[[], datetime], *, only: Sequence[UUID] | None = None
) -> Delivered:
    """Carry letters of a channel whose time has come, as many as its hands can carry within a lease.

    Of `only` some letters, where somebody else carries the rest.
    """
    at = now()
    claimed = await claim(
        room.pool, at, channel.at_once * ROUNDS, channel=channel.name,
        gathers=bool(channel.window) and only is None, bury=room.bury(at), only=only,
    )  # fmt: skip
    if not claimed:
        return Delivered(claimed=0, sent=0, failed=0)
    awake, tried = _put_off(room, channel, claimed, at)
    letters, lost = await _letters(room, channel, awake)
    tried += lost
    tried += await _carried(room, channel, {one.id: one for one in awake}, letters)
    async with acquired(room.pool) as conn, conn.transaction():
        await settle(conn, tried, now())
        await raise_alarms(conn, [one.id for one in tried if one.state == "dead"], room.told, now())
    failed = sum(1 for one in tried if one.reason and not one.is_put_off)
    return Delivered(claimed=len(claimed), sent=sum(1 for one in tried if not one.reason), failed=failed)


def _put_off(
    room: PostRoom, channel: Channel, claimed: Sequence[Claimed], at: datetime
) -> tuple[list[Claimed], list[Tried]]:
    """Part what may go now from what has to wait, because by now people sleep."""
    awake, tried = [], []
    for one in claimed:
        when = room.rules.when(channel, reached_by(one.unit), at, is_urgent=one.is_urgent)
        if when <= at:
            awake.append(one)
        else:
            tried.append(Tried(one.id, one.attempt, "quiet", wait=when - at, is_put_off=True))
    return awake, tried


async def _letters(
    room: PostRoom, channel: Channel, claimed: Sequence[Claimed]
) -> tuple[list[tuple[str, Letter]], list[Tried]]:
    """Return letters with the words they have in the inbox, and where they go today."""
    asked = sorted({one.addressee for one in claimed if one.addressee and not one.unit})
    known = await addresses_of(room, channel, asked) if asked else {}
    async with acquired(room.pool) as conn:
        rows = await conn.fetch(
            "select d.id, n.title, n.body, n.at, coalesce(m.number, '') number from delivery d"
            " join notice n on n.delivery_id = d.letter_of left join matter m on m.id = d.matter_id"
            " where d.id = any($1)",
            [one.id for one in claimed],
        )
    words = {row["id"]: row for row in rows}
    letters, lost = [], []
    for one in claimed:
        row = words.get(one.id)
        if one.unit:
            address = channel.address_of_unit(one.unit, room.contacts(one.unit))
        else:
            address = known.get(one.addressee, "") if one.addressee else ""
        if row is None or not row["body"]:  # what it quoted was erased meanwhile
            lost.append(tried_in_vain(room, one, "letter.erased", is_final=True))
        elif not address:
            lost.append(tried_in_vain(room, one, "recipient.no_address"))
        else:
            letter = Letter(
                id=one.id, matter=one.matter, number=row["number"], name=one.letter, unit=one.unit,
                requester=one.requester, title=row["title"], body=row["body"], at=row["at"], address=address,
                person=one.person,
            )  # fmt: skip
            letters.append((one.recipient, letter))
    return letters, lost


async def _carried(
    room: PostRoom, channel: Channel, claimed: dict[UUID, Claimed], letters: Sequence[tuple[str, Letter]]
) -> list[Tried]:
    if channel.window:
        messages = into_messages(letters, room.language)
        await _remember(room.pool, [(id_, one.id) for one, ids in messages for id_ in ids if one.count > 1])
    else:
        messages = [(letter, [letter.id]) for _, letter in letters]
    gate = asyncio.Semaphore(channel.at_once)

    async def carry(message: Letter, ids: Sequence[UUID]) -> list[Tried]:
        async with gate:
            first = claimed[ids[0]]
            how = await attempted(room, first, channel.carrier.carry(message))
        if not how.reason:
            how = replace(how, wait=channel.acknowledged_within)
        others = [claimed[id_] for id_ in ids[1:]]
        return [how, *(replace(how, id=one.id, attempt=one.attempt, forgiven=one.forgiven) for one in others)]

    made = await asyncio.gather(*(carry(message, ids) for message, ids in messages))
    return [one for part in made for one in part]


async def _remember(pool: asyncpg.Pool, sent_in: Sequence[tuple[UUID, UUID]]) -> None:
    """Write down which message letters go out in, before they do: an acknowledgement may be quick."""
    if sent_in:
        async with acquired(pool) as conn:
            await conn.execute(
                "update delivery d set message = s.message from unnest($1::uuid[], $2::uuid[]) s(id, message)"
                " where d.id = s.id",
                [id_ for id_, _ in sent_in],
                [message for _, message in sent_in],
            )
