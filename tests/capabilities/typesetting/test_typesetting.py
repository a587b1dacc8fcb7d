"""Papers set in a process of their own: the same words on either, a refusal where a character is missing."""

import io
from datetime import UTC, datetime

import docx
import pytest
from openpyxl import load_workbook

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.typesetting import Block, Document, Sheet, as_docx, as_pdf, as_xlsx


def a_document(words: str) -> Document:
    return Document("调解协议", "zh", datetime(2026, 11, 2, 8, 30, tzinfo=UTC), (Block("text", words),))


async def test_a_text_is_set_as_pdf_the_same_each_time() -> None:
    first, second = await as_pdf(a_document("一次付清。")), await as_pdf(a_document("一次付清。"))
    assert first.startswith(b"%PDF-1.7")
    assert first == second


async def test_a_text_is_set_as_a_word_document() -> None:
    paper = docx.Document(io.BytesIO(await as_docx(a_document("一次付清。"))))
    assert [one.text for one in paper.paragraphs] == ["调解协议", "一次付清。"]


async def test_a_character_no_font_has_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        await as_pdf(a_document("甲\U00020bb7乙"))
    assert refused.value.code == "document.character_missing"
    assert refused.value.facts["characters"]


async def test_a_table_is_set_on_either_and_its_words_count() -> None:
    table = Block("table", rows=(("编号", "标题"), ("1", "路灯#let x = 1")), widths=(1, 3))
    at = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
    listed = Document("清单", "zh", at, (table,), is_list=True)
    assert (await as_pdf(listed)).startswith(b"%PDF-1.7")
    (laid,) = docx.Document(io.BytesIO(await as_docx(listed))).tables
    assert [[cell.text for cell in row.cells] for row in laid.rows] == [list(row) for row in table.rows]
    changed = Block("table", rows=(table.rows[0], ("1", "路灯")), widths=table.widths)
    assert Document("清单", "zh", at, (changed,)).digest != listed.digest


@pytest.mark.parametrize("count", [1, 401])
async def test_tables_leave_as_a_workbook_without_formulas(count: int) -> None:
    rows = [("=1+1", datetime(2026, 3, 1, 8, 30), 7, None)] * count  # noqa: DTZ001 - spreadsheets have no zones
    content = await as_xlsx(Sheet("a", ("甲", "乙", "丙", "丁"), rows, (10,), ("完",)))
    lines = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(content)).worksheets[0].rows]
    assert lines[1][:3] == ["'=1+1", rows[0][1], 7]
    assert (len(lines), lines[-1][0]) == (count + 2, "完")
