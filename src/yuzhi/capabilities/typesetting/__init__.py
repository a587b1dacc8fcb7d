"""Typesetting: a text as PDF or as a Word document, the same words on either; tables as XLSX."""

from yuzhi.capabilities.typesetting._asking import DOCX, PDF, XLSX, as_docx, as_pdf, as_xlsx
from yuzhi.capabilities.typesetting._document import Block, Document, Kind
from yuzhi.capabilities.typesetting._sheet import Cell, Sheet, workbook

__all__ = [
    "DOCX",
    "PDF",
    "XLSX",
    "Block",
    "Cell",
    "Document",
    "Kind",
    "Sheet",
    "as_docx",
    "as_pdf",
    "as_xlsx",
    "workbook",
]
