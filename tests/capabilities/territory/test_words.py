"""Ordinary words, and names that do not stand for themselves."""

import pytest
import rjieba

from yuzhi.capabilities.territory._words import (
    becomes_another,
    is_common_word,
    is_ordinary,
    is_word_of_its_own,
    stands_free,
    words_at,
)


def cut(*words: str) -> dict[int, str]:
    """The words as the segmenter would give them."""
    starts = [sum(map(len, words[:n])) for n in range(len(words) + 1)]
    return dict(zip(starts, (*words, ""), strict=True))


@pytest.mark.parametrize(
    ("words", "is_other"),
    [
        (("石浦", "港", "的船"), True),
        (("鄞州", "大道", "拥堵"), True),
        (("鄞州", "中路", "拥堵"), True),
        (("石浦", "江边"), False),
        (("奉化", "溪口", "镇"), False),
        (("鄞州", "人行道", "坏了"), False),
        (("鄞州", "红绿灯"), False),
        (("鄞州", ""), False),
    ],
)
def test_what_follows_may_make_another_thing_of_a_name(words: tuple[str, ...], is_other: bool) -> None:
    assert becomes_another(cut(*words), "".join(words), 2) == is_other


def test_a_name_glued_to_what_follows_is_judged_by_its_next_character() -> None:
    assert becomes_another(cut("南裕路口"), "南裕路口", 2)
    assert not becomes_another(cut("南裕的事"), "南裕的事", 2)


def test_a_name_must_not_cut_a_word_unless_it_is_long() -> None:
    assert not is_word_of_its_own(cut("以下", "应当"), 1, 3)
    assert is_word_of_its_own(cut("家住", "下应"), 2, 4)
    assert is_word_of_its_own(cut("在日", "月星", "城住"), 1, 5)


@pytest.mark.parametrize(
    ("text", "free"), [("首南", True), ("在首南", True), ("，首南", True), ("紫首南", False)]
)
def test_what_stands_before_a_name(text: str, free: bool) -> None:
    assert stands_free(text, text.index("首南")) == free


def test_ordinary_words() -> None:
    assert is_common_word("花园", 100)
    assert not is_common_word("鄞州", 1)
    assert not is_common_word("江北", 500)  # often written, but as a place
    assert is_ordinary("城中村")
    assert not is_ordinary("河头村")


def test_words_lie_side_by_side() -> None:
    text = "宁波市鄞州区的路灯坏了"
    words = words_at(text, range(len(text)))
    assert "".join(words[at] for at in sorted(words)) == text
    assert words[len(text)] == ""


def test_only_the_clauses_asked_about_are_cut_and_as_the_whole_text_would_be() -> None:
    text = "下应街道的路灯坏了，花园小区(东区)也没电；以下应当尽快处理！请问鄞州大道 何时修好？No.5+A路口"
    whole, at = {}, 0
    for word in rjieba.cut(text):
        whole[at] = word
        at += len(word)
    for spot in range(len(text)):
        words = words_at(text, [spot])
        inside = {at: word for at, word in words.items() if word}
        assert inside.items() <= whole.items()
        assert sum(map(len, inside.values())) == (max(words) - min(words) if words else 0)
        assert len(inside) < len(whole)
