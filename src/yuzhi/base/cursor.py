"""Where a page of a list ended, told so that a client can hand it back and need not read it."""

import base64
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from yuzhi.base.refusal import Refusal

Position = tuple[datetime, UUID]
"""A row's key in an ordered list: its instant, and its identity where instants are the same."""
LAST: Final = datetime.max  # noqa: DTZ901 - how the driver tells infinity, and takes it
"""The instant of a row that has none and stands after all others: PostgreSQL's `infinity`."""
_NEVER: Final = "infinity"


def written(position: Position) -> str:
    """Return a position as opaque text."""
    at, id_ = position
    told = _NEVER if at == LAST else at.isoformat()
    return base64.urlsafe_b64encode(f"{told} {id_}".encode()).decode()


def read(text: str | None) -> Position | None:
    """Return the position that was written, in UTC; None where there is none.

    Raises Refusal `list.bad_cursor`.
    """
    if text is None:
        return None
    try:
        told, id_ = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        if told == _NEVER:
            return LAST, UUID(id_)
        at = datetime.fromisoformat(told)
        if at.tzinfo is not None:
            return at.astimezone(UTC), UUID(id_)
    except (ValueError, OverflowError):  # also what is no base64: binascii.Error is a ValueError
        raise Refusal("list.bad_cursor") from None
    raise Refusal("list.bad_cursor")
