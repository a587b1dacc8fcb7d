"""Has a text set as PDF or DOCX in a process of its own, which gives back the memory that fonts take."""

import asyncio
from pathlib import Path
from typing import Final

from yuzhi.base.apart import run_apart
from yuzhi.capabilities.typesetting._document import Document

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_SETTING: Final = "yuzhi.capabilities.typesetting.papers"
_AT_ONCE: Final = asyncio.Semaphore(2)
"""Papers set at one time: each takes a processor and some hundred megabytes while it lasts."""


async def as_pdf(document: Document, fonts: Path | None = None) -> bytes:
    """Return a text as PDF/A-2u with its fonts embedded; the same words give the same bytes.

    `fonts` is a folder of more fonts, for characters the shipped one lacks. Raises Refusal
    `document.character_missing` rather than leave a blank in somebody's name.
    """
    return await _set("pdf", document, fonts)


async def as_docx(document: Document) -> bytes:
    """Return a text as a Word document, for whoever has to work on with it."""
    return await _set("word", document)


async def _set(as_: str, *told: object) -> bytes:
    async with _AT_ONCE:
        made: bytes = await run_apart(f"{_SETTING}:{as_}", *told)
    return made
