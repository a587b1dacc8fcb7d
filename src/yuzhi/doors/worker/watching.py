"""Watches over the worker and the backups from where requests are served, and calls those on duty.

Nobody else would: whoever carries letters is the one that is missed. So what is written here is carried here.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import structlog

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.condition import Alarm, LimitsView, alarms_of
from yuzhi.capabilities.deliveries import PostRoom, call, carry_due
from yuzhi.doors.wording import Language, word
from yuzhi.store.postgres.pool import acquired

log = structlog.get_logger()

LOOKING = 30.0  # seconds between looks


@dataclass(frozen=True)
class WatchNeeds:
    """What watching is handed by the wiring; `told` gives the units of those on duty."""

    pool: asyncpg.Pool
    room: PostRoom
    limits: LimitsView
    told: Callable[[], Sequence[str]]
    language: Language
    now: Callable[[], datetime]


async def run(needs: WatchNeeds) -> None:
    """Look again and again, until cancelled."""
    since = needs.now()
    while True:
        await asyncio.sleep(LOOKING)
        try:
            await look(needs, since)
        except Refusal as refusal:
            log.warning("nobody looked after worker and backups", code=refusal.code)
        except Exception:
            log.exception("looking after worker and backups broke")


async def look(needs: WatchNeeds, since: datetime) -> None:
    """Look once; what is wrong is told to those on duty, once."""
    async with acquired(needs.pool) as conn:
        found = await alarms_of(conn, needs.limits, needs.now(), watching_since=since)
    for alarm in found:
        await _call(needs, alarm)


async def _call(needs: WatchNeeds, alarm: Alarm) -> None:
    said = word(alarm.refusal, needs.language)
    units = needs.told()
    letters = await call(
        needs.room, units, about=alarm.id, name=alarm.refusal.code, words=(said.says, said.do),
        now=needs.now(),
    )  # fmt: skip
    if not letters:
        return
    log.error("those on duty are called", code=alarm.refusal.code, told=list(units), **alarm.refusal.facts)
    for channel in needs.room.channels:
        await carry_due(needs.room, channel, needs.now, only=letters)
