"""Near-duplicates: found among many whether they came singly or in bulk; other texts are not."""

import random

import pytest
from understanding_sentences import odd

from yuzhi.capabilities.understanding.issues import DuplicateIndex

WORDS = [
    "路灯",
    "井盖",
    "绿化",
    "物业",
    "停车",
    "噪声",
    "油烟",
    "公交",
    "学校",
    "医院",
    "社保",
    "工资",
    "电梯",
    "漏水",
    "垃圾",
    "围墙",
    "施工",
    "广场",
    "河道",
    "桥面",
]


def sentence(chance: random.Random) -> str:
    return "，".join(
        f"{chance.choice(WORDS)}{chance.choice('东南西北')}{chance.choice('一二三四五六七八九')}{chance.choice(WORDS)}需要{chance.choice(WORDS)}"
        for _ in range(8)
    )


TEXTS = [sentence(random.Random(at)) for at in range(600)]


@pytest.fixture(scope="module", params=["bulk", "single", "mixed"])
def index(request: pytest.FixtureRequest) -> DuplicateIndex:
    index = DuplicateIndex()
    ids = [str(at) for at in range(len(TEXTS))]
    if request.param == "bulk":
        index.add(ids, TEXTS)
    else:
        for name, text in zip(ids, TEXTS, strict=True):
            index.add((name,), (text,))
        if request.param == "mixed":
            many = [sentence(random.Random(10_000 + at)) for at in range(5_000)]
            index.add([f"m{at}" for at in range(5_000)], many)
    return index


def test_a_text_is_found_again(index: DuplicateIndex) -> None:
    for at in range(0, 600, 60):
        assert index.find(TEXTS[at])[0].id == str(at)
        assert index.find(TEXTS[at])[0].alike == 1


def test_a_text_with_a_changed_end_is_found(index: DuplicateIndex) -> None:
    found = [index.find(TEXTS[at][:-6] + "请尽快办理谢谢") for at in range(0, 600, 20)]
    assert sum(bool(near) and near[0].id == str(20 * at) for at, near in enumerate(found)) >= 28


def test_another_text_is_not_found(index: DuplicateIndex) -> None:
    assert index.find("居委会组织的重阳节活动非常好，感谢社区工作人员辛勤付出，老人们都很开心") == ()


def test_odd_texts_do_no_harm(index: DuplicateIndex) -> None:
    for text in odd():
        index.find(text)
    fresh = DuplicateIndex()
    fresh.add([str(at) for at in range(len(odd()))], odd())
    assert len(fresh) == len(odd())
    assert fresh.find("") == ()
