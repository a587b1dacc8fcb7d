"""From rows to what everybody may see: coarsened, in words, scrubbed. What no rule names stays inside."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from msgspec.structs import replace

from yuzhi.base import cursor
from yuzhi.base.actor import CLOCK
from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.sharing._queries import Sought, by_numbers, find, unsealed
from yuzhi.capabilities.sharing._rules import Rule, rules
from yuzhi.capabilities.sharing._scrubbing import scrub
from yuzhi.capabilities.sharing._views import (
    PointView,
    ProgressLine,
    ProgressView,
    PublicPage,
    PublicView,
    Row,
    Word,
)
from yuzhi.capabilities.sharing._window import Window

MOST = 200
Value = TypeVar("Value")


async def public_list(
    window: Window, sought: Sought, language: str, *, after: str | None = None, most: int = 50
) -> PublicPage:
    """Return a page of what everybody may see, newest first.

    Raises Refusal `list.bad_cursor` and `list.too_wide`.
    """
    most = max(1, min(most, MOST))
    sought = replace(sought, after=cursor.read(after))
    rows = await find(window.pool, rules(window.shelf), window.places().roots(), sought, most=most + 1)
    shown = rows[:most]
    key = cursor.written((shown[-1].opened_at, shown[-1].id)) if len(rows) > most else None
    return PublicPage(matters=tuple(await told(window, shown, language)), next=key)


async def public_matter(window: Window, number: str, language: str) -> ProgressView:
    """Return a matter and how it came where it stands; refuse `matter.not_found` unless it is published."""
    rows = await by_numbers(window.pool, rules(window.shelf), [number] if is_matter_number(number) else [])
    if not rows:
        raise Refusal("matter.not_found", matter=number[:40])
    rule = _by_version(window)[rows[0].procedure, rows[0].version]
    view = (await told(window, rows, language))[0]
    entries = await matters.history(window.office, rows[0].id, CLOCK) if rule.shows("state") else ()
    return ProgressView(matter=view, progress=tuple(_progress(window, rule, entries, language)))


async def told(window: Window, rows: Sequence[Row], language: str) -> list[PublicView]:
    """Return rows as everybody may see them."""
    known = _by_version(window)
    replies = await _replies(
        window, [row.id for row in rows if known[row.procedure, row.version].shows("reply")]
    )
    return [
        _view(window, known[row.procedure, row.version], row, replies.get(row.id), language) for row in rows
    ]


def _by_version(window: Window) -> Mapping[tuple[str, str], Rule]:
    return {(one.procedure.name, one.procedure.version): one for one in rules(window.shelf)}


async def _replies(window: Window, wanted: Sequence[UUID]) -> Mapping[UUID, str]:
    """Return the replies of some matters, as far as there are any."""
    if not wanted:
        return {}
    wanted = await unsealed(window.pool, wanted)
    refs = {one.id: one.texts.get("reply") for one in await matters.standings(window.office, wanted)}
    texts = await window.office.unit.texts([ref.id for ref in refs.values() if ref])
    return {id_: text for id_, ref in refs.items() if ref and (text := texts.get(ref.id))}


def _view(window: Window, rule: Rule, row: Row, reply: str | None, language: str) -> PublicView:
    procedure, shelf, places = rule.procedure, window.shelf, window.places()
    zone = window.office.calendar.zone

    def word(section: str, name: str) -> Word | None:
        if not name:
            return None
        return Word(name, shelf.word(rule.pack, f"{section}.{name}", language))

    def shown(field: str, value: Value | None) -> Value | None:
        return value if rule.shows(field) and value else None

    area = row.territory[: rule.digits]
    centre = places.centre(area) if area else None
    shows_state = rule.shows("state")
    return PublicView(
        procedure=Word(procedure.name, shelf.word(rule.pack, f"procedure.{procedure.name}", language)),
        number=shown("number", row.number),
        is_closed=row.ended_at is not None if shows_state else None,
        state=word("state", row.state) if shows_state else None,
        says=shelf.word(rule.pack, f"resident.{row.state}", language) if shows_state else None,
        changed_at=row.since if shows_state else None,
        kind=shown("kind", word("kind", row.kind)),
        category=shown("category", word("category", row.category)),
        subject=shown("subject", scrub(row.subject) if row.subject else None),
        territory=Word(area, places.place_name(area)) if area else None,
        middle=PointView(lon=centre[0], lat=centre[1]) if centre else None,
        channel=shown("channel", word("channel", row.channel)),
        opened_at=shown("opened_at", row.opened_at),
        resolved_at=shown("resolved_at", row.resolved_at),
        due_on=shown("due_on", _last_day(row.due_at.astimezone(zone)) if row.due_at else None),
        lead=shown("lead", Word(row.lead_unit, places.unit_name(row.lead_unit)) if row.lead_unit else None),
        outcome=shown("outcome", word("outcome", row.outcome)),
        reply=shown("reply", scrub(reply) if reply else None),
        satisfaction=shown("satisfaction", row.satisfaction),
    )


def _last_day(due_at: datetime) -> date:
    """Return the last day of a limit, whose due instant is the first one that is too late."""
    return (due_at - timedelta(seconds=1)).date()


def _progress(
    window: Window, rule: Rule, entries: Sequence[matters.EntryView], language: str
) -> list[ProgressLine]:
    """Return when a matter came to stand in each of the states that are published."""
    lines: list[ProgressLine] = []
    public = rule.procedure.public.states
    for entry in entries:
        for fact in entry.facts:
            state = str(fact.get("state" if fact["fact"] == "opened" else "entered", ""))
            stood = fact.get("left")
            if fact["fact"] not in {"opened", "step_taken"} or state == stood or state not in public:
                continue
            says = window.shelf.word(rule.pack, f"resident.{state}", language)
            word = Word(state, window.shelf.word(rule.pack, f"state.{state}", language))
            lines.append(ProgressLine(at=entry.at, state=word, says=says))
    return lines
