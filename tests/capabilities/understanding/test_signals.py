"""Signals: danger to life is not missed, harmless words are let be, and nobody is judged."""

import pytest
from understanding_sentences import odd

from yuzhi.capabilities.understanding.signals import (
    MarkedSentence,
    find_signals,
    marked_sentences,
    measure_risk,
)


def kinds(text: str) -> set[str]:
    return {signal.kind for signal in find_signals(text)}


def test_danger_to_life_is_rarely_missed() -> None:
    sentences = marked_sentences()
    assert len(sentences) >= 300
    assert 0.3 < sum(one.is_risk for one in sentences) / len(sentences) < 0.7
    score = measure_risk(sentences)
    assert score.recall >= 0.95
    assert score.false_alarms <= 0.1


def test_the_measure_sees_misses_and_false_alarms() -> None:
    wrong = [MarkedSentence(0, not one.is_risk, one.text) for one in marked_sentences()]
    assert measure_risk(wrong).recall < 0.1
    assert measure_risk(wrong).false_alarms > 0.9


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("四十多名工人在工地门口拉横幅讨薪", "group_dispute"),
        ("全体业主联名反对加装信号塔", "group_dispute"),
        ("几百户村民围堵了垃圾场大门", "group_dispute"),
        ("月底前必须搬走，不知道去哪里", "deadline"),
        ("通知限三日内拆除", "deadline"),
        ("孩子9月1日就要开学了还没有学位", "deadline"),
        ("已经反映了七八次，一直没有人管", "repeated_petition"),
        ("第三次来信，上次的答复石沉大海", "repeated_petition"),
        ("多次拨打热线，相互推诿", "repeated_petition"),
    ],
)
def test_the_other_signals_are_given(text: str, kind: str) -> None:
    (signal,) = [one for one in find_signals(text) if one.kind == kind]
    assert signal.words
    assert signal.reason
    assert 0 < signal.strength <= 1


@pytest.mark.parametrize(
    "text",
    [
        "请问公积金怎么提取",
        "消防队来学校做了一次火灾逃生演练",
        "检查后没有发生火灾",
        "这是我第一次反映，谢谢",
        "某某干部工作懒散，思想有问题",
    ],
)
def test_harmless_words_give_no_signal(text: str) -> None:
    assert kinds(text) == set()


def test_danger_comes_first_and_names_nobody() -> None:
    signals = find_signals("已反映三次没人管，王建国先生说要跳楼，电话13912345678")
    assert [one.kind for one in signals] == ["risk_to_life", "repeated_petition"]
    assert not any("王" in word or "139" in word for one in signals for word in one.words)


def test_odd_texts_do_no_harm() -> None:
    for text in odd():
        assert kinds(text) <= {"risk_to_life", "group_dispute", "deadline", "repeated_petition"}
