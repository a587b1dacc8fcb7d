"""Hours in which nobody is disturbed, in the city's time; they may reach over midnight."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


class Quiet(Struct, frozen=True):
    """From one time of day to another; the same twice means never."""

    begins: time
    ends: time

    def put_off(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Return the first instant from `at` on at which somebody may be disturbed."""
        here = at.astimezone(zone)
        clock = here.time().replace(tzinfo=None)
        if self.begins == self.ends:
            return at
        over_midnight = self.begins > self.ends
        is_quiet = (
            clock >= self.begins or clock < self.ends if over_midnight else self.begins <= clock < self.ends
        )
        if not is_quiet:
            return at
        day = here.date() + timedelta(days=over_midnight and clock >= self.begins)
        return datetime.combine(day, self.ends, zone).astimezone(at.tzinfo)


NEVER = Quiet(time(0), time(0))


def parse_quiet(text: str) -> Quiet:
    """Return the hours of a text such as `21:00-08:00`, none of an empty one; raise ValueError else."""
    if not text.strip():
        return NEVER
    if not (found := _SPAN.fullmatch(text.strip())):
        raise ValueError(text)
    first, second, third, fourth = map(int, found.groups())
    return Quiet(time(first, second), time(third, fourth))
