"""From what a cell says to the instant meant, and an instant for a row that says none."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from yuzhi.base.refusal import Refusal

_EXCEL_BEGINS: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a wall clock without a zone, like the cells
_EPOCH_SECONDS: Final = 10**11  # later than this (the year 5138) milliseconds are meant
_FRACTIONS: Final = 1 << 64


def read_time(text: str, formats: tuple[str, ...], zone: ZoneInfo) -> datetime:
    """Return the aware instant a text stands for in the first format that fits it, in UTC.

    Formats are those of `strptime`, `iso` (ISO 8601), `excel` (days since 1899-12-30) and `epoch`
    (seconds or milliseconds since 1970). Raises Refusal `time.unreadable`.
    """
    for form in formats:
        try:
            found = _read(text, form)
        except (ValueError, OverflowError):
            continue
        try:
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError:  # the first or the last day there is
            continue
    raise Refusal("time.unreadable", given=text[:80], formats=list(formats))


def _read(text: str, form: str) -> datetime:
    match form:
        case "iso":
            return datetime.fromisoformat(text)
        case "excel":
            return _EXCEL_BEGINS + timedelta(seconds=round(float(text) * 86_400))
        case "epoch":
            number = float(text)
            return datetime.fromtimestamp(number if number < _EPOCH_SECONDS else number / 1000, UTC)
        case _:
            # Whether it has a zone is seen by the caller.
            return datetime.strptime(text, form)  # noqa: DTZ007


def spread(key: str, since: datetime, until: datetime) -> datetime:
    """Return an instant in [since, until) that follows from the key alone: the same row, the same time."""
    share = int.from_bytes(sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    seconds = int((until - since).total_seconds())
    return (since + timedelta(seconds=seconds * share // _FRACTIONS)).astimezone(UTC)
