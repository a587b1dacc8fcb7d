"""What the other side says became of a message: it arrived, or it did not after all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.deliveries._alarms import raise_alarms
from yuzhi.capabilities.deliveries._claims import MOST_ATTEMPTS, wait_after
from yuzhi.capabilities.deliveries._posting import PostRoom
from yuzhi.capabilities.deliveries._signing import check
from yuzhi.store.postgres.pool import acquired

REASON_MOST = 200


class Acknowledgement(Struct, frozen=True):
    """The id of a message we sent, and what became of it."""

    id: UUID
    outcome: Literal["delivered", "failed"]
    reason: str = ""
    final: bool = False


async def acknowledge(
    room: PostRoom, channel_name: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> int:
    """Take a signed acknowledgement; return how many deliveries it was about.

    The same one again changes nothing. Raises Refusal `channel.unknown`, `signature.*`,
    `acknowledgement.malformed` and `delivery.unknown`.
    """
    channel = next((one for one in room.channels if one.name == channel_name and one.keys), None)
    if channel is None:
        raise Refusal("channel.unknown", channel=channel_name[:40])
    check(channel.keys, headers, body, now)
    try:
        told = msgspec.json.decode(body, type=Acknowledgement)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refusal("acknowledgement.malformed") from None
    async with acquired(room.pool) as conn, conn.transaction():
        known = await conn.fetch(
            "select id, state, attempts, forgiven from delivery"
            " where channel = $1 and (id = $2 or message = $2) order by id for update",
            channel.name,
            told.id,
        )
        if not known:
            raise Refusal("delivery.unknown", delivery=str(told.id))
        ids = [row["id"] for row in known]
        if told.outcome == "delivered":
            await conn.execute(
                "update delivery set state = 'acknowledged', next_at = null, acknowledged_at = $2,"
                " last_reason = '' where id = any($1) and state <> 'acknowledged'",
                ids,
                now,
            )
            return len(ids)
        failed = [row for row in known if row["state"] == "sent"]
        spent = [told.final or row["attempts"] - row["forgiven"] >= MOST_ATTEMPTS for row in failed]
        waits = [wait_after(row["attempts"] - row["forgiven"], room.chance()) for row in failed]
        reason = f"reported: {told.reason[:REASON_MOST]}"
        await conn.execute(
            "update delivery d set state = case when s.spent then 'dead' else 'queued' end, last_reason = $4,"
            " next_at = case when s.spent then null else s.next_at end"
            " from unnest($1::uuid[], $2::bool[], $3::timestamptz[]) s(id, spent, next_at) where d.id = s.id",
            [row["id"] for row in failed],
            spent,
            [now + wait for wait in waits],
            reason,
        )
        await conn.execute(
            "update delivery_attempt a set outcome = 'failed', reason = $3"
            " from unnest($1::uuid[], $2::int4[]) s(id, no) where a.delivery_id = s.id and a.no = s.no",
            [row["id"] for row in failed],
            [row["attempts"] for row in failed],
            reason,
        )
        dead = [row["id"] for row, is_spent in zip(failed, spent, strict=True) if is_spent]
        await raise_alarms(conn, dead, room.told, now)
    return len(ids)
