"""Strikes out what is personal in words that everybody may read. It rather strikes out too much."""

import re
from typing import Final

from yuzhi.capabilities.understanding.text import mask_personal, personal_spans

_BEFORE: Final = (
    "姓名|名叫|我叫|我是|本人|联系人|户主|业主|租户|住户|店主|车主|法人|负责人|当事人|死者|患者|病人|司机|房东|老板|村民|居民|邻居|"
    "投诉人|举报人|申请人|被告|原告|丈夫|妻子|儿子|女儿|孩子|母亲|父亲|老人|员工|职工|工人|学生"
)
_NAMED: Final = re.compile(rf"(?:{_BEFORE})(?:叫|是|为|：|:|\s)?([\u4e00-\u9fff]{{2,4}})")
_NO_NAME: Final = frozenset("的了在和与把被说称向对因等也都将已让给及就又先不，")
"""Characters that follow names and end none."""
_ONE: Final = "【姓名】"


def scrub(text: str) -> str:
    """Return a text without telephones, identity and card numbers, plates, addresses of homes, and names.

    Beyond what is struck out anywhere, a surname right after somebody's title or role is taken for a name,
    and so are the two characters behind it, unless the second is a particle.
    """
    return _NAMED.sub(_struck, mask_personal(text))


def _struck(found: re.Match[str]) -> str:
    """Strike out what follows a role, if it could be a name: with `先生` behind it, it would be one."""
    given = found[1]
    for length in (3, 2):
        if given[length - 1 : length] in _NO_NAME:
            continue
        if any(kind == "name" and start == 0 for start, _, kind in personal_spans(f"{given[:length]}先生")):
            return found[0][: found.start(1) - found.start()] + _ONE + given[length:]
    return found[0]
