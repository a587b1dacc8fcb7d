"""What we need of a journal: append-only entries per matter, each with its canonical bytes and leaf hash."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from msgspec import Struct


class StoredEntry(Struct, frozen=True):
    """One entry as it lies in the store. `body` is canonical JSON, `leaf` its RFC 6962 leaf hash."""

    matter: UUID
    seq: int
    at: datetime
    step: str
    body: bytes
    leaf: bytes
    position: int = 0


class Sight(Struct, frozen=True):
    """Who looks at a matter: the ground and the unit a post answers for, or the account of a resident.

    A resident sees what they asked for; with `lets_parties_in` also a case in which they are a party, or
    speak for one.
    """

    ground: tuple[str, ...] = ()
    unit: str = ""
    account: UUID | None = None
    lets_parties_in: bool = False


def leaf_hash(body: bytes) -> bytes:
    """Return the hash a Merkle log keeps for an entry: SHA-256 of 0x00 and the body (RFC 6962 §2.1)."""
    return sha256(b"\x00" + body).digest()


class Journal(Protocol):
    """Reading entries; they are added through a `Unit`, together with what follows from them."""

    async def entries(self, matters: Sequence[UUID]) -> Mapping[UUID, Sequence[StoredEntry]]:
        """Return the entries of some matters in order; a matter without any is absent."""
        ...

    async def entries_seen(self, matter: UUID, sight: Sight) -> Sequence[StoredEntry]:
        """Return the entries of a matter in order, none if it is not there or not to be seen: who may see it
        is part of the question.
        """
        ...

    def all_entries(self) -> AsyncIterator[Sequence[StoredEntry]]:
        """Yield batches of all entries, ordered by matter and sequence, in one consistent view."""
        ...
