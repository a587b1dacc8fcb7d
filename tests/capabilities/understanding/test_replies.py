"""Reply quality: each aspect rises with what it is about, empty answers are warned of, marks are learnt."""

from datetime import timedelta
from pathlib import Path

import pytest
from understanding_sentences import odd

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.replies import (
    Answer,
    ReplyModel,
    aspects_of,
    is_empty_answer,
    load_replies,
    save_replies,
)
from yuzhi.capabilities.understanding.replies.training import score_replies, train_replies

QUESTION = "春晓苑门口路灯坏了半个月，晚上老人出门容易摔倒，什么时候能修好？"
GOOD = (
    "您好！您反映的春晓苑门口路灯不亮的情况，经现场核实属实，原因是电缆被施工挖断。"
    "根据《城市照明管理规定》第二十条，我局已责令施工单位更换电缆，预计2025年3月8日前恢复照明。"
    "期间社区已安排临时照明，咨询电话0574-00000000。感谢您的监督！2025年3月1日"
)
EMPTY = (
    "您好，您的留言已收悉，已转交有关部门处理，感谢您的支持！",
    "网友：您好！您反映的问题已转区城管局调查核处。",
    "您好！谢谢您的留言！",
    "已收悉，我们将高度重视，认真研究。",
    "请提供具体线索和联系方式，以便调查。",
    "",
)


def test_a_good_answer_is_better_in_every_aspect() -> None:
    good = aspects_of(QUESTION, GOOD, timedelta(days=2))
    poor = aspects_of(QUESTION, "这不归我管，自己想办法。", timedelta(days=60))
    for name in good.__struct_fields__:
        assert getattr(good, name).value > getattr(poor, name).value, name
        assert getattr(good, name).reason


def test_an_answer_about_something_else_is_not_relevant() -> None:
    other = aspects_of(
        QUESTION, "养老保险关系转移接续请携带身份证到社保窗口办理，五个工作日内办结。"
    ).relevance
    assert other.value < 0.2 < aspects_of(QUESTION, GOOD).relevance.value


@pytest.mark.parametrize("answer", EMPTY)
def test_an_empty_answer_is_warned_of(answer: str) -> None:
    assert is_empty_answer(answer)[0]
    check = ReplyModel().check(Answer(QUESTION, answer))
    assert "空答复" in check.warning
    assert check.quality < 0.5


def test_a_good_answer_is_not_warned_of() -> None:
    assert is_empty_answer(GOOD) == (False, "")
    assert is_empty_answer(f"{EMPTY[0]}{GOOD}") == (False, "")
    assert ReplyModel().check(Answer(QUESTION, GOOD)).quality > 0.7


def test_marks_are_learnt_and_kept(tmp_path: Path) -> None:
    answers = [Answer(QUESTION, GOOD[at:]) for at in range(30)] + [
        Answer(QUESTION, EMPTY[at % 6]) for at in range(30)
    ]
    marks = [True] * 30 + [False] * 30
    model = train_replies(answers, marks)
    assert model.check(answers[0]).quality > 0.5 > model.check(answers[-1]).quality
    assert score_replies(answers, marks).auc > 0.95
    assert score_replies(answers, [not mark for mark in marks], model).auc < 0.05
    save_replies(model, tmp_path / "a.json")
    assert load_replies(tmp_path / "a.json") == model


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"kind":"other","weights":[1,2,3,4,5,6,7],"bias":0,"trained_on":1}']
)
def test_a_bad_model_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "a.json").write_text(content)
    with pytest.raises(Refusal) as caught:
        load_replies(tmp_path / "a.json")
    assert caught.value.code == (
        "understanding.model-missing" if content is None else "understanding.model-damaged"
    )


def test_marks_of_one_kind_are_refused() -> None:
    with pytest.raises(Refusal, match="too-little"):
        train_replies([Answer("a", "b")] * 30, [True] * 30)


def test_odd_texts_get_a_figure() -> None:
    for text in odd():
        for answer in (Answer(text, GOOD), Answer(QUESTION, text), Answer(text, text, timedelta(days=-3))):
            check = ReplyModel().check(answer)
            assert 0 <= check.quality <= 1
            assert all(
                0 <= getattr(check.aspects, name).value <= 1 for name in check.aspects.__struct_fields__
            )
