"""When a territory lies in another: codes are prefix codes down to the community, grids stand each alone."""

from collections.abc import Iterable

COMMUNITY_DIGITS = 12
"""Digits of a community's code (国统字〔2009〕91号); a grid's suffix after them has no fixed length."""

CITY_DIGITS = 4
"""Digits of a prefecture-level city's code."""

TOWN_DIGITS = 9
"""Digits of a town's code: a matter known no nearer than its district has no place yet."""


def lies_in(territory: str, ground: str) -> bool:
    """Say whether a territory is `ground` or below it; grid 001A is not above grid 001AB."""
    return territory == ground or (len(ground) <= COMMUNITY_DIGITS and territory.startswith(ground))


def is_whole(reach: Iterable[str]) -> bool:
    """Say whether some ground is a whole city's: what is everybody's is open from there only."""
    return any(len(prefix) <= CITY_DIGITS for prefix in reach)
