"""Invented shifts: in every unit that watches by day and night, two posts a day take turns."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from yuzhi.capabilities.registry import Post, Shift

BEGINS = (8, 20)  # o'clock
LASTS = timedelta(hours=12)
COMMUNITY = 12
"""Digits of the code of a community, whose workers are about by day and stand no shifts."""


def shifts(posts: Iterable[Post], now: datetime, *, days: int = 31) -> tuple[Shift, ...]:
    """Return the shifts of some days from yesterday on; the posts of a unit take turns."""
    first = (now - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    watching = sorted((one for one in posts if len(one.territory) < COMMUNITY), key=lambda one: one.unit)
    found = []
    for unit, held in groupby(watching, key=lambda one: one.unit):
        crew = list(held)
        for turn in range(days * len(BEGINS)):
            day, half = divmod(turn, len(BEGINS))
            begins = first.replace(hour=BEGINS[half]) + timedelta(days=day)
            post = crew[turn % len(crew)]
            found.append(Shift(f"{unit}-{begins:%Y%m%d%H}", unit, post.id, "", begins, begins + LASTS))
    return tuple(found)
