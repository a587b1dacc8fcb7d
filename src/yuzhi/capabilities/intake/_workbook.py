"""Rows of an XLSX workbook, as they are shown: formulas by their last value, dates as ISO 8601.

Of merged cells only the first one holds the value, as in the file. A workbook is a zip, and a zip may
be a bomb: how much it unpacks to is looked at before anything is unpacked.
"""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.intake._form import FileForm, Row

ZIP: Final = b"PK\x03\x04"
MOST_UNPACKED: Final = 256 << 20  # bytes; a million rows of messages are well below
MOST_PARTS: Final = 10_000

_BROKEN = (
    BadZipFile,
    InvalidFileException,
    SyntaxError,  # every XML parser's own kind of error is one
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    NotImplementedError,  # a zip method or encryption nobody knows
    RuntimeError,  # a password is wanted
)


def is_workbook(head: bytes) -> bool:
    """Say whether a file that begins so is a zip, as workbooks are."""
    return head.startswith(ZIP)


def workbook_rows(packed: IO[bytes], form: FileForm) -> Iterator[Row]:
    """Yield the rows of a sheet: the one that is named, or the first.

    Raises Refusal `workbook.too_large`, `workbook.unreadable` and `workbook.sheet_unknown` (with the
    nearest name).
    """
    try:
        _check_size(packed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not concern us
            book = load_workbook(packed, read_only=True, data_only=True)
            name = form.sheet or book.sheetnames[0]
            if name not in book.sheetnames:
                near = get_close_matches(name, book.sheetnames, n=1, cutoff=0)
                raise Refusal("workbook.sheet_unknown", sheet=name, nearest=near[0], sheets=book.sheetnames)
            sheet = book[name]
            sheet.reset_dimensions()  # what a file says of its own size is not believed
            for line, cells in enumerate(sheet.iter_rows(values_only=True), 1):
                texts = tuple(_text(cell) for cell in cells)
                if any(texts):
                    yield Row(line, texts)
    except _BROKEN as trouble:
        raise Refusal(
            "workbook.unreadable", trouble=f"{type(trouble).__name__}: {trouble}"[:200]
        ) from trouble


def _check_size(packed: IO[bytes]) -> None:
    with ZipFile(packed) as parts:
        # zipfile never unpacks more of a part than it declares.
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MOST_UNPACKED or len(parts.infolist()) > MOST_PARTS:
            raise Refusal("workbook.too_large", unpacked=unpacked, most=MOST_UNPACKED)
    packed.seek(0)


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return str(cell).lower()
        case datetime():
            # Kept as a fraction of a day, a whole second comes out a microsecond short.
            return (cell + timedelta(milliseconds=500)).isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return cell.isoformat()
        # A number typed without a fraction is meant without one; 15 digits are exact in a float.
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).strip()
