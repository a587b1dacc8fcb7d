"""Heartbeats: what each process says of its own work, so that one that hangs is told from one at rest."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
import structlog

from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.condition._views import BeatView, WorkView
from yuzhi.store.postgres.pool import acquired

log = structlog.get_logger()

WORKER: Final = "worker"
EVERY: Final = 10.0  # seconds between beats
LATE: Final = timedelta(seconds=45)
GONE: Final = timedelta(minutes=2)
FORGOTTEN: Final = timedelta(days=1)
"""What died without leaving is shown as gone for so long, then it is nobody's business any more."""


class Beats:
    """What one process notes of its work in memory, and writes down while it lives.

    `name` is what kind of process it is, such as `worker`. An object belongs to one run of a process.
    """

    def __init__(self, name: str, now: Callable[[], datetime], entropy: bytes) -> None:
        self._now = now
        self._started_at = now()
        self.id: UUID = uuid7(self._started_at, entropy)
        self._name = name
        self._work: dict[str, dict[str, Any]] = {}

    def noted(self, work: str, round_: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
        """Return a round of some work that notes when it was begun and done, and what troubled it."""
        note = self._work.setdefault(
            work, {"begun_at": None, "done_at": None, "trouble": "", "troubled_at": None}
        )

        async def noting() -> bool:
            note["begun_at"] = self._now()
            try:
                more = await round_()
            except Exception as error:
                code = error.code if isinstance(error, Refusal) else type(error).__name__
                if code != "matter.stale":  # somebody was quicker: that is no trouble
                    note["trouble"], note["troubled_at"] = code, self._now()
                raise
            else:
                note["done_at"] = self._now()
                note["trouble"] = ""
                return more
            finally:
                note["begun_at"] = None

        return noting

    @asynccontextmanager
    async def living(self, pool: asyncpg.Pool) -> AsyncIterator[None]:
        """Say again and again that this process lives, for as long as the block runs; then take leave."""
        beating = asyncio.create_task(self._beat(pool))
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait({beating})
            with suppress(Refusal):  # whoever cannot take leave is missed for a day: no more than that
                await self._leave(pool)

    async def _beat(self, pool: asyncpg.Pool) -> None:
        while True:
            try:
                await self.write(pool)
            except Refusal as refusal:
                log.warning("nobody was told that this process lives", code=refusal.code)
            except Exception:
                log.exception("telling that this process lives broke")
            await asyncio.sleep(EVERY)

    async def write(self, pool: asyncpg.Pool) -> None:
        """Write down that this process lives and what it does; forget those that died long ago."""
        now = self._now()
        async with acquired(pool) as conn:
            await conn.execute(
                "insert into process_beat (id, name, host, pid, version, started_at, seen_at, work)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8)"
                " on conflict (id) do update set seen_at = excluded.seen_at, work = excluded.work",
                self.id, self._name, socket.gethostname(), os.getpid(), version("yuzhi"), self._started_at,
                now, msgspec.json.encode(self._work).decode(),
            )  # fmt: skip
            await conn.execute("delete from process_beat where seen_at < $1", now - FORGOTTEN)

    async def _leave(self, pool: asyncpg.Pool) -> None:
        async with acquired(pool) as conn:
            await conn.execute(
                "update process_beat set left_at = $2, seen_at = $2 where id = $1", self.id, self._now()
            )


async def beats(conn: asyncpg.Connection, now: datetime) -> tuple[BeatView, ...]:
    """Return the processes that said they live, each with its work; those that fell silent are in it."""
    rows = await conn.fetch(
        "select name, host, pid, version, started_at, seen_at, work from process_beat"
        " where left_at is null order by name, started_at, id"
    )
    return tuple(
        BeatView(
            name=row["name"], host=row["host"], pid=row["pid"], version=row["version"],
            started_at=row["started_at"], seen_at=row["seen_at"], state=_state(now - row["seen_at"]),
            work=_work(row["work"]),
        )
        for row in rows
    )  # fmt: skip


async def worker_seen(conn: asyncpg.Connection) -> datetime | None:
    """Return when a worker was last seen, one that left in order too; None if there never was one."""
    seen: datetime | None = await conn.fetchval(
        "select max(seen_at) from process_beat where name = $1", WORKER
    )
    return seen


def _state(silent_for: timedelta) -> str:
    if silent_for > GONE:
        return "gone"
    return "late" if silent_for > LATE else "well"


def _work(text: str) -> tuple[WorkView, ...]:
    told: dict[str, dict[str, Any]] = json.loads(text)
    return tuple(msgspec.convert({"name": name, **one}, WorkView) for name, one in sorted(told.items()))
