"""A category model: it learns a tree of labels, says how sure it is and why, and takes anything."""

import numpy as np
import pytest
from understanding_sentences import messages, odd

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category import CategoryModel, cold_model, score
from yuzhi.capabilities.understanding.category.training import train


@pytest.fixture(scope="module")
def model() -> CategoryModel:
    return train(*messages(240))


def test_it_tells_the_labels_of_unseen_messages(model: CategoryModel) -> None:
    found = score(model, *messages(120, seed=2))
    assert found.macro_f1 >= 0.95
    assert found.levels[0] >= found.levels[1] >= 0.95
    assert found.n == 120


def test_shuffled_labels_teach_nothing() -> None:
    texts, labels = messages(240)
    chance = np.random.default_rng(0).permutation(labels).tolist()
    assert score(train(texts, chance), *messages(120, seed=2)).macro_f1 < 0.5


def test_the_chances_of_the_leaves_are_shares_of_one(model: CategoryModel) -> None:
    for guesses in model.suggest(messages(20, seed=3)[0], most=6):
        assert 0.9 <= sum(one.probability for one in guesses) <= 1.001
        assert list(guesses) == sorted(guesses, key=lambda one: -one.probability)


def test_the_words_speak_for_their_label(model: CategoryModel) -> None:
    (guesses,) = model.suggest([("油烟", "楼下烧烤店油烟直排，气味刺鼻，电话13912345678，王建国先生")])
    assert guesses[0].label == "环保/废气"
    assert {"油烟", "烧烤店", "烧烤", "气味", "刺鼻"} & set(guesses[0].words)
    assert not any("王" in word or "1" in word for one in guesses for word in one.words)


def test_odd_texts_get_an_answer_or_none(model: CategoryModel) -> None:
    for text, guesses in zip(odd(), model.suggest([("", text) for text in odd()]), strict=True):
        assert (1 <= len(guesses) <= 3) if text.strip() else guesses == ()


def test_one_message_is_judged_as_in_a_batch(model: CategoryModel) -> None:
    batch = messages(30, seed=4)[0]
    assert model.suggest(batch, words=False) == [model.suggest([one], words=False)[0] for one in batch]


def test_labels_of_uneven_depth_have_their_place() -> None:
    texts, labels = messages(240)
    uneven = ["环保" if label == "环保/噪声" else label for label in labels]
    guesses = train(texts, uneven).suggest([("", "工地夜里施工吵得睡不着，搅拌机轰鸣到凌晨")])[0]
    assert guesses[0].label == "环保"


@pytest.mark.parametrize("labels", [["a", "a", "a", "a"], ["", "", "a", "b"]])
def test_too_little_is_refused(labels: list[str]) -> None:
    with pytest.raises(Refusal) as caught:
        train([("路", "灯"), ("井", "盖"), ("噪", "声"), ("废", "气")], labels)
    assert caught.value.code == "understanding.too-little"


def test_a_catalogue_alone_gives_a_first_answer() -> None:
    cold = cold_model(
        ["城乡建设/道路/路灯", "城乡建设/道路/窨井盖", "环境保护/噪声/施工噪声", "劳动保障/工资/拖欠工资"],
        levels=1,
    )
    assert cold.is_cold
    firsts = [
        one[0].label for one in cold.suggest([("", "路灯不亮"), ("", "老板拖欠工资"), ("", "施工噪声太大")])
    ]
    assert firsts == ["城乡建设", "劳动保障", "环境保护"]


def test_scores_are_told_by_group(model: CategoryModel) -> None:
    texts, labels = messages(60, seed=5)
    found = score(model, texts, labels, groups={"channel": ["web"] * 40 + ["phone"] * 20})
    assert {(one.group, one.n) for one in found.groups if one.of == "channel"} == {("web", 40), ("phone", 20)}
    assert sum(one.n for one in found.groups if one.of == "length") == 60


def test_unlabelled_messages_cannot_be_scored(model: CategoryModel) -> None:
    with pytest.raises(Refusal, match="nothing-labelled"):
        score(model, [("a", "b")], [""])


def test_a_label_that_is_alone_in_a_fold_is_no_trouble() -> None:
    texts = [
        (f"{word}{at}", f"{word}第{at}次") for word in ("路灯不亮",) * 24 + ("井盖松动",) for at in (1, 2)
    ]
    same = [("井盖松动", "井盖松动了")] * 24
    model = train([*texts[:4], *same], ["a/x"] * 4 + ["a/y"] * 24)
    assert model.suggest([("井盖松动", "")])[0][0].label == "a/y"


def test_copies_that_are_left_out_together_do_not_make_a_level_unsure() -> None:
    pairs = [
        ((f"{when}{what}", f"第{at}次"), f"{top}/{what}/{when}")
        for at in range(12)
        for top, whats in (("环保", ("河水发黑", "废气刺鼻")), ("城建", ("路灯不亮", "井盖松动")))
        for what in whats
        for when in ("白天", "夜里")
    ]
    model = train([message for message, _ in pairs], [label for _, label in pairs])
    guesses = model.suggest([message for message, _ in pairs], words=False)
    assert [one[0].label for one in guesses] == [label for _, label in pairs]
