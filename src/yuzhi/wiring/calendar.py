"""The workdays a city counts by."""

from importlib.resources import files

from yuzhi.base.refusal import Refusal
from yuzhi.engine.calendar import Calendar, parse_calendar
from yuzhi.settings import Settings


def calendar_of(settings: Settings) -> Calendar:
    """Return the shipped workday calendar with the city's own days laid over it."""
    shipped = files("yuzhi") / "data" / "calendar" / "cn.csv"
    calendar = parse_calendar(
        shipped.read_text(encoding="utf-8"),
        source="cn.csv",
        hours=settings.office_hours,
        zone=settings.timezone,
    )
    for file in settings.calendar_overrides:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as trouble:
            raise Refusal("calendar.file_unreadable", file=str(file), trouble=str(trouble)) from trouble
        calendar = calendar.with_overrides(text, source=str(file))
    return calendar
