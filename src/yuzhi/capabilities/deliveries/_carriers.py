"""What carries a letter away. A carrier returns when the letter is out of our hands for good, or raises."""

import asyncio
import os
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Letter(Struct, frozen=True):
    """A letter with its words filled in, to a unit or to a requester or party known by reference.

    `address` is where a channel takes it; `count` says how many letters went into this one.
    """

    id: UUID
    matter: UUID | None
    number: str
    name: str
    unit: str
    requester: UUID | None
    title: str
    body: str
    at: datetime
    address: str = ""
    count: int = 1
    person: UUID | None = None


class Undelivered(Exception):
    """The carrier could not deliver. `is_final` says that trying again would not help.

    `retry_after` is how many seconds the other side asked us to leave it alone.
    """

    def __init__(self, reason: str, *, is_final: bool = False, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.retry_after = retry_after


class Carrier(Protocol):
    """Takes letters to people. Carrying the same letter twice must do no harm."""

    async def carry(self, letter: Letter) -> None:
        """Deliver a letter or raise `Undelivered`."""
        ...


class Maildrop:
    """Writes each letter as a file into a folder, for a gateway or a printer to take from there.

    Its first line says whom it is for: `To: unit:…`, `To: requester:…` or `To: party:…` with the
    reference, no name.
    """

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
                file.write(f"{_addressee(letter)}# {letter.title}\n\n{letter.body}\n")
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise Undelivered(f"{type(error).__name__}: {error.strerror}") from error


def _addressee(letter: Letter) -> str:
    if letter.unit:
        return f"To: unit:{letter.unit}\n\n"
    if letter.person:
        return f"To: party:{letter.person}\n\n"
    return f"To: requester:{letter.requester}\n\n" if letter.requester else ""
