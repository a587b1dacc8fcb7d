"""What is shown of personal data to whoever has not asked for it: 张**, 138****1234, a street and no door."""

import re
from typing import Literal

from yuzhi.capabilities.vault._phones import normal_phone, phone_kind

Sight = Literal["staff", "public"]
"""Who looks: staff see the first six and last four of an identity number, the public the first and last."""

MASK = "*"
_MASKED = re.compile("[*\uff0a\u2217\u204e\u2731\u25cf\u2022\u25a0\u2588]")
_DOUBLE_SURNAMES = (
    "欧阳上官司马诸葛东方皇甫尉迟公孙令狐慕容司徒夏侯端木宇文长孙独孤南宫澹台公冶宗政濮阳淳于单于太叔申屠轩辕钟离"
    "闾丘司空百里呼延赫连拓跋闻人万俟西门东郭第五"
)
# The last word in an address that still says only which community, or failing that which street.
_COMMUNITY = re.compile(
    r"^.*?[^小园厂校社](?:社区|居委会|村委会|(?<![新一二三四五六七八九十])村)(?!村|里|口|头|路|街|道|巷)"
)
_STREET = re.compile(r"^.*?(?:街道|镇|乡|苏木)(?!路|街|道|府)")
_DISTRICT = re.compile(r"^.*?[^小社园厂校](?:区|县|旗)(?!政)")


def is_masked(value: str) -> bool:
    """Say whether a value bears the marks of masking: such a one must never be written back."""
    return _MASKED.search(value) is not None


def mask(field: str, value: str, sight: Sight = "staff") -> str:
    """Return what is shown of a field's value; an empty one stays empty."""
    if not value:
        return ""
    if field == "id_number":
        return mask_id_number(value, sight)
    return _MASKS[field](value)


def mask_name(name: str) -> str:
    """Return the family name, and a mark for each character after it, two at most."""
    plain = name.strip()
    at = _DOUBLE_SURNAMES.find(plain[:2])
    kept = 2 if at >= 0 and at % 2 == 0 and len(plain) > 2 else 1
    return plain[:kept] + MASK * min(2, max(1, len(plain) - kept))


def mask_phone(phone: str) -> str:
    """Return the first three and last four digits of a mobile, area code and last two of a landline."""
    number = normal_phone(phone)
    kind = phone_kind(phone)
    if kind == "mobile":
        return f"{number[:3]}****{number[7:]}"
    if kind == "landline":
        area = 3 if number[1] in "12" else 4
        return f"{number[:area]}{MASK * (len(number) - area - 2)}{number[-2:]}"
    return MASK * max(4, len(number) - 2) + number[-2:] if len(number) > 4 else MASK * 4


def mask_id_number(number: str, sight: Sight = "staff") -> str:
    """Return the ends of an identity number: six and four for staff, one and one for the public."""
    first, last = (6, 4) if sight == "staff" else (1, 1)
    if len(number) < first + last + 4:  # a short number: a passport, say
        first, last = 1, 1
    if len(number) < 4:
        return MASK * 4
    return number[:first] + MASK * (len(number) - first - last) + number[-last:]


def mask_email(email: str) -> str:
    """Return the first character of an e-mail address, and where it is taken in."""
    name, at, host = email.strip().rpartition("@")
    return f"{name[:1]}{MASK * 3}@{host}" if at and name else MASK * 4


def mask_address(address: str) -> str:
    """Return an address down to its community, else its street or town, else its district."""
    plain = address.strip()
    for pattern in (_COMMUNITY, _STREET, _DISTRICT):
        if found := pattern.match(plain):
            return found[0] + MASK * 3
    return plain[:3] + MASK * 3 if len(plain) > 6 else MASK * 3


_MASKS = {"name": mask_name, "phone": mask_phone, "email": mask_email, "address": mask_address}
