"""A served town whose clock tests move on, and whose short messages they read."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fakes.served import CLERK, Served, served
from yuzhi.capabilities.deliveries import PostRoom, deliver_due
from yuzhi.wiring.centre import agreement_letters


@dataclass
class Clock:
    """The time it is, moved on by tests."""

    at: datetime = field(default_factory=lambda: datetime(2026, 11, 2, 2, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Bench:
    """A served town, its clock and the folder short messages go to."""

    city: Served
    clock: Clock
    room: PostRoom
    drop: Path

    async def messages(self) -> list[str]:
        """Carry what is queued, and return all short messages so far."""
        await deliver_due(self.room, self.clock, most=100)
        return [one.read_text(encoding="utf-8") for one in sorted(self.drop.glob("*.md"))]

    async def code_for(self, phone: str) -> str:
        """Return the newest code sent to a telephone."""
        mine = [one for one in await self.messages() if phone in one and "验证码" in one]
        found = re.search(r"验证码 (\d{6})", mine[-1])
        assert found, mine
        return found[1]

    async def a_scan(self, by: str = CLERK) -> str:
        """Return a scanned paper that somebody put into the file store."""
        kept = await self.city.ask("POST", "/files", by, content=b"%PDF-1.7 signed paper")
        assert kept.status_code == 201, kept.text
        file: str = kept.json()["file"]
        return file


@asynccontextmanager
async def a_bench(dsn: str, home: Path, **told: Any) -> AsyncIterator[Bench]:
    """Serve the town under a clock of its own."""
    clock = Clock()
    async with served(dsn, home, now=clock, **told) as made:
        errands = agreement_letters(made.assembly.settings, made.needs.centre.agreements, clock)
        room = replace(made.needs.post.room, others={**made.needs.post.room.others, **errands})
        yield Bench(made, clock, room, home / "outbox" / "sms")
