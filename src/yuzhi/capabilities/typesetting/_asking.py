"""Has a text or a table set in a process of its own, which gives back the memory that fonts take."""

import asyncio
from pathlib import Path
from typing import Final

from yuzhi.base.apart import run_apart
from yuzhi.capabilities.typesetting._document import Document
from yuzhi.capabilities.typesetting._sheet import Sheet, workbook

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_SETTING: Final = "yuzhi.capabilities.typesetting.papers"
_AT_ONCE: Final = asyncio.Semaphore(2)
"""Papers set at one time: each takes a processor and some hundred megabytes while it lasts."""
_FEW: Final = 400
"""So many rows are written here sooner than a process begins."""


async def as_pdf(document: Document, fonts: Path | None = None) -> bytes:
    """Return a text as PDF/A-2u with its fonts embedded; the same words give the same bytes.

    `fonts` is a folder of more fonts, for characters the shipped one lacks. Raises Refusal
    `document.character_missing` rather than leave a blank in somebody's name.
    """
    return await _set("pdf", document, fonts)


async def as_docx(document: Document) -> bytes:
    """Return a text as a Word document, for whoever has to work on with it."""
    return await _set("word", document)


async def as_xlsx(*sheets: Sheet) -> bytes:
    """Return tables as an XLSX file, one to a sheet; a long one is written apart."""
    if sum(len(one.rows) for one in sheets) <= _FEW:
        return await asyncio.to_thread(workbook, *sheets)
    async with _AT_ONCE:
        made: bytes = await run_apart(f"{workbook.__module__}:{workbook.__name__}", *sheets)
    return made


async def _set(as_: str, *told: object) -> bytes:
    async with _AT_ONCE:
        made: bytes = await run_apart(f"{_SETTING}:{as_}", *told)
    return made
