"""One cell of a list at a time, read and checked; what is wrong is noted with its line and column."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from difflib import get_close_matches
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry._sheets import Faults, Row

LONGEST: Final = 100  # characters of a cell
KnowsTerritory = Callable[[str], bool]
Listed = TypeVar("Listed")


class Cells:
    """Reads the cells of one file."""

    def __init__(self, faults: Faults, knows_territory: KnowsTerritory | None) -> None:
        self._faults = faults
        self._knows_territory = knows_territory

    def word(self, row: Row, column: str, *, longest: int = LONGEST) -> str:
        text = row.cells[column]
        if not text:
            self._faults.add(Refusal("registry.cell_empty", column=column), row.line)
        elif len(text) > longest:
            self._faults.add(Refusal("registry.cell_too_long", column=column, most=longest), row.line)
        elif not text.isprintable():
            self._faults.add(Refusal("registry.cell_unprintable", column=column, cell=ascii(text)), row.line)
        return text

    def identity(self, row: Row, column: str, lines: dict[str, int]) -> str:
        text = self.word(row, column)
        if text in lines:
            self._faults.add(Refusal("registry.code_repeated", repeated=text, first=lines[text]), row.line)
        lines.setdefault(text, row.line)
        return text

    def allowed(self, row: Row, one: Listed, check: Callable[[Listed], None] | None) -> None:
        """Note what somebody else's check refuses of one row."""
        try:
            if check is not None:
                check(one)
        except Refusal as fault:
            self._faults.add(fault, row.line)

    def among(self, row: Row, column: str, word: str, wanted: frozenset[str]) -> None:
        if word not in wanted:
            near = get_close_matches(word, wanted, n=1, cutoff=0)
            fault = Refusal("registry.word_unknown", column=column, word=word, nearest=near[0])
            self._faults.add(fault, row.line)

    def territory(self, row: Row, *, default: str = "", may_be_empty: bool = False) -> str:
        code = row.cells.get("territory", "").upper() or default
        if not code and may_be_empty:
            return ""
        if not code:
            self._faults.add(Refusal("registry.cell_empty", column="territory"), row.line)
        elif self._knows_territory is not None and not self._knows_territory(code):
            self._faults.add(Refusal("registry.territory_unknown", territory=code), row.line)
        return code

    def days(self, row: Row) -> tuple[date | None, date | None]:
        first, past = self._day(row, "valid_from"), self._day(row, "valid_to")
        if first is not None and past is not None and past <= first:
            self._faults.add(Refusal("registry.dates_reversed", begins=first, ends=past), row.line)
        return first, past

    def _day(self, row: Row, column: str) -> date | None:
        text = row.cells.get(column, "")
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            day = None
        if text and (day is None or day.isoformat() != text):
            self._faults.add(Refusal("registry.bad_date", column=column, cell=text[:LONGEST]), row.line)
        return day

    def listed(self, row: Row, column: str, known: Iterable[str], code: str) -> str:
        """Return a word that must be among those known; a fault `code` tells the nearest one."""
        text = self.word(row, column)
        if text and text not in known:
            near = get_close_matches(text, known, n=1)
            fault = Refusal(code, **{column: text}, nearest=near[0] if near else "-")
            self._faults.add(fault, row.line)
        return text

    def span(self, row: Row) -> tuple[date, date] | None:
        """Return the first day and the day after the last; both must be there."""
        first, past = self.days(row)
        for column, day in (("valid_from", first), ("valid_to", past)):
            if day is None and not row.cells.get(column):
                self._faults.add(Refusal("registry.cell_empty", column=column), row.line)
        return (first, past) if first is not None and past is not None else None

    def instant(self, row: Row, column: str, zone: ZoneInfo) -> datetime | None:
        """Return an instant of the city's own time, written as 2026-03-02 08:00."""
        text = self.word(row, column)
        try:
            at = datetime.fromisoformat(text) if text else None
        except ValueError:
            at = None
        if text and at is None:
            self._faults.add(Refusal("registry.bad_date", column=column, cell=text[:LONGEST]), row.line)
        return at.replace(tzinfo=zone) if at is not None and at.tzinfo is None else at


def split(text: str) -> tuple[str, ...]:
    """Return the words of a cell that holds several."""
    for mark in "、;；,，":
        text = text.replace(mark, "|")
    return tuple(dict.fromkeys(word for part in text.split("|") if (word := part.strip())))
