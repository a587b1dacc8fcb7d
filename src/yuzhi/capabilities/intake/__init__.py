"""Matters from outside, in bulk: files of rows, and the mappings that say what their columns mean."""

from yuzhi.capabilities.intake._form import FileForm, Row
from yuzhi.capabilities.intake._loading import Imported, RefusedRow, Watching, load
from yuzhi.capabilities.intake._mapping import Mapping, read_mapping
from yuzhi.capabilities.intake._reader import check_words
from yuzhi.capabilities.intake._sheet import Sheet, open_sheet

__all__ = [
    "FileForm",
    "Imported",
    "Mapping",
    "RefusedRow",
    "Row",
    "Sheet",
    "Watching",
    "check_words",
    "load",
    "open_sheet",
    "read_mapping",
]
