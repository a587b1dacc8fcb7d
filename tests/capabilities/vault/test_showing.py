"""What is shown: masks, and the forms telephone numbers come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.capabilities.vault import FIELDS, is_masked, mask, normal_phone, phone_kind


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("13812341234", "13812341234", "mobile"),
        ("+86 138 1234 1234", "13812341234", "mobile"),
        ("86-138-1234-1234", "13812341234", "mobile"),
        ("0086 13812341234", "13812341234", "mobile"),
        ("１３８１２３４１２３４", "13812341234", "mobile"),
        ("(138) 1234－1234", "13812341234", "mobile"),
        ("13812341234转801", "13812341234", "mobile"),
        ("0571-87654321", "057187654321", "landline"),
        ("（0571）8765 4321", "057187654321", "landline"),
        ("+86-571-87654321", "057187654321", "landline"),
        ("8657187654321", "057187654321", "landline"),
        ("010-62345678-8012", "01062345678", "landline"),
        ("0571-87654321转801", "057187654321", "landline"),
        ("021 6234 5678 分机 12", "02162345678", "landline"),
        ("87654321", "87654321", "other"),
        ("86541234", "86541234", "other"),
        ("12345", "12345", "service"),
        ("400-800-1234", "4008001234", "service"),
        ("95588", "95588", "service"),
        ("+1 (212) 555-0100", "+12125550100", "abroad"),
        ("00852 2345 6789", "+85223456789", "abroad"),
        ("没有电话", "", "other"),
        ("", "", "other"),
    ],
)
def test_numbers_have_one_form(text: str, number: str, kind: str) -> None:
    assert (normal_phone(text), phone_kind(text)) == (number, kind)


@given(st.text(max_size=30))
def test_the_one_form_is_its_own(text: str) -> None:
    once = normal_phone(text)
    assert set(once) <= set("+0123456789")
    assert phone_kind(once) == phone_kind(text) or phone_kind(text) == "other"
    if phone_kind(text) in {"mobile", "landline"}:
        assert normal_phone(once) == once


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("name", "张三", "张*"),
        ("name", "张三丰", "张**"),
        ("name", "欧阳修", "欧阳*"),
        ("name", "欧阳", "欧*"),
        ("name", "阳上官", "阳**"),
        ("name", "买买提·艾合买提", "买**"),
        ("name", "John Smith", "J**"),
        ("name", "王", "王*"),
        ("phone", "13812341234", "138****1234"),
        ("phone", "+86 138-1234-1234", "138****1234"),
        ("phone", "0571-87654321", "0571******21"),
        ("phone", "010-62345678", "010******78"),
        ("phone", "110", "****"),
        ("phone", "87654321", "******21"),
        ("id_number", "11010519491231002X", "110105********002X"),
        ("id_number", "G12345678", "G*******8"),
        ("id_number", "A1", "****"),
        ("address", "苏州市姑苏区金阊街道彩香一村12幢305室", "苏州市姑苏区金阊街道***"),
        ("address", "宁波市海曙区鼓楼街道中营社区冷静街8号", "宁波市海曙区鼓楼街道中营社区***"),
        ("address", "余姚市大隐镇章山村后屠自然村1号", "余姚市大隐镇章山村***"),
        ("address", "海曙区阳光小区3幢", "海曙区***"),
        ("address", "中山东路238号3楼", "中山东***"),
        ("address", "某处", "***"),
        ("name", "", ""),
        ("address", "", ""),
    ],
)
def test_masks(field: str, value: str, shown: str) -> None:
    assert mask(field, value) == shown


def test_the_public_sees_less_of_an_identity_number() -> None:
    assert mask("id_number", "11010519491231002X", "public") == "1****************X"


@given(st.sampled_from(FIELDS), st.text(min_size=1, max_size=60), st.sampled_from(["staff", "public"]))
def test_what_was_masked_is_known_as_masked(field: str, value: str, sight: str) -> None:
    shown = mask(field, value, sight)  # type: ignore[arg-type]
    assert is_masked(shown)
    if field in {"phone", "id_number"} and len(value) > 5:
        assert shown != value


@pytest.mark.parametrize("value", ["138****1234", "张＊", "1●●●X", "138∗∗∗∗1234"])
def test_marks_of_masking_are_known(value: str) -> None:
    assert is_masked(value)


@pytest.mark.parametrize(
    "value", ["13812341234", "张三", "中山路1-3号#201（东）", "买买提·艾合买提", "O'Brien"]
)
def test_ordinary_values_are_not_taken_for_masked(value: str) -> None:
    assert not is_masked(value)
