"""A list in a file, CSV or XLSX, as rows with their lines; faults of form are noted, none interpreted."""

import csv
import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from msgspec import Struct
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from yuzhi.base.refusal import Refusal

LARGEST: Final = 64 << 20  # bytes of a file
MOST_ROWS: Final = 500_000
MOST_FAULTS: Final = 1_000
MOST_UNPACKED: Final = 256 << 20  # bytes; a workbook is a zip, and a zip may be a bomb

_NOT_A_WORKBOOK = (
    BadZipFile,
    InvalidFileException,
    KeyError,
    ValueError,
    EOFError,
    AttributeError,
    IndexError,
    SyntaxError,  # every XML parser's own kind of error is one
)


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
        lines = _workbook(path) if path.suffix.lower() in {".xlsx", ".xlsm"} else _csv(path)
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


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet, as they are shown: formulas by their last value."""
    try:
        with path.open("rb") as opened, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not concern us
            _check_unpacked(opened)
            book = load_workbook(opened, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # what a file says of its own size is not believed
            for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                yield line, [_text(cell) for cell in cells]
            book.close()
    except _NOT_A_WORKBOOK as trouble:
        raise Refusal("registry.file_unreadable", trouble=f"no workbook: {trouble}") from trouble


def _check_unpacked(packed: IO[bytes]) -> None:
    with ZipFile(packed) as parts:
        # zipfile never unpacks more of a part than it declares.
        if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
            raise Refusal("registry.file_too_large", most=MOST_UNPACKED)
    packed.seek(0)


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        # A day typed into a sheet comes as its midnight; a shift's beginning has its time.
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date):
        return cell.isoformat()
    # A code typed as a number comes as one; twelve digits are well inside what a float holds exactly.
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


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
