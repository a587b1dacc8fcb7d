"""What is shown of a text: whole characters, the words asked for marked, as they were written."""

import pytest

from yuzhi.capabilities.lexicon import PassageView, PieceView, passages


def told(passage: PassageView) -> str:
    return "".join(f"[{one.words}]" if one.is_found else one.words for one in passage.pieces)


@pytest.mark.parametrize(
    ("text", "terms", "shown"),
    [
        ("楼下的烧烤店油烟扰民", ("油烟",), "楼下的烧烤店[油烟]扰民"),
        ("電梯壞了", ("电梯",), "[電梯]壞了"),
        ("ＫＴＶ噪音", ("ktv", "噪音"), "[ＫＴＶ][噪音]"),
        ("😀噪音😀", ("噪音",), "😀[噪音]😀"),
        ("a.c abc", ("a.c",), "[a.c] abc"),
        ("噪音", ("噪音扰民", "噪音"), "[噪音]"),
        ("长" * 50 + "噪音" + "尾" * 150, ("噪音",), "…" + "长" * 24 + "[噪音]" + "尾" * 94 + "…"),
    ],
)
def test_words_asked_for_are_marked(text: str, terms: tuple[str, ...], shown: str) -> None:
    assert [told(one) for one in passages({"detail": text}, terms)] == [shown]


def test_what_is_named_comes_first_and_what_has_none_is_left_out() -> None:
    texts = {"reply": "噪音已停", "detail": "有噪音", "subject": "噪音", "place_words": "东街", "z": "噪音"}
    found = passages(texts, ("噪音",), first=("subject", "place_words", "detail"))
    assert [one.name for one in found] == ["subject", "detail", "reply"]


def test_a_term_longer_than_a_passage_is_shown_whole() -> None:
    (passage,) = passages({"detail": "长" * 300}, ("长" * 200,))
    assert passage.pieces[0] == PieceView("长" * 200, is_found=True)
