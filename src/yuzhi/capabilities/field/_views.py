"""What taking a batch in needs, and what it hands back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office


@dataclass(frozen=True)
class Depot:
    """What taking batches in needs; `missing` gives those of some files that may not be attached."""

    office: Office
    pool: asyncpg.Pool
    missing: Callable[[Sequence[str]], Awaitable[Sequence[str]]]


class TakenView(Struct, frozen=True):
    """The matter an item opened or moved, as it stood right after."""

    id: UUID
    number: str
    procedure: str
    state: str
    version: int


class Outcome(Struct, frozen=True):
    """What became of an item: `taken` now, `repeated` (it was taken before) or `refused`."""

    id: str
    status: Literal["taken", "repeated", "refused"]
    matter: TakenView | None = None
    refusal: Refusal | None = None


class Taken(Struct, frozen=True):
    """What became of a batch, item by item in its order; `behind` is how far the device's clock was off."""

    at: datetime
    behind: int
    outcomes: tuple[Outcome, ...]
