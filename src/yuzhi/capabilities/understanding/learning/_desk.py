"""The schedule of study: which pack is due, one worker at a time, the work itself in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
import structlog
from msgspec import Struct

from yuzhi.base.apart import run_apart
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.learning._closed import (
    ClosedMatter,
    RecentMatter,
    closed_matters,
    recent_matters,
)
from yuzhi.capabilities.understanding.learning._studied import (
    Studied,
    read_studied,
    record,
    record_issues,
)
from yuzhi.engine.definition import Pack
from yuzhi.store.postgres.pool import acquired

log = structlog.get_logger()

MOST_CLOSED: Final = 50_000
MOST_RECENT: Final = 100_000
RECENT: Final = timedelta(days=180)
STUDY: Final = "yuzhi.capabilities.understanding.learning.training:study"
_LOCK: Final = 8312  # of the database: which worker studies


def described(pack: Pack) -> dict[str, tuple[str, ...]]:
    """Return the leaves of a pack's catalogue, each with its names and words, those above it included."""
    names = pack.words.get("zh", {})
    parents = {one.code.rpartition("/")[0] for one in pack.categories}
    found = {}
    for one in pack.categories:
        if one.code in parents:
            continue
        parts = one.code.split("/")
        chain = ("/".join(parts[:depth]) for depth in range(len(parts), 0, -1))
        named = (names.get(f"category.{code}", "") for code in chain)
        found[one.code] = tuple(word for word in (*named, *one.words) if word)
    return found


class Due(Struct, frozen=True):
    """A pack whose study is due, and when it was last studied."""

    pack: str
    since: datetime | None


Runner = Callable[[Path, Sequence[ClosedMatter], Sequence[RecentMatter], datetime], Awaitable[None]]
"""What runs a study to its end; it leaves its result in the folder."""


async def in_a_process(
    folder: Path, closed: Sequence[ClosedMatter], recent: Sequence[RecentMatter], at: datetime
) -> None:
    """Study in a process of its own, whose memory is given back; it ends when we are cancelled.

    Where there is no matter at all, that alone is put on record. Raises as `run_apart`.
    """
    if not closed and not recent:
        await asyncio.to_thread(_nothing, folder, at)
        return
    await run_apart(STUDY, folder, closed, recent, at)


def _nothing(folder: Path, at: datetime) -> None:
    record_issues(folder, ())
    record(folder, Studied(at=at, closed=0, problem="understanding.too-little"))


@dataclass(frozen=True)
class StudyDesk:
    """Where study happens: the folder of what was learnt, how often, and what runs it."""

    folder: Path
    every: timedelta
    packs: Callable[[], Sequence[str]]
    run: Runner = in_a_process

    def due(self, now: datetime) -> tuple[Due, ...]:
        """Return the packs whose last study is long enough ago."""
        found = []
        for pack in self.packs():
            last = read_studied(self.folder / pack)
            if last is None or now - last.at >= self.every:
                found.append(Due(pack, last.at if last else None))
        return tuple(found)

    async def study_due(self, pool: asyncpg.Pool, now: datetime) -> dict[str, Studied]:
        """Study the packs that are due, unless another worker does; return what came of each."""
        if not await asyncio.to_thread(self.due, now):
            return {}
        async with acquired(pool) as conn:
            if not await conn.fetchval("select pg_try_advisory_lock($1)", _LOCK):
                return {}
            try:
                # Somebody may have studied between our look and our lock.
                waiting = await asyncio.to_thread(self.due, now)
                return {one.pack: await self.study(conn, one.pack, now) for one in waiting}
            finally:
                await conn.execute("select pg_advisory_unlock($1)", _LOCK)

    async def study(self, conn: asyncpg.Connection, pack: str, now: datetime) -> Studied:
        """Study one pack now. A study that breaks is on record, and due again when any other would be."""
        closed = await closed_matters(conn, pack, most=MOST_CLOSED)
        recent = await recent_matters(conn, pack, now - RECENT, most=MOST_RECENT)
        folder = self.folder / pack
        try:
            await self.run(folder, closed, recent, now)
        except Exception as trouble:  # whatever is wrong with one pack's matters must not be tried all day
            problem = trouble.code if isinstance(trouble, Refusal) else "understanding.study-broke"
            log.exception("a study broke", pack=pack)
            await asyncio.to_thread(record, folder, Studied(at=now, closed=len(closed), problem=problem))
        done = await asyncio.to_thread(read_studied, folder)
        if done is None:
            raise Refusal("understanding.study-broke", pack=pack)
        return done
