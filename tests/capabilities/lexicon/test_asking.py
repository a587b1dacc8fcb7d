"""What people type: signs, quotes, widths, old characters, and what is no question at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.lexicon import ASKED_MOST, fold, keys_of, understand


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("噪音", ("噪音",)),
        ("烧烤店油烟扰民", ("烧烤店", "油烟", "扰民")),
        ("路灯坏了", ("路灯",)),
        ("“路灯坏了”", ("路灯坏了",)),
        ('"油烟 扰民" 夜市', ("油烟", "扰民", "夜市")),
        ("ＫＴＶ　１２３４５", ("ktv", "12345")),
        ("電梯 停車", ("电梯", "停车")),
        ("a & !(b | 'c') <-> d:*", ("a", "b", "c", "d")),
        ("噪音😀扰民", ("噪音", "扰民")),
        ("电梯 电梯 電梯", ("电梯",)),
        ("五号楼B座", ("五号", "b")),
        ("鄞江镇", ("鄞江镇",)),
        ("it's a_b", ("it", "s", "a", "b")),
    ],
)
def test_what_is_asked_for(typed: str, terms: tuple[str, ...]) -> None:
    assert set(terms) <= set(understand(typed).terms)
    assert "".join(understand(typed).terms).isalnum()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "search.nothing_asked"),
        ("  \t\n", "search.nothing_asked"),
        ("😀🎉 … !&|()'\"\\", "search.nothing_asked"),
        ("\ud800", "search.nothing_asked"),
        ("\x00", "search.nothing_asked"),
        ("井", "search.too_short"),
        ("井 、 灯", "search.too_short"),
        ("噪" * (ASKED_MOST + 1), "search.too_long"),
    ],
)
def test_what_is_no_question_is_refused(typed: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        understand(typed)
    assert caught.value.code == code


@given(st.text(max_size=ASKED_MOST))
def test_whatever_is_typed_is_understood_or_refused(typed: str) -> None:
    try:
        asked = understand(typed)
    except Refusal as refusal:
        given, wanted = refusal.code, "search."
    else:
        given, wanted = "".join(key.rstrip("~") for key in asked.keys), ""
        # Python may not know yet what a letter of the newest planes of Chinese is.
        assert all(one.isalnum() or "\U00030000" <= one <= "\U0003ffff" for one in given)
    assert given.startswith(wanted)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=60))
def test_folding_moves_no_character(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="路灯坏了井盖ab1 ，。", min_size=1, max_size=40), st.data())
def test_a_quoted_stretch_of_a_text_has_all_its_keys_there(text: str, data: st.DataObject) -> None:
    """What `find` promises: nothing that stands in a text is missed."""
    words = [word for word in text.replace("，", " ").replace("。", " ").split() if len(word) > 1]
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    try:
        asked = understand(f'"{word}"')
    except Refusal:
        return
    assert set(asked.keys) <= keys_of([fold(text)])
