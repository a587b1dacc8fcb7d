"""What no database could keep or compare: refused before any room sees it, however deep it stands."""

import re
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from litestar.params import QueryParameter

from yuzhi.base.refusal import Refusal

LONGEST: Final = 20_000  # characters of a text
AskedInstant = Annotated[str | None, QueryParameter(schema_extra={"format": "date-time"})]
"""An instant in a query: RFC 3339; `instant` reads it."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def sound(*given: object) -> None:
    """Check every text in what was given.

    Raises Refusal `text.control_character`, `text.not_unicode` and `text.too_long`.
    """
    for one in given:
        _check(msgspec.to_builtins(one, str_keys=True), "text")


def instant(name: str, told: str | None) -> datetime | None:
    """Return the instant a query names, in UTC.

    Raises Refusal `list.bad_filter` for what is not RFC 3339, has no zone or is beyond all telling. Asked for
    as an instant, a number would be taken for seconds of 1970 before anybody could see it.
    """
    if told is None:
        return None
    try:
        at = msgspec.convert(told, datetime)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        pass
    raise Refusal("list.bad_filter", filter=name)


def _check(told: object, name: str) -> None:
    if isinstance(told, str):
        if len(told) > LONGEST:
            raise Refusal("text.too_long", text=name, most=LONGEST, given=len(told))
        if _CONTROL.search(told):
            raise Refusal("text.control_character", text=name)
        try:
            told.encode()
        except UnicodeEncodeError:
            raise Refusal("text.not_unicode", text=name) from None
    elif isinstance(told, dict):
        for key, value in told.items():
            _check(str(key), "key")
            _check(value, str(key)[:40])
    elif isinstance(told, list | tuple):
        for value in told:
            _check(value, name)
