"""What lists are asked by, made fit for the database or refused before it sees it."""

from datetime import UTC, datetime

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._words import clean

MOST = 200
"""Characters of one value: names and codes are shorter."""


def fit(name: str, value: object) -> object:
    """Return a filter's value: texts as they are, instants in UTC, several as a list.

    Raises Refusal `list.bad_filter` for an instant without a zone or beyond what can be told, and for
    a text that is no name.
    """
    if isinstance(value, (tuple, list)):
        return [fit(name, one) for one in value]
    if isinstance(value, datetime):
        try:
            if value.tzinfo is not None:
                return value.astimezone(UTC)
        except OverflowError:
            pass
        raise Refusal("list.bad_filter", filter=name)
    if isinstance(value, str):
        try:
            clean(name, value, most=MOST)
        except Refusal as refusal:
            raise Refusal("list.bad_filter", filter=name) from refusal
    return value
