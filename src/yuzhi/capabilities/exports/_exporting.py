"""Makes the files and leaves the trace. Only a post exports, only what it may see, only so much at once."""

import asyncio
from datetime import datetime
from typing import Final, Literal, cast
from uuid import UUID

from msgspec import Struct, structs

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, trace, vault
from yuzhi.capabilities.exports._list import COLUMNS, MINUTES, WIDTHS, as_table, lines
from yuzhi.capabilities.exports._matter import as_document, as_sheets, told_of
from yuzhi.capabilities.exports._room import ExportRoom
from yuzhi.capabilities.exports._words import WORDS
from yuzhi.capabilities.matters import Filters
from yuzhi.capabilities.typesetting import PDF, XLSX, Block, Document, Sheet, as_pdf, as_xlsx
from yuzhi.store.postgres.pool import acquired

Form = Literal["xlsx", "pdf"]
MOST_ROWS: Final = 5000
MOST_ON_PAPER: Final = 1000
_NO_SUCH: Final = "□"
"""Stands for a character that no font has: a list must not fail for one picture in somebody's words."""


class Exported(Struct, frozen=True):
    """A file: what it is called, its kind and bytes, how many matters are in it, and whether that is all."""

    name: str
    media_type: str
    content: bytes
    rows: int
    is_all: bool = True


async def export_list(
    room: ExportRoom, filters: Filters, form: Form, by: Actor, now: datetime, *, language: str
) -> Exported:
    """Return the worklist of a post as a file: the first 5,000 matters, on paper the first 1,000.

    Where that is not all of it, the file says so. Raises Refusal `export.posts_only` and as a worklist does.
    """
    _check_post(by)
    most = MOST_ROWS if form == "xlsx" else MOST_ON_PAPER
    rows, is_all = await matters.whole_list(room.pool, by, filters, most)
    told = await asyncio.to_thread(lines, room, rows, language)
    words = WORDS[language]
    remarks = [_remark(room, by, now, language, "made", n=len(rows))]
    remarks += [] if is_all else [words["cut"].format(n=len(rows))]
    if form == "xlsx":
        heads = tuple(words[name] for name in COLUMNS)
        content = await as_xlsx(Sheet(words["worklist"], heads, told, WIDTHS, tuple(remarks)))
    else:
        blocks = (*(Block("line", one) for one in remarks), as_table(told, language))
        content = await _paper(room, Document(words["worklist"], language, now, blocks, is_list=True))
    asked = {name: value for name, value in structs.asdict(filters).items() if value not in {"", None, ()}}
    async with acquired(room.pool) as conn:
        await trace.note(
            conn, "exported", by=by, at=now, subject="worklist", form=form, rows=len(rows), is_all=is_all,
            filters=asked,
        )  # fmt: skip
    day = room.local(now).strftime("%Y%m%d")
    return Exported(f"worklist-{day}.{form}", _media(form), content, len(rows), is_all)


async def export_matter(
    room: ExportRoom, matter: UUID, form: Form, by: Actor, now: datetime, *, language: str
) -> Exported:
    """Return one matter as a file, whoever asked masked.

    Raises Refusal `export.posts_only` and `matter.not_found`.
    """
    _check_post(by)
    found = await matters.view(room.office, matter, by)
    entries = await matters.history(room.office, matter, by)
    person = await _who_asked(room, matter, by)
    async with acquired(room.pool) as conn:
        who = (await vault.masked(conn, [person], room.office.keys, by)).get(person) if person else None
        strike = await vault.striking_out(conn, person, room.office.keys) if person else str
    told = told_of(room, found, entries, who, strike, language)
    remark = _remark(room, by, now, language, "made_one")
    if form == "xlsx":
        content = await as_xlsx(*as_sheets(told, remark, language))
    else:
        content = await _paper(room, as_document(told, remark, now, language))
    async with acquired(room.pool) as conn:
        await trace.note(
            conn, "exported", by=by, at=now, subject=f"matter:{found.number}", matter=matter, form=form
        )
    return Exported(f"{found.number}.{form}", _media(form), content, 1)


async def _who_asked(room: ExportRoom, matter: UUID, by: Actor) -> UUID | None:
    try:
        return await matters.who_asked(room.office, matter, by)
    except Refusal as refusal:
        if refusal.code != "matter.nobody_asked":
            raise
        return None


async def _paper(room: ExportRoom, document: Document) -> bytes:
    try:
        return await as_pdf(document, room.fonts)
    except Refusal as refusal:
        if refusal.code != "document.character_missing":
            raise
        missing = "".join(cast("list[str]", refusal.facts["characters"]))
    table = str.maketrans(dict.fromkeys(missing, _NO_SUCH))
    blocks = tuple(
        structs.replace(
            one,
            text=one.text.translate(table),
            rows=tuple(tuple(cell.translate(table) for cell in row) for row in one.rows),
        )
        for one in document.blocks
    )
    return await as_pdf(structs.replace(document, blocks=blocks), room.fonts)


def _remark(room: ExportRoom, by: Actor, now: datetime, language: str, word: str, **told: int) -> str:
    at, unit = room.local(now).strftime(MINUTES), room.names().unit_name(by.unit)
    return WORDS[language][word].format(at=at, unit=unit, **told)


def _media(form: Form) -> str:
    return XLSX if form == "xlsx" else PDF


def _check_post(by: Actor) -> None:
    if by.hand != "post":
        raise Refusal("export.posts_only")
