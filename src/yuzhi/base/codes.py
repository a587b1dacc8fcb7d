"""Numbers that check themselves: citizen identity numbers and unified social credit codes."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal

_CITIZEN = re.compile(r"[0-9]{17}[0-9X]")
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT = re.compile(f"[{_CREDIT_ALPHABET}]{{18}}")
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CATEGORIES = {"1": "1239", "2": None, "3": "123459", "4": "19", "5": "1239", "6": None, "7": None, "8": None,
               "9": "1239", "A": None, "N": "1239", "Y": "1"}  # fmt: skip

Fault = Literal["shape", "check", "date"]
Sex = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class CitizenNumber:
    """A citizen identity number (GB 11643-1999) with a right check character.

    The first six digits are the place of first issue, which may long have been withdrawn: they are
    never checked against a list.
    """

    number: str
    born_on: date
    sex: Sex

    def is_plausible(self, today: date) -> bool:
        """Say whether somebody of that birthday may be alive: born, and not over 130 years ago."""
        return 0 <= (today - self.born_on).days <= 130 * 366


@dataclass(frozen=True, slots=True)
class CreditCode:
    """A unified social credit code (GB 32100-2015) with a right check character.

    Many codes in use have an inner organisation code (GB 11714) whose own check is wrong, and
    categories are added over the years: neither makes a code invalid, both are worth a warning.
    """

    code: str
    is_inner_right: bool
    is_category_known: bool


def citizen_number(text: str) -> CitizenNumber | Fault:
    """Read a citizen identity number, or tell what is wrong: `shape`, `check` or `date` (no such day)."""
    number = text.strip().upper()
    if not _CITIZEN.fullmatch(number):
        return "shape"
    total = sum(int(digit) * weight for digit, weight in zip(number, _CITIZEN_WEIGHTS, strict=False))
    if _CITIZEN_CHECKS[total % 11] != number[17]:
        return "check"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "date"
    return CitizenNumber(number=number, born_on=born, sex="male" if int(number[16]) % 2 else "female")


def credit_code(text: str) -> CreditCode | Fault:
    """Read a unified social credit code, or tell what is wrong: `shape` (length, characters) or `check`."""
    code = text.strip().upper()
    if not _CREDIT.fullmatch(code):
        return "shape"
    values = [_CREDIT_ALPHABET.index(character) for character in code]
    total = sum(value * weight for value, weight in zip(values, _CREDIT_WEIGHTS, strict=False))
    if values[17] != -total % 31:
        return "check"
    known = _CATEGORIES.get(code[0], "")
    return CreditCode(
        code=code,
        is_inner_right=code[16] == _inner_check(code[8:16]),
        is_category_known=known is None or code[1] in known,
    )


def _inner_check(organisation: str) -> str:
    """Return the check character of an organisation code of eight characters (GB 11714)."""
    values = (int(one, 36) for one in organisation)
    check = 11 - sum(value * weight for value, weight in zip(values, _INNER_WEIGHTS, strict=True)) % 11
    return {10: "X", 11: "0"}.get(check, str(check))
