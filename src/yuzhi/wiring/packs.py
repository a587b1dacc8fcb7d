"""What the commands about packs are handed."""

from functools import partial

from yuzhi.doors.cli import packs
from yuzhi.settings import Settings
from yuzhi.wiring.calendar import calendar_of


def for_packs(settings: Settings) -> packs.Needs:
    """Hand `yuzhi packs` the folders and, when asked for, the calendar."""
    return packs.Needs(
        packs=settings.packs, calendar=partial(calendar_of, settings), language=settings.language
    )
