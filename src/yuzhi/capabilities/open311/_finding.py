"""From the arguments of GET requests to what is looked for: windows of ninety days, a thousand at most."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.open311._asking import Arguments, one_of
from yuzhi.capabilities.open311._services import Service
from yuzhi.capabilities.sharing import Sought

SPAN = timedelta(days=90)
MOST = 1000
"""At most ninety days or a thousand requests, whichever is smaller (GeoReport v2, GET service requests)."""


class Wanted(Struct, frozen=True):
    """What a GET of requests asks for: some by their numbers, or else those that are sought."""

    numbers: tuple[str, ...] = ()
    sought: Sought = Sought()


def wanted(arguments: Arguments, services: tuple[Service, ...], now: datetime, zone: ZoneInfo) -> Wanted:
    """Return what is asked for; numbers override everything else.

    Raises Refusal `open311.unknown_service`, `open311.bad_status`, `open311.bad_date`,
    `open311.span_too_long` and `open311.too_many`.
    """
    if numbers := _list(arguments, "service_request_id"):
        if len(numbers) > MOST:
            raise Refusal("open311.too_many", most=MOST)
        return Wanted(numbers=numbers)
    known = {one.code: one for one in services}
    codes = _list(arguments, "service_code")
    if unknown := [code for code in codes if code not in known]:
        raise Refusal("open311.unknown_service", given=unknown[0][:80])
    since, until = _window(one_of(arguments, "start_date"), one_of(arguments, "end_date"), now, zone)
    chosen = [known[code] for code in codes] or list(services)
    return Wanted(
        sought=Sought(
            procedures=tuple(dict.fromkeys(one.procedure.name for one in chosen)),
            categories=tuple((one.procedure.name, one.category) for one in chosen) if codes else (),
            is_closed=_is_closed(_list(arguments, "status")),
            opened_from=since,
            opened_to=until,
        )
    )


def _list(arguments: Arguments, name: str) -> tuple[str, ...]:
    parts = [part.strip() for value in arguments.get(name, ()) for part in value.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def _is_closed(states: tuple[str, ...]) -> bool | None:
    if unknown := [one for one in states if one not in {"open", "closed"}]:
        raise Refusal("open311.bad_status", given=unknown[0][:40])
    return None if len(states) != 1 else states[0] == "closed"


def _window(start: str, end: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant looked at and the first one after; one bound alone opens ninety days."""
    since, until = _instant("start_date", start, zone), _instant("end_date", end, zone)
    try:
        if since is None:
            until = until or now
            since = until - SPAN
        elif until is None:
            until = since + SPAN
    except OverflowError:
        raise Refusal("open311.bad_date", argument="start_date" if start else "end_date") from None
    if until - since > SPAN or until < since:
        raise Refusal("open311.span_too_long", days=SPAN.days)
    # The end is meant to be in: instants are told to the second.
    return since, until + timedelta(seconds=1)


def _instant(name: str, text: str, zone: ZoneInfo) -> datetime | None:
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal("open311.bad_date", argument=name) from None
