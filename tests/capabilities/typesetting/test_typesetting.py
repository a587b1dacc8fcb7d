"""Papers set in a process of their own: the same words on either, a refusal where a character is missing."""

import io
from datetime import UTC, datetime

import docx
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.typesetting import Block, Document, as_docx, as_pdf


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
