"""From a delivery and its matter, the letter: a pack's template with its placeholders filled in."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from yuzhi.capabilities.deliveries._carriers import Letter
from yuzhi.capabilities.deliveries._claims import Claimed
from yuzhi.capabilities.matters import MatterView
from yuzhi.engine.definition import PARTIES, Pack, Procedure
from yuzhi.engine.vocabulary import CONFIDENTIAL

UNNAMED = "—"


def write(
    claimed: Claimed, matter: MatterView, procedure: Procedure, pack: Pack, *, unit: str, zone: ZoneInfo,
    language: str,
) -> Letter:  # fmt: skip
    """Return the letter of a delivery in a language; what is not known shows as a dash.

    The first line of a template is its title. `unit` is the name of the unit the matter is with.
    """
    template = pack.letters.get(claimed.letter, {})
    text = template.get(language) or next(iter(template.values()), claimed.letter)
    words = pack.words.get(language, {})
    values = _values(matter, procedure, words, unit, zone)
    if claimed.audience in PARTIES:  # the pack's checker refuses such words; what it missed shows as a dash
        values = {name: value for name, value in values.items() if name not in CONFIDENTIAL}
    filled = text.format_map(_Filling(values))
    title, _, body = filled.strip().partition("\n")
    return Letter(
        id=claimed.id, matter=matter.id, number=matter.number, name=claimed.letter, unit=claimed.unit,
        requester=claimed.requester, person=claimed.person, title=title.lstrip("# ").strip(),
        body=body.strip(), at=claimed.created_at,
    )  # fmt: skip


class _Filling(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return UNNAMED


def _values(
    matter: MatterView, procedure: Procedure, words: Mapping[str, str], unit: str, zone: ZoneInfo
) -> dict[str, object]:
    clock = next((one for one in reversed(matter.clocks) if one.name == procedure.leading_clock), None)
    told = {
        "number": matter.number,
        "title": words.get(f"procedure.{procedure.name}") or words.get(procedure.name) or procedure.name,
        "state": words.get(f"state.{matter.state}") or words.get(matter.state) or matter.state,
        "unit": unit,
        "due_on": _day(clock.due_at if clock else None, zone),
        "opened_at": _minute(matter.opened_at, zone),
        "reopen_until": _day(matter.reopen_until, zone),
        "outcome": words.get(f"outcome.{matter.outcome}") or words.get(matter.outcome) or matter.outcome,
        "reply": matter.texts.get("reply"),
        "reason": matter.texts.get("reason") or words.get(f"reason.{matter.reason}"),
        "subject": matter.texts.get("subject"),
        "called_for": matter.fields.get("called_for"),
        "amount": clock.extended[-1] if clock and clock.extended else None,
    }
    return {name: value for name, value in told.items() if value}


def _day(at: datetime | None, zone: ZoneInfo) -> str | None:
    # A deadline is the first instant that is too late: the last day is the one before midnight.
    return f"{datetime.fromtimestamp(at.timestamp() - 1, zone):%Y-%m-%d}" if at else None


def _minute(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
