"""Facts to journal entries and back: canonical JSON (RFC 8785: sorted keys, whole numbers, no space)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from msgspec import Struct

from yuzhi.base.actor import Actor, Hand
from yuzhi.engine.asks import TextRef
from yuzhi.engine.facts import Fact
from yuzhi.store.journal import StoredEntry, leaf_hash


class By(Struct, frozen=True, omit_defaults=True):
    """Who acted, as the journal remembers it: a post in a unit, a requester by reference, an engine hand."""

    hand: Hand
    id: str
    unit: str = ""


class Entry(Struct, frozen=True):
    """What one act did to one matter."""

    v: int
    matter: UUID
    seq: int
    at: datetime
    step: str
    by: By
    facts: tuple[Fact, ...]


_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry)


def encode(matter: UUID, seq: int, at: datetime, step: str, by: Actor, facts: Sequence[Fact]) -> StoredEntry:
    """Return the entry as it is stored; the same act gives the same bytes, whatever zone it is told in."""
    at = at.astimezone(UTC)
    entry = Entry(
        v=1, matter=matter, seq=seq, at=at, step=step, by=By(hand=by.hand, id=by.id, unit=by.unit),
        facts=tuple(facts),
    )  # fmt: skip
    body = _encoder.encode(entry)
    return StoredEntry(matter=matter, seq=seq, at=at, step=step, body=body, leaf=leaf_hash(body))


def decode(entry: StoredEntry) -> Entry:
    """Return what an entry says."""
    return _decoder.decode(entry.body)


def commit_to(text: str, *, id: UUID, salt: bytes) -> TextRef:  # noqa: A002
    """Return the reference a journal keeps to words: erasing words and salt leaves the digest unguessable."""
    return TextRef(id=id, digest=sha256(salt + text.encode()).hexdigest())
