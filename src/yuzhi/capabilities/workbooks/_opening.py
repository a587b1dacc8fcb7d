"""Rows of an XLSX workbook: formulas by their last value.

Of merged cells only the first one holds the value, as in the file. A workbook is a zip, and a zip may
be a bomb: how much it unpacks to is looked at before anything is unpacked.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from yuzhi.base.refusal import Refusal

ZIP: Final = b"PK\x03\x04"
MOST_UNPACKED: Final = 256 << 20  # bytes; a million rows of messages are well below
MOST_PARTS: Final = 10_000
MOST_ROWS: Final = 1 << 20  # as many as a sheet may have

_BROKEN = (
    BadZipFile,
    InvalidFileException,
    SyntaxError,  # every XML parser's own kind of error is one
    LookupError,
    ValueError,
    ArithmeticError,
    TypeError,
    AttributeError,
    AssertionError,
    EOFError,
    zlib.error,
    struct.error,
    NotImplementedError,  # a zip method or encryption nobody knows
    RuntimeError,  # a password is wanted
)


def is_workbook(head: bytes) -> bool:
    """Say whether a file that begins so is a zip, as workbooks are."""
    return head.startswith(ZIP)


def rows_of(packed: IO[bytes], sheet: str = "") -> Iterator[tuple[int, tuple[object, ...]]]:
    """Yield the rows of a sheet, the one that is named or the first: line, and cells as they are kept.

    Raises Refusal `workbook.too_large`, `workbook.unreadable` and `workbook.sheet_unknown` (with the
    nearest name).
    """
    try:
        _check_size(packed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not concern us
            book = load_workbook(packed, read_only=True, data_only=True)
            names = [one.title for one in book.worksheets]  # a chart of its own has no rows
            name = sheet or names[0]
            if name not in names:
                near = get_close_matches(name, names, n=1, cutoff=0)
                raise Refusal("workbook.sheet_unknown", sheet=name, nearest=near[0], sheets=names)
            found = book[name]
            found.reset_dimensions()  # what a file says of its own size is not believed
            for line, cells in enumerate(found.iter_rows(values_only=True), 1):
                # Rows a file leaves out come empty: one far beyond all others would be a bomb, too.
                if line > MOST_ROWS:
                    raise Refusal("workbook.unreadable", trouble=f"a row beyond {MOST_ROWS}")
                yield line, cells
    except _BROKEN as trouble:
        raise _unreadable(trouble) from trouble
    except OSError as trouble:
        if trouble.errno is not None:  # the disk's trouble, not the file's
            raise
        raise _unreadable(trouble) from trouble


def _unreadable(trouble: Exception) -> Refusal:
    return Refusal("workbook.unreadable", trouble=f"{type(trouble).__name__}: {trouble}"[:200])


def _check_size(packed: IO[bytes]) -> None:
    with ZipFile(packed) as parts:
        # zipfile never unpacks more of a part than it declares.
        unpacked = sum(part.file_size for part in parts.infolist())
        if unpacked > MOST_UNPACKED or len(parts.infolist()) > MOST_PARTS:
            raise Refusal("workbook.too_large", unpacked=unpacked, most=MOST_UNPACKED)
    packed.seek(0)


def shown(cell: object) -> str:
    """Return a cell as it is shown: dates as ISO 8601, a number without a fraction without one."""
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
