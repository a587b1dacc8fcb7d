"""Typesetting: a text as PDF or as a Word document, the same words on either."""

from yuzhi.capabilities.typesetting._asking import DOCX, PDF, as_docx, as_pdf
from yuzhi.capabilities.typesetting._document import Block, Document, Kind

__all__ = ["DOCX", "PDF", "Block", "Document", "Kind", "as_docx", "as_pdf"]
