"""What searching hands out: matters found, each with the passages in which it was found."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.capabilities.lexicon import PassageView


class FoundView(Struct, frozen=True):
    """A matter that was found."""

    id: UUID
    number: str
    procedure: str
    state: str
    kind: str
    urgency: str
    category: str
    territory: str
    lead_unit: str
    subject: str | None
    opened_at: datetime
    updated_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    outcome: str
    passages: tuple[PassageView, ...]


class FoundPage(Struct, frozen=True):
    """A page of what was found, newest first; `next` is the key of the page after it, absent on the last."""

    rows: tuple[FoundView, ...]
    terms: tuple[str, ...]
    next: str | None
