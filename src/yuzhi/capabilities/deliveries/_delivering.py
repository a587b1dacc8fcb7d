"""One round of deliveries: claim some, write their letters, carry them, note how it went."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import structlog
from msgspec import Struct

from yuzhi.base.actor import CLOCK
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.deliveries._carriers import Carrier, Undelivered
from yuzhi.capabilities.deliveries._claims import Claimed, Tried, claim, settle
from yuzhi.capabilities.deliveries._letters import write
from yuzhi.capabilities.matters import Office

log = structlog.get_logger()

PATIENCE = 20.0
"""Seconds a carrier may take with one letter."""


Errand = Callable[[Claimed], Awaitable[None]]
"""Writes and carries a letter that is about no matter, or raises `Undelivered`."""


@dataclass(frozen=True)
class PostRoom:
    """What delivering needs: the matters, the carriers for units and for requesters, names of units.

    `others` are errands by audience, for letters that are about no matter.
    """

    office: Office
    pool: asyncpg.Pool
    to_units: tuple[Carrier, ...]
    to_requesters: tuple[Carrier, ...]
    unit_name: Callable[[str], str]
    language: str = "zh"
    at_once: int = 8
    others: Mapping[str, Errand] = field(default_factory=dict)


class Delivered(Struct, frozen=True):
    """What one round did."""

    claimed: int
    sent: int
    failed: int


async def deliver_due(room: PostRoom, now: Callable[[], datetime], *, most: int = 100) -> Delivered:
    """Deliver at most `most` letters whose time has come."""
    claimed = await claim(room.pool, now(), most)
    if not claimed:
        return Delivered(claimed=0, sent=0, failed=0)
    gate = asyncio.Semaphore(room.at_once)
    tried = await asyncio.gather(*(_deliver(room, one, gate) for one in claimed))
    await settle(room.pool, tried, now())
    failed = [one for one in tried if one.reason]
    return Delivered(claimed=len(claimed), sent=len(claimed) - len(failed), failed=len(failed))


async def _deliver(room: PostRoom, claimed: Claimed, gate: asyncio.Semaphore) -> Tried:
    async with gate:
        try:
            async with asyncio.timeout(PATIENCE):
                await _carry(room, claimed)
        except Undelivered as undelivered:
            return Tried(claimed.id, claimed.attempt, undelivered.reason, undelivered.is_final)
        except Refusal as refusal:
            return Tried(claimed.id, claimed.attempt, refusal.code)
        except TimeoutError:
            return Tried(claimed.id, claimed.attempt, "carrier.timed_out")
        except Exception as error:
            log.exception("a carrier broke", delivery=str(claimed.id))
            return Tried(claimed.id, claimed.attempt, f"carrier.broke: {type(error).__name__}")
    return Tried(claimed.id, claimed.attempt)


async def _carry(room: PostRoom, claimed: Claimed) -> None:
    if claimed.matter is None:
        errand = room.others.get(claimed.audience)
        if errand is None:
            raise Undelivered("carrier.missing", is_final=True)
        await errand(claimed)
        return
    matter = await matters.view(room.office, claimed.matter, CLOCK)
    shelf = room.office.shelf
    letter = write(
        claimed,
        matter,
        shelf.procedure(matter.procedure, matter.pack_version),
        shelf.pack(matter.pack, matter.pack_version),
        unit=room.unit_name(claimed.unit or matter.lead_unit),
        zone=room.office.calendar.zone,
        language=room.language,
    )
    for carrier in room.to_units if claimed.unit else room.to_requesters:
        await carrier.carry(letter)
