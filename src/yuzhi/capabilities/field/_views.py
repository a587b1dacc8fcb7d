"""What taking a batch in needs, and what it hands back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.store.files import Files


@dataclass(frozen=True)
class Depot:
    """What taking batches in needs."""

    office: Office
    pool: asyncpg.Pool
    files: Files


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
