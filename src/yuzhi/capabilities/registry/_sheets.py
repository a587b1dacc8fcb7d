"""A list in a file, CSV or XLSX, as rows with their lines; faults of form are noted, none interpreted."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.workbooks import is_workbook, rows_of, shown

LARGEST: Final = 64 << 20  # bytes of a file
MOST_ROWS: Final = 500_000
MOST_FAULTS: Final = 1_000
_MIDNIGHT: Final = " 00:00:00"


class Row(Struct, frozen=True):
    """One row: its line in the file (of a workbook, its row), and its cells by column."""

    line: int
    cells: dict[str, str]


class Faults:
    """Every fault of one file, as refusals with `file` and `line`; at last they are one refusal."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Refusal] = []

    def add(self, fault: Refusal, line: int) -> None:
        """Note a fault of a line."""
        fault.facts = {"file": self.file, "line": line, **fault.facts}
        self.found.append(fault)

    def refuse(self) -> None:
        """Raise Refusal `registry.file_refused` with all faults, if there is any."""
        if self.found:
            errors = sorted(self.found, key=lambda fault: int(str(fault.facts["line"])))[:MOST_FAULTS]
            raise Refusal("registry.file_refused", file=self.file, count=len(self.found), errors=errors)


def read_rows(
    path: Path, faults: Faults, *, columns: Mapping[str, tuple[str, ...]], needed: Iterable[str]
) -> Iterator[Row]:
    """Yield the rows of a list, cells by column; `columns` gives each column's other names.

    CSV may be UTF-8 or GB 18030. Nothing is yielded from a file whose header cannot be used.
    """
    with _noting(faults):
        _check_size(path)
        lines = _workbook(path) if _is_workbook(path) else _csv(path)
        header = next(lines, None)
        if header is None:
            faults.add(Refusal("registry.file_empty"), 1)
            return
        names = _names(header[1], faults, columns, needed)
        if names is None:
            return
        for count, (line, cells) in enumerate(lines, 1):
            if count > MOST_ROWS:
                faults.add(Refusal("registry.too_many_rows", most=MOST_ROWS), line)
                return
            if not any(cells):
                continue
            if any(cells[len(names) :]):
                faults.add(Refusal("registry.row_too_wide", cells=len(cells), columns=len(names)), line)
                continue
            padded = [*cells, *[""] * (len(names) - len(cells))]
            yield Row(line, dict(zip(names, padded, strict=False)))


@contextmanager
def _noting(faults: Faults) -> Iterator[None]:
    """Note what makes the file as a whole unreadable."""
    try:
        yield
    except Refusal as fault:
        faults.add(fault, int(str(fault.facts.get("line", 0))))
    except OSError as trouble:
        faults.add(Refusal("registry.file_unreadable", trouble=trouble.strerror or str(trouble)), 0)


def _check_size(path: Path) -> None:
    if path.stat().st_size > LARGEST:
        raise Refusal("registry.file_too_large", most=LARGEST)


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_decoded(path.read_bytes()), newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as trouble:
        raise Refusal("registry.row_malformed", line=line, trouble=str(trouble)) from trouble


def _decoded(packed: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return packed.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("registry.file_unreadable", trouble="neither UTF-8 nor GB 18030")


def _is_workbook(path: Path) -> bool:
    with path.open("rb") as opened:
        return is_workbook(opened.read(4)) or path.suffix.lower() in {".xlsx", ".xlsm"}


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet; a day is without the midnight that workbooks keep with it."""
    with path.open("rb") as opened:
        for line, cells in rows_of(opened):
            yield line, [shown(cell).removesuffix(_MIDNIGHT) for cell in cells]


def _names(
    header: list[str], faults: Faults, columns: Mapping[str, tuple[str, ...]], needed: Iterable[str]
) -> list[str] | None:
    """Return the columns in the file's order, None (with the faults noted) if they cannot be used."""
    known = {written: name for name, others in columns.items() for written in (name, *others)}
    while header and not header[-1]:
        header = header[:-1]
    names = [known.get(written, "") for written in header]
    before = len(faults.found)
    for written, name in zip(header, names, strict=True):
        if not name:
            near = get_close_matches(written, known, n=1, cutoff=0.5)
            faults.add(
                Refusal("registry.column_unknown", column=written, nearest=near[0] if near else "-"), 1
            )
        elif names.count(name) > 1:
            faults.add(Refusal("registry.column_repeated", column=written), 1)
    for name in needed:
        if name not in names:
            faults.add(Refusal("registry.column_missing", column=name, written=columns[name]), 1)
    return names if len(faults.found) == before else None
