"""What both kinds of files have in common: rows with their lines, and how a mapping says to read them."""

from msgspec import Struct

from yuzhi.base.refusal import Refusal


class FileForm(Struct, frozen=True):
    """How a file is kept; what is empty is found out. `header_row` is the line of the column names."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 1


class Row(Struct, frozen=True):
    """One row: the line it begins on (of a workbook, its row), and its cells or why it has none."""

    line: int
    cells: tuple[str, ...] = ()
    fault: Refusal | None = None
