"""What is struck out of words before everybody reads them."""

import pytest

from yuzhi.capabilities.sharing import scrub


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("业主张三的车挡路", "业主【姓名】的车挡路"),
        ("老板王建国拖欠工资", "老板【姓名】拖欠工资"),
        ("联系人：李四", "联系人【姓名】"),
        ("浙B12345 停在路中间", "【车牌】 停在路中间"),
        ("电话13812345678", "电话【电话】"),
        ("身份证330212199001011234", "身份证【证件号】"),
        ("路灯不亮，请修理", "路灯不亮，请修理"),
        ("业主委员会不公开账目", "业主委员会不公开账目"),
        ("居民反映噪声", "居民反映噪声"),
        ("", ""),
    ],
)
def test_names_and_numbers_go(text: str, left: str) -> None:
    assert scrub(text) == left


@pytest.mark.parametrize("name", ["张三", "欧阳锋", "李小龙", "王芳"])
@pytest.mark.parametrize("role", ["业主", "房东", "司机", "邻居", "患者"])
def test_a_name_behind_a_role_is_gone_whatever_follows(name: str, role: str) -> None:
    for after in ("", "的车", "停车", "，", "打人", "不让通行"):
        assert name not in scrub(f"楼下{role}{name}{after}")
