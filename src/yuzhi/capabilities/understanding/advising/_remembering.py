"""Filling the memory: the past from the newest matter back, then each matter as it is opened."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
import structlog

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.advising import _queries as queries
from yuzhi.capabilities.understanding.advising._memory import Memory

log = structlog.get_logger()

_FED_AT_ONCE: Final = 200
_BETWEEN_LOOKS: Final = 2.0  # seconds
_BETWEEN_PIECES: Final = 0.02  # seconds, so that requests get their turn while the memory fills
_LAST: Final = UUID(int=(1 << 128) - 1)

Work = Callable[[Callable[[], None]], Awaitable[None]]
"""Does something in the thread the memory belongs to."""


async def remember(pool: asyncpg.Pool, memory: Memory, work: Work, *, most: int) -> None:
    """Remember matters for as long as the process runs, through outages of the database."""
    if not most:
        return
    while True:
        try:
            await _remember_and_follow(pool, memory, work, most)
        except (Refusal, OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as trouble:
            log.warning("matters are not remembered for suggestions", trouble=str(trouble))
        await asyncio.sleep(_BETWEEN_LOOKS)


async def _remember_and_follow(pool: asyncpg.Pool, memory: Memory, work: Work, most: int) -> None:
    cursor = await queries.horizon(pool)
    last = _LAST
    while len(memory) < most and (fed := await queries.older_than(pool, last, most=_FED_AT_ONCE)):
        await work(partial(memory.add, fed))
        last = UUID(fed[-1][0])
        await asyncio.sleep(_BETWEEN_PIECES)
    while True:
        fed, cursor, is_more = await queries.newer_than(pool, cursor, most=_FED_AT_ONCE)
        if fed:
            await work(partial(memory.add, fed))
        await asyncio.sleep(_BETWEEN_PIECES if is_more else _BETWEEN_LOOKS)
