"""What everybody may see of a matter. What a pack does not publish is absent, never empty by chance."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct


class Word(Struct, frozen=True):
    """A name of a pack with its word in the reader's language."""

    name: str
    word: str


class PointView(Struct, frozen=True):
    """A point in WGS-84 degrees that stands for a whole territory; never where something really is."""

    lon: float
    lat: float


class PublicView(Struct, frozen=True, omit_defaults=True):
    """A matter as everybody may see it. `says` is where it stands, in plain words."""

    procedure: Word
    number: str | None = None
    is_closed: bool | None = None
    state: Word | None = None
    says: str | None = None
    kind: Word | None = None
    category: Word | None = None
    subject: str | None = None
    territory: Word | None = None
    middle: PointView | None = None
    channel: Word | None = None
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    resolved_at: datetime | None = None
    due_on: date | None = None
    lead: Word | None = None
    outcome: Word | None = None
    reply: str | None = None
    satisfaction: str | None = None


class PublicPage(Struct, frozen=True):
    """A page of the public list, newest first; `next` is the key of the page after it."""

    matters: tuple[PublicView, ...]
    next: str | None


class ProgressLine(Struct, frozen=True):
    """When a matter came to stand somewhere, in plain words."""

    at: datetime
    state: Word
    says: str


class ProgressView(Struct, frozen=True):
    """A matter as everybody may see it, and how it came there."""

    matter: PublicView
    progress: tuple[ProgressLine, ...]


class Row(Struct, frozen=True):
    """A row of the read table with the columns that may become public."""

    id: UUID
    number: str
    procedure: str
    version: str
    state: str
    since: datetime
    kind: str
    channel: str
    category: str
    territory: str
    opened_at: datetime
    resolved_at: datetime | None
    due_at: datetime | None
    lead_unit: str
    outcome: str
    satisfaction: str | None
    ended_at: datetime | None
    subject: str | None
