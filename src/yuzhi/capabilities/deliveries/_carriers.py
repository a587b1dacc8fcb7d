"""What carries a letter away. A carrier returns when the letter is out of our hands for good, or raises."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.store.postgres.pool import acquired


class Letter(Struct, frozen=True):
    """A letter with its words filled in, to a unit or to a requester known by reference."""

    id: UUID
    matter: UUID | None
    number: str
    name: str
    unit: str
    requester: UUID | None
    title: str
    body: str
    at: datetime


class Undelivered(Exception):
    """The carrier could not deliver. `is_final` says that trying again would not help."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


class Carrier(Protocol):
    """Takes letters to people. Carrying the same letter twice must do no harm."""

    async def carry(self, letter: Letter) -> None:
        """Deliver a letter or raise `Undelivered`."""
        ...


class Inbox:
    """Puts letters into the inbox that units and requesters read in the product itself."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def carry(self, letter: Letter) -> None:
        """Add a notice; a second time changes nothing."""
        async with acquired(self._pool) as conn:
            await conn.execute(
                "insert into notice (delivery_id, matter_id, unit, requester, title, body, at)"
                " values ($1, $2, $3, $4, $5, $6, $7) on conflict (delivery_id) do nothing",
                letter.id,
                letter.matter,
                letter.unit,
                letter.requester,
                letter.title,
                letter.body,
                letter.at,
            )


class Maildrop:
    """Writes each letter as a file into a folder, for a gateway or a printer to take from there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def carry(self, letter: Letter) -> None:
        """Write the letter durably; the same letter has the same file name."""
        await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            target = self._folder / f"{letter.number}-{letter.name}-{letter.id}.md"
            partial = target.with_suffix(".part")
            with partial.open("w", encoding="utf-8") as file:
                file.write(f"# {letter.title}\n\n{letter.body}\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise Undelivered(f"{type(error).__name__}: {error.strerror}") from error
