"""One CSV file as rows with their lines; every fault of form is noted, nothing is interpreted."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches

from msgspec import Struct

from yuzhi.capabilities.territory._faults import Faults

LONGEST_NAME = 100


class Row(Struct, frozen=True):
    """One row: its first line in the file, and its cells by column."""

    line: int
    cells: dict[str, str]


class Table(Struct, frozen=True):
    """A file whose header was understood."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def header_of(text: str) -> tuple[str, ...]:
    """The column names in the first row."""
    try:
        return tuple(
            cell.strip() for cell in next(csv.reader(io.StringIO(text, newline=""), strict=True), ())
        )
    except csv.Error:
        return (text[:40],)


def read_table(
    file: str, text: str, faults: Faults, *, known: Iterable[str], needed: Iterable[str]
) -> Table | None:
    """Parse `text`; None if its header cannot be used, in which case that has been noted."""
    columns = header_of(text)
    if not columns:
        faults.add(file, 1, "file.empty")
        return None
    if not _header_fits(file, columns, faults, known=tuple(known), needed=needed):
        return None
    return Table(file, columns, tuple(_rows(file, text, columns, faults)))


def _header_fits(
    file: str, columns: tuple[str, ...], faults: Faults, *, known: tuple[str, ...], needed: Iterable[str]
) -> bool:
    bad = False
    for column in dict.fromkeys(columns):
        if columns.count(column) > 1:
            faults.add(file, 1, "column.repeated", detail=column)
            bad = True
        if column not in known:
            near = get_close_matches(column, known, n=1)
            faults.add(
                file, 1, "column.unknown", detail=column + (f"; did you mean {near[0]}" if near else "")
            )
            bad = True
    for column in needed:
        if column not in columns:
            faults.add(file, 1, "column.missing", detail=column)
            bad = True
    return not bad


def _rows(file: str, text: str, columns: tuple[str, ...], faults: Faults) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if line > 1 and cells:
                if len(cells) == len(columns):
                    yield Row(line, dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
                else:
                    faults.add(
                        file, line, "row.width", detail=f"{len(cells)} cells under {len(columns)} columns"
                    )
            line = reader.line_num + 1
    except csv.Error as trouble:
        faults.add(file, line, "row.malformed", detail=str(trouble))


def read_name(file: str, row: Row, faults: Faults) -> str:
    """The row's name; an empty, over-long or unprintable one is noted."""
    name = row.cells["name"]
    if not name:
        faults.add(file, row.line, "name.empty")
    elif len(name) > LONGEST_NAME:
        faults.add(file, row.line, "name.too_long", detail=f"{len(name)} characters")
    elif not name.isprintable():
        faults.add(file, row.line, "name.unprintable", detail=ascii(name))
    return name


def read_names(file: str, row: Row, faults: Faults) -> tuple[str, ...]:
    """The row's aliases, separated by | or 、 or a semicolon."""
    text = row.cells.get("aliases", "")
    for mark in "、;；":
        text = text.replace(mark, "|")
    names = tuple(dict.fromkeys(name for part in text.split("|") if (name := part.strip())))
    for name in names:
        if len(name) > LONGEST_NAME or not name.isprintable():
            faults.add(file, row.line, "alias.malformed", detail=ascii(name)[:120])
    return names


def read_day(file: str, row: Row, faults: Faults, *, column: str) -> date | None:
    """The row's date in `column`, written 2016-10-01; empty means not known."""
    text = row.cells.get(column, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or text != day.isoformat():
        faults.add(file, row.line, "date.malformed", detail=f"{column}: {text}")
    return day
