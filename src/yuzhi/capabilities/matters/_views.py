"""What this room hands out: frozen shapes, whole in themselves, with nothing in them to write back."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.capabilities.matters._thread import ThreadPart
from yuzhi.engine.asks import FieldValue
from yuzhi.engine.matter import Assignment, Clock, Link, Matter


class OpenedView(Struct, frozen=True):
    """What a new matter's opener is told at once."""

    id: UUID
    number: str
    procedure: str
    state: str
    category: str
    territory: str
    route: str
    lead_unit: str
    opened_at: datetime
    due_at: datetime | None
    version: int


class SteppedView(Struct, frozen=True):
    """Where a matter stands after a step, in short."""

    id: UUID
    number: str
    procedure: str
    state: str
    outcome: str
    version: int


class PlaceView(Struct, frozen=True):
    """A point in WGS-84 degrees."""

    lon: float
    lat: float


class MatterView(Struct, frozen=True):
    """A matter with its words, parts and limits; `version` is the number of its entries.

    `thread` are the matters it went through by hand-overs, itself included; empty if there is but this one.
    """

    id: UUID
    number: str
    pack: str
    pack_version: str
    procedure: str
    state: str
    since: datetime
    kind: str
    channel: str
    urgency: str
    category: str
    territory: str
    place: PlaceView | None
    texts: Mapping[str, str | None]
    opened_at: datetime
    updated_at: datetime
    version: int
    lead_unit: str
    assignments: tuple[Assignment, ...]
    clocks: tuple[Clock, ...]
    links: tuple[Link, ...]
    evidence: tuple[Mapping[str, str], ...]
    route: str
    reason: str
    outcome: str
    resolved_at: datetime | None
    reopen_until: datetime | None
    ended_at: datetime | None
    satisfaction: str | None
    is_solved: bool | None
    reopened: int
    urged: int
    supervised: int
    escalated: int
    has_requester: bool
    fields: Mapping[str, FieldValue] = {}
    came_over: str | None = None
    thread: tuple[ThreadPart, ...] = ()


class RowView(Struct, frozen=True):
    """A line of a worklist."""

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
    amber_at: datetime | None
    is_paused: bool
    is_breached: bool
    ended_at: datetime | None
    outcome: str
    urged: int
    supervised: int
    version: int


class PageView(Struct, frozen=True):
    """A page of a worklist; `next` is the key of the page after it, absent on the last one."""

    rows: tuple[RowView, ...]
    next: str | None


class CountView(Struct, frozen=True):
    """How many there are: counted up to a cap, and whether that is exact."""

    count: int
    is_exact: bool


class EntryView(Struct, frozen=True):
    """One journal entry as it is shown, with the words its facts refer to."""

    seq: int
    at: datetime
    step: str
    by: Mapping[str, str]
    facts: tuple[Mapping[str, object], ...]
    leaf: str


def stepped_view(matter: Matter) -> SteppedView:
    """Return in short where a matter stands."""
    return SteppedView(
        id=matter.id, number=matter.number, procedure=matter.procedure, state=matter.state,
        outcome=matter.outcome, version=matter.seq,
    )  # fmt: skip


def matter_view(
    matter: Matter, texts: Mapping[UUID, str | None], thread: tuple[ThreadPart, ...] = ()
) -> MatterView:
    """Return a matter as it is shown, with its words filled in."""
    place = matter.place
    return MatterView(
        id=matter.id, number=matter.number, pack=matter.pack, pack_version=matter.version,
        procedure=matter.procedure, state=matter.state, since=matter.since, kind=matter.kind,
        channel=matter.channel, urgency=matter.urgency, category=matter.category, territory=matter.territory,
        place=PlaceView(lon=place.lon_e6 / 1e6, lat=place.lat_e6 / 1e6) if place else None,
        texts={name: texts.get(ref.id) for name, ref in matter.texts.items()},
        opened_at=matter.opened_at, updated_at=matter.updated_at, version=matter.seq,
        lead_unit=matter.lead.unit if matter.lead else "", assignments=matter.assignments,
        clocks=matter.clocks, links=matter.links,
        evidence=tuple({"kind": one.kind, "file": one.file} for one in matter.evidence),
        route=matter.route,
        reason=matter.reason, outcome=matter.outcome, resolved_at=matter.resolved_at,
        reopen_until=matter.reopen_until, ended_at=matter.ended_at, satisfaction=matter.satisfaction,
        is_solved=matter.is_solved, reopened=matter.reopened, urged=matter.urged,
        supervised=matter.supervised, escalated=matter.escalated, has_requester=matter.requester != "",
        fields=matter.fields, came_over=matter.came_over, thread=thread,
    )  # fmt: skip
