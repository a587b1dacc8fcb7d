"""A worklist as a table: one line a matter, words of packs, names of places and units, local times."""

from collections.abc import Sequence

from yuzhi.capabilities.exports._room import ExportRoom, Teller, title
from yuzhi.capabilities.exports._words import WORDS
from yuzhi.capabilities.matters import RowView
from yuzhi.capabilities.typesetting import Block, Cell

COLUMNS = (
    "number", "subject", "procedure", "state", "kind", "category", "urgency", "territory", "lead", "opened",
    "due", "standing", "outcome", "ended",
)  # fmt: skip
WIDTHS = (20, 36, 14, 12, 8, 18, 8, 30, 18, 17, 17, 9, 12, 17)
ON_PAPER = ("number", "subject", "state", "category", "territory", "lead", "opened", "due", "standing")
SHARES = (15, 24, 9, 12, 18, 12, 11, 11, 7)
MINUTES = "%Y-%m-%d %H:%M"


def lines(room: ExportRoom, rows: Sequence[RowView], language: str) -> list[tuple[Cell, ...]]:
    """Return a line for each matter, its cells as `COLUMNS` names them."""
    teller, names, words = Teller(room, language), room.names(), WORDS[language]

    def line(row: RowView) -> tuple[Cell, ...]:
        def say(section: str, name: str) -> str:
            return teller.say(row.procedure, section, name)

        return (
            row.number, title(row.subject or words["kept_back"]), say("procedure", row.procedure),
            say("state", row.state), say("kind", row.kind), say("category", row.category),
            say("urgency", row.urgency), names.place_name(row.territory), names.unit_name(row.lead_unit),
            room.local(row.opened_at), room.local(row.due_at) if row.due_at else None, words[standing(row)],
            say("outcome", row.outcome), room.local(row.ended_at) if row.ended_at else None,
        )  # fmt: skip

    return [line(row) for row in rows]


def standing(row: RowView) -> str:
    """Return how a matter stands to its limit, as the words name it."""
    if row.is_breached:
        return "overdue"
    if row.ended_at is not None:
        return "ended_in_time"
    return "paused" if row.is_paused else "in_time"


def as_table(told: Sequence[Sequence[Cell]], language: str) -> Block:
    """Return lines as they are printed: the columns that fit a page."""
    places = [COLUMNS.index(name) for name in ON_PAPER]
    head = tuple(WORDS[language][name] for name in ON_PAPER)
    rows = tuple(tuple(printed(line[place]) for place in places) for line in told)
    return Block("table", rows=(head, *rows), widths=SHARES)


def printed(value: Cell) -> str:
    """Return a cell as it is printed."""
    if value is None:
        return ""
    return value.strftime(MINUTES) if hasattr(value, "strftime") else str(value)
