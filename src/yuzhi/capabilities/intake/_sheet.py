"""A file of rows, whatever it is kept in: CSV, CSV in gzip, or a workbook; read row by row, never whole.

Nothing is interpreted here. A row that cannot be read is a `Refusal` in its place, so that it stops
nothing behind it; what makes the rest of the file unreadable is raised.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake._encoding import SAMPLE, encoding_of
from yuzhi.capabilities.intake._form import FileForm, Row
from yuzhi.capabilities.workbooks import is_workbook, rows_of, shown

LONGEST_LINE: Final = 1 << 20  # characters; no message is that long, and one line must fit into memory
PIECE: Final = 8192
DELIMITERS: Final = ",\t;|"
GZIP: Final = b"\x1f\x8b"


class Sheet(Struct, frozen=True):
    """An open file whose header has been read; `rows` can be gone through once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]
    encoding: str = ""


@contextmanager
def open_sheet(path: Path, form: FileForm) -> Iterator[Sheet]:
    """Open a file and read its header.

    Raises Refusal `file.unreadable`, `file.empty`, `file.column_repeated`, those of `encoding_of` and of
    workbooks; while rows are read `file.truncated` and `file.line_too_long`.
    """
    try:
        with path.open("rb") as packed:
            head = packed.read(4)
            packed.seek(0)
            if is_workbook(head):
                yield _headed(_workbook_rows(packed, form), form, pads=True)
                return
            with _unpacked(packed, head) as content:
                sample = _sample(content)
                encoding = encoding_of(sample, form.encoding)
                content.seek(0)
                # A byte that is no character becomes a lone surrogate, which is refused with its row.
                text = io.TextIOWrapper(content, encoding, errors="surrogateescape", newline="")
                delimiter = form.delimiter or _delimiter(sample.decode(encoding, "replace"))
                yield _headed(_csv_rows(text, delimiter), form, encoding=encoding)
    except OSError as trouble:
        raise Refusal(
            "file.unreadable", file=str(path), trouble=trouble.strerror or str(trouble)
        ) from trouble


def _workbook_rows(packed: IO[bytes], form: FileForm) -> Iterator[Row]:
    for line, cells in rows_of(packed, form.sheet):
        texts = tuple(map(shown, cells))
        if any(texts):
            yield Row(line, texts)


@contextmanager
def _unpacked(packed: IO[bytes], head: bytes) -> Iterator[IO[bytes]]:
    if not head.startswith(GZIP):
        yield packed
        return
    with gzip.open(packed) as content:
        yield content  # type: ignore[misc]  # a GzipFile is an IO[bytes] in all but its declaration


def _sample(content: IO[bytes]) -> bytes:
    sample = b""
    # A file that breaks off is told when its rows are read up to there.
    with suppress(EOFError, zlib.error):
        while len(sample) < SAMPLE and (piece := content.read(PIECE)):
            sample += piece
    return sample[:SAMPLE]


@contextmanager
def _truncation() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as trouble:
        raise Refusal("file.truncated", trouble=str(trouble)) from trouble


def _delimiter(sample: str) -> str:
    """Return the mark that parts the cells of the first line; a comma if there is none."""
    first = next((line for line in sample.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=lambda mark: (outside.count(mark), mark == ","))


def _csv_rows(text: io.TextIOWrapper, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(_lines(text), delimiter=delimiter)
    line = 1
    while True:
        try:
            with _truncation():
                cells = next(reader, None)
        except csv.Error as trouble:
            yield Row(line, fault=Refusal("row.malformed", trouble=str(trouble)))
        else:
            if cells is None:
                return
            if any(map(str.strip, cells)):
                yield Row(line, tuple(cells))
        line = reader.line_num + 1


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE:
            raise Refusal("file.line_too_long", line=number, most=LONGEST_LINE)
        yield line


def _headed(rows: Iterator[Row], form: FileForm, *, encoding: str = "", pads: bool = False) -> Sheet:
    """Read up to the header and check every later row against its width; a workbook leaves out empty ends."""
    header = next((row for row in rows if row.line >= form.header_row), None)
    if header is None:
        raise Refusal("file.empty")
    if header.fault is not None:
        raise header.fault
    columns = tuple(cell.strip() for cell in header.cells)
    while columns and not columns[-1]:
        columns = columns[:-1]
    if repeated := [name for name in dict.fromkeys(columns) if name and columns.count(name) > 1]:
        raise Refusal("file.column_repeated", columns=repeated)
    return Sheet(columns, _of_width(rows, len(columns), pads=pads), encoding)


def _of_width(rows: Iterator[Row], width: int, *, pads: bool) -> Iterator[Row]:
    for row in rows:
        if row.fault is not None or len(row.cells) == width:
            yield row
        elif len(row.cells) > width and not any(row.cells[width:]):
            yield Row(row.line, row.cells[:width])
        elif len(row.cells) < width and pads:
            yield Row(row.line, row.cells + ("",) * (width - len(row.cells)))
        else:
            yield Row(row.line, fault=Refusal("row.width", cells=len(row.cells), columns=width))
