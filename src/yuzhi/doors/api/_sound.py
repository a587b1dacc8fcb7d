"""What no database could keep or compare: refused before any room sees it, however deep it stands."""

import re
from datetime import UTC, datetime
from typing import Final

import msgspec

from yuzhi.base.refusal import Refusal

LONGEST: Final = 20_000  # characters of a text
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def sound(*given: object) -> None:
    """Check every text in what was given.

    Raises Refusal `text.control_character`, `text.not_unicode` and `text.too_long`.
    """
    for one in given:
        _check(msgspec.to_builtins(one, str_keys=True), "text")


def instant(name: str, at: datetime | None) -> datetime | None:
    """Return an instant in UTC; raise Refusal `list.bad_filter` without a zone or beyond all telling."""
    try:
        if at is None or at.tzinfo is not None:
            return at.astimezone(UTC) if at is not None else None
    except OverflowError:
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
