"""The text of an agreement: filled in once, never read as markup, the same words on every paper."""

import io
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.agreements import filled
from yuzhi.capabilities.typesetting.papers import pdf, word
from yuzhi.engine.vocabulary import AGREEMENT_PLACEHOLDERS as PLACEHOLDERS

SHIPPED = Path(__file__).parents[3] / "src" / "yuzhi" / "data" / "agreements"
AT = datetime(2026, 11, 2, 8, 30, 15, 123456, tzinfo=UTC)
WORDS = dict.fromkeys(PLACEHOLDERS, "某")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shipped_template_can_be_filled_and_set(language: str) -> None:
    template = (SHIPPED / f"agreement.{language}.md").read_text(encoding="utf-8")
    written = filled(template, language, AT, {name: f"<{name}>" for name in PLACEHOLDERS})
    text = "\n".join(one.text for one in written.blocks)
    assert all(f"<{name}>" in text for name in PLACEHOLDERS)
    assert pdf(written).startswith(b"%PDF-1.7")


def test_what_was_said_is_not_filled_in_again() -> None:
    written = filled("# 标题\n\n{facts}\n\n{terms}", "zh", AT, {**WORDS, "facts": "{terms}", "terms": "赔偿"})
    assert [one.text for one in written.blocks] == ["{terms}", "赔偿"]


def test_a_placeholder_nobody_knows_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        filled("# 标题\n\n{wages}", "zh", AT, WORDS)
    assert refused.value.code == "agreement.bad_template"


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=st.sampled_from("甲乙#*_$`\\\"'<>@[]{}/~=-+!&%()\n 1a"), max_size=60))
def test_nothing_said_is_markup(said: str) -> None:
    """Whatever is typed, the paper can be set, and the Word document holds it letter by letter."""
    written = filled("# 标题\n\n{facts}", "zh", AT, {**WORDS, "facts": f"甲{said}乙"})
    assert pdf(written).startswith(b"%PDF-")
    paper = docx.Document(io.BytesIO(word(written)))
    assert [one.text for one in paper.paragraphs[1:]] == [one.text for one in written.blocks]


def test_the_digest_is_of_the_words() -> None:
    one = filled("# 标题\n\n{facts}", "zh", AT, {**WORDS, "facts": "三千元"})
    same = filled("# 标题\n\n{facts}", "zh", datetime(2027, 1, 1, tzinfo=UTC), {**WORDS, "facts": "三千元"})
    other = filled("# 标题\n\n{facts}", "zh", AT, {**WORDS, "facts": "三万元"})
    assert one.digest == same.digest != other.digest
