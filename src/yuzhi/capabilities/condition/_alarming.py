"""What somebody is called for: no worker was seen for a while, or the last backup is too old or spoilt."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.condition._backups import backups
from yuzhi.capabilities.condition._beating import worker_seen
from yuzhi.capabilities.condition._views import LimitsView
from yuzhi.capabilities.condition._warning import backup_trouble

_NAMES: Final = UUID("5b4cbb8e-6d0f-5c55-9d3a-6a1f0b4f7f11")


class Alarm(Struct, frozen=True):
    """Something to be called for. `id` is the same for all who see it, and changes when it happens anew."""

    id: UUID
    refusal: Refusal


async def alarms_of(
    conn: asyncpg.Connection, limits: LimitsView, now: datetime, *, watching_since: datetime
) -> tuple[Alarm, ...]:
    """Return what those on duty have to be told now.

    A worker gets as long to come up after `watching_since` as it may be away. An old backup is told
    once a day.
    """
    kept = await backups(conn)
    seen = await worker_seen(conn) or kept.since
    return (
        *_worker(seen, limits, now, watching_since),
        *_backup(backup_trouble(kept, limits.backup_hours, now), now),
    )


def _worker(seen: datetime, limits: LimitsView, now: datetime, watching_since: datetime) -> Iterator[Alarm]:
    if now - max(seen, watching_since) > timedelta(minutes=limits.worker_away_minutes):
        minutes = int((now - seen).total_seconds() // 60)
        yield Alarm(
            uuid5(_NAMES, f"worker {seen.isoformat()}"), Refusal("condition.worker_away", minutes=minutes)
        )


def _backup(trouble: Refusal | None, now: datetime) -> Iterator[Alarm]:
    if trouble is not None:
        yield Alarm(uuid5(_NAMES, f"{trouble.code} {now.date().isoformat()}"), trouble)
