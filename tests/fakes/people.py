"""Who acts in tests."""

from uuid import UUID

from yuzhi.base.actor import Actor, requester

CITY = "3302"
WATER, ROADS, DESK = "water", "roads", "desk"
SOMEBODY = str(UUID(int=7))


def post(*duties: str, unit: str = WATER, covers: tuple[str, ...] = (CITY,), id: str = "p1") -> Actor:  # noqa: A002
    """Return a post with some duties, of the water office and the whole city unless told otherwise."""
    return Actor(hand="post", id=id, unit=unit, duties=frozenset(duties), covers=covers)


def resident(id: str = SOMEBODY) -> Actor:  # noqa: A002
    """Return the person who asked."""
    return requester(id)
