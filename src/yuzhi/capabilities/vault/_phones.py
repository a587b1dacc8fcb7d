"""Telephone numbers as people write them, brought to one form for finding and masking."""

import re
import unicodedata
from typing import Literal

Kind = Literal["mobile", "landline", "service", "abroad", "other"]

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_SERVICE = re.compile(r"[48]00[0-9]{7}|9[56][0-9]{3,6}|1[0-9]{2,4}")
_MARKS = re.compile(r"[^0-9]")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#|-(?=[0-9]{1,6}$))\s*[0-9]{1,6}\s*$", re.IGNORECASE)


def normal_phone(text: str) -> str:
    """Return the digits by which a number is known: no country code of ours, no extension, no marks.

    Full-width digits count as digits. A landline keeps its area code with the leading 0, which is put
    back where a country code had taken its place. A number abroad keeps its + and country code.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    whole = _national(plain)
    if _MOBILE.fullmatch(whole) or _LANDLINE.fullmatch(whole):
        return whole
    # What looks like an extension is one only if a number stands before it.
    before = _EXTENSION.sub("", plain)
    short = _national(before) if before != plain else whole
    known = _MOBILE.fullmatch(short) or _LANDLINE.fullmatch(short) or _SERVICE.fullmatch(short)
    return short if known else whole


def _national(plain: str) -> str:
    """Return the digits without our country code; those of a number abroad after a +."""
    digits = _MARKS.sub("", plain)
    is_marked = plain.lstrip(" (").startswith("+")
    if is_marked or (digits.startswith("00") and len(digits) > 8):
        digits = digits if is_marked else digits[2:]
        if not digits.startswith("86"):
            return f"+{digits}"
        ours = digits[2:]
        return ours if _MOBILE.fullmatch(ours) else f"0{ours.lstrip('0')}"
    ours = digits.removeprefix("86")
    if ours != digits and _MOBILE.fullmatch(ours):
        return ours
    landline = f"0{ours.lstrip('0')}"
    return landline if ours != digits and _LANDLINE.fullmatch(landline) else digits


def phone_kind(text: str) -> Kind:
    """Return what sort of number it is; `other` is what fits no plan of numbers, and is kept all the same."""
    number = normal_phone(text)
    if _MOBILE.fullmatch(number):
        return "mobile"
    if _LANDLINE.fullmatch(number):
        return "landline"
    if number.startswith("+") and 8 <= len(number) <= 16:
        return "abroad"
    return "service" if _SERVICE.fullmatch(number) else "other"
