"""A published matter as a GeoReport request: two statuses only, and everything else in plain words."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from msgspec import Struct

from yuzhi.capabilities.open311._services import CHANNEL, code_for
from yuzhi.capabilities.sharing import PublicView, Rule

NEEDED = ("number", "state", "opened_at")
"""Fields a procedure must publish for its matters to be told as requests."""


class Extended(Struct, frozen=True):
    """What GeoReport has no words for, given when `extensions=true`."""

    procedure: str
    state: str | None
    kind: str | None
    channel: str | None
    outcome: str | None
    satisfaction: str | None
    category: str | None
    territory: str | None
    resolved_datetime: datetime | None


class Request(Struct, frozen=True):
    """A request of GeoReport v2. Nobody's name, telephone or e-mail is in it."""

    service_request_id: str
    status: str
    status_notes: str | None
    service_name: str | None
    service_code: str
    description: str | None
    agency_responsible: str | None
    service_notice: str | None
    requested_datetime: datetime
    updated_datetime: datetime | None
    expected_datetime: datetime | None
    address: str | None
    address_id: str | None
    zipcode: str | None
    lat: float | None
    long: float | None
    media_url: str | None
    extended_attributes: Extended | None = None


def can_be_told(rule: Rule) -> bool:
    """Say whether a procedure is open to this channel and publishes what a request cannot do without."""
    return CHANNEL in rule.procedure.opening.channels and rule.shows(*NEEDED)


def requests(views: Sequence[PublicView], zone: ZoneInfo, *, extended: bool) -> list[Request]:
    """Return published matters as requests; times are told in the city's zone."""
    return [_request(view, zone, extended=extended) for view in views]


def _request(view: PublicView, zone: ZoneInfo, *, extended: bool) -> Request:
    assert view.number is not None, "only rules that publish numbers are asked"
    assert view.opened_at is not None, "only rules that publish when matters were opened are asked"
    notes = [view.says, view.outcome.word if view.outcome else None, view.reply]
    category = view.category.name if view.category else ""
    due = datetime.combine(view.due_on, time(23, 59, 59), zone) if view.due_on else None
    return Request(
        service_request_id=view.number,
        status="closed" if view.is_closed else "open",
        status_notes="\n".join(note for note in notes if note) or None,
        service_name=(view.category or view.procedure).word,
        service_code=code_for(view.procedure.name, category),
        description=view.subject,
        agency_responsible=view.lead.word if view.lead else None,
        service_notice=None,
        requested_datetime=_told(view.opened_at, zone),
        updated_datetime=_told(view.changed_at, zone) if view.changed_at else None,
        expected_datetime=due,
        address=view.territory.word if view.territory else None,
        address_id=view.territory.name if view.territory else None,
        zipcode=None,
        lat=view.middle.lat if view.middle else None,
        long=view.middle.lon if view.middle else None,
        media_url=None,
        extended_attributes=_extended(view, zone) if extended else None,
    )


def _extended(view: PublicView, zone: ZoneInfo) -> Extended:
    return Extended(
        procedure=view.procedure.name,
        state=view.state.name if view.state else None,
        kind=view.kind.name if view.kind else None,
        channel=view.channel.name if view.channel else None,
        outcome=view.outcome.name if view.outcome else None,
        satisfaction=view.satisfaction,
        category=view.category.name if view.category else None,
        territory=view.territory.name if view.territory else None,
        resolved_datetime=_told(view.resolved_at, zone) if view.resolved_at else None,
    )


def _told(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(microsecond=0)
