"""What is personal is found and struck out, and never shown as a reason."""

from itertools import pairwise

import numpy as np
import pytest

from yuzhi.capabilities.understanding.text import TellingWords, mask_personal, personal_spans


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("联系电话13912345678，请回电", "13912345678"),
        ("座机0574-87654321", "0574-87654321"),
        ("身份证330203199001011234", "330203199001011234"),
        ("卡号6222021234567890123到账", "6222021234567890123"),
        ("邮箱li.si-9@example.com.cn", "li.si-9@example.com.cn"),
        ("车牌浙BA1234乱停", "浙BA1234"),
        ("微信号：abc_12345", "abc_12345"),
        ("我叫欧建平，住在这里", "欧建平"),
        ("王某某先生打人", "王某某"),
        ("找到张建华主任反映", "张建华"),
        ("住在3栋2单元501室", "3栋2单元501室"),
    ],
)
def test_what_is_personal_is_struck_out(text: str, hidden: str) -> None:
    assert hidden in text
    assert hidden not in mask_personal(text)


def test_what_is_not_personal_stays() -> None:
    text = "小区东门路灯坏了三盏，12345热线已经登记"
    assert mask_personal(text) == text


def test_spans_do_not_overlap() -> None:
    spans = personal_spans("我叫王建国电话13912345678身份证330203199001011234，住3栋501室")
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_reasons_never_name_anyone() -> None:
    text = "王建国书记您好，我叫李秀英，电话13912345678，李秀英家门口噪音扰民"
    words = TellingWords(text).speaking(np.ones(len(text)), most=50)
    assert "噪音" in words
    assert not any(part in word for word in words for part in ("王建国", "李秀英", "139", "建国", "秀英"))


@pytest.mark.parametrize("text", ["我" * 20_000, "1" * 20_000, "a" * 20_000, "王" * 20_000, "栋号" * 10_000])
def test_long_monotonous_texts_take_no_time(text: str) -> None:
    assert isinstance(mask_personal(text), str)
