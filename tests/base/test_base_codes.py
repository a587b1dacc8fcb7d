from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhi.base.codes import CitizenNumber, CreditCode, citizen_number, credit_code

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("number", "sex", "born_on"),
    [
        ("11010519491231002X", "female", date(1949, 12, 31)),
        ("11010119900307002X", "female", date(1990, 3, 7)),
        ("360426199101010071", "male", date(1991, 1, 1)),
    ],
)
def test_valid_citizen_numbers(number: str, sex: str, born_on: date) -> None:
    found = citizen_number(number)
    assert isinstance(found, CitizenNumber)
    assert (found.sex, found.born_on, found.is_plausible(TODAY)) == (sex, born_on, True)


def test_a_number_may_be_right_and_nobody_alive_have_it() -> None:
    found = citizen_number("440524188001010014")
    assert isinstance(found, CitizenNumber)
    assert found.born_on == date(1880, 1, 1)
    assert not found.is_plausible(TODAY)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("110105194912310021", "check"),
        ("110105194902300020", "date"),
        ("11010519491231002", "shape"),
        ("11010519491231002XX", "shape"),
        ("1101051949123100２X", "shape"),
        ("X1010519491231002X", "shape"),
        ("", "shape"),
    ],
)
def test_wrong_citizen_numbers(number: str, fault: str) -> None:
    assert citizen_number(number) == fault


def test_a_small_x_is_an_x() -> None:
    found = citizen_number(" 11010519491231002x ")
    assert isinstance(found, CitizenNumber)
    assert found.number == "11010519491231002X"


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341L", "91330106MA0000015K", "91330106MA000004X1", "91330106MA00001700",
        "91350100M000100Y43", "N2320508MF0000013L",
    ],
)  # fmt: skip
def test_valid_credit_codes(code: str) -> None:
    assert credit_code(code.lower()) == CreditCode(code, is_inner_right=True, is_category_known=True)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91110000600037341M", "check"),
        ("9111000060003734IL", "shape"),
        ("A1110000600037341L", "check"),
        ("9111000060003734", "shape"),
    ],
)
def test_wrong_credit_codes(code: str, fault: str) -> None:
    assert credit_code(code) == fault


def test_what_is_odd_is_only_warned_of() -> None:
    found = credit_code("A1110000600037341K")
    assert found == CreditCode("A1110000600037341K", is_inner_right=True, is_category_known=True)
    # Made up: a category no table lists, and an inner check that is wrong.
    odd = [credit_code(f"54330106MA0000014{check}") for check in "0123456789ABCDEFGHJKLMNPQRTUWXY"]
    (found,) = [one for one in odd if isinstance(one, CreditCode)]
    assert (found.is_inner_right, found.is_category_known) == (False, False)


@given(st.text(max_size=20))
def test_any_text_gets_an_answer(text: str) -> None:
    assert citizen_number(text) in {"shape", "check", "date"} or isinstance(
        citizen_number(text), CitizenNumber
    )
    assert credit_code(text) in {"shape", "check"} or isinstance(credit_code(text), CreditCode)


@given(st.integers(0, 10**17 - 1), st.integers(0, 16))
def test_one_wrong_digit_is_always_found(digits: int, place: int) -> None:
    text = f"{digits:017d}"
    right = next(text + check for check in "0123456789X" if citizen_number(text + check) != "check")
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]
    assert citizen_number(wrong) == "check"
