"""Tables as XLSX. No cell is ever a formula, whatever the words in it begin with (OWASP, “CSV injection”)."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from msgspec import Struct
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Cell = str | int | float | datetime | date | None
"""What a cell holds; an instant is one in the reader's zone, without the zone, for spreadsheets know none."""

_MINUTES: Final = "yyyy-mm-dd hh:mm"


class Sheet(Struct, frozen=True):
    """A table: its headings, its rows, how many characters wide its columns are, and remarks below it."""

    name: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    widths: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()


def workbook(*sheets: Sheet) -> bytes:
    """Return tables as an XLSX file, one to a sheet, headings bold and kept in sight."""
    book = Workbook(write_only=True)
    for told in sheets:
        sheet = book.create_sheet(told.name)
        sheet.freeze_panes = "A2"
        for place, width in enumerate(told.widths, start=1):
            sheet.column_dimensions[get_column_letter(place)].width = width
        heads = [WriteOnlyCell(sheet, value=head) for head in told.heads]
        for head in heads:
            head.font = Font(bold=True)
        sheet.append(heads)
        for row in told.rows:
            sheet.append([_held(sheet, one) for one in row])
        for remark in told.remarks:
            sheet.append([plain_cell(remark)])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def plain_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, in one line of what can be printed."""
    line = "".join(one if one.isprintable() else " " for one in text)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line


def _held(sheet: WriteOnlyWorksheet, value: Cell) -> object:
    if isinstance(value, str):
        return plain_cell(value)
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value)
        cell.number_format = _MINUTES
        return cell
    return value
