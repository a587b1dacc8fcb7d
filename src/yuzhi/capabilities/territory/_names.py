"""The ways people write a territory's name: in full, in short, without its suffix.

首南街道 is also 首南; 东兴社区居委会 is 东兴社区 or 东兴; 河头村委会 is 河头村. Which of these
may be trusted alone is told by the kind: `name` and `short` are names, `stem` is a guess.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from yuzhi.capabilities.territory._codes import Level

FormKind = Literal["name", "alias", "short", "stem", "former", "landmark"]

_SUFFIXES: Final[dict[Level, tuple[str, ...]]] = {
    "city": ("自治州", "地区", "市", "盟"),
    "district": ("自治县", "自治旗", "新区", "林区", "特区", "区", "县", "市", "旗"),
    "town": ("街道办事处", "地区办事处", "街道", "民族乡", "民族镇", "族乡", "苏木", "镇", "乡"),
    "community": ("社区", "村", "嘎查"),
    "grid": (),
}

_NATIONS: Final = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 "
    "纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 "
    "鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
_NATION: Final = re.compile(
    f"(?:(?:{'|'.join(sorted(_NATIONS.split(), key=len, reverse=True))})族?)+(?=自治[州县旗]|族?乡|族?镇)"
)

# 社区居民委员会 is the committee of the 社区, 村民委员会 that of the 村: the place is what is left.
_COMMITTEES: Final = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("社区村民委员会", "社区"),
    ("居民委员会", ""),
    ("居委会", ""),
    ("村村民委员会", "村"),
    ("村村委会", "村"),
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("社区委员会", "社区"),
)


def forms(name: str, level: Level) -> Iterator[tuple[str, FormKind]]:
    """Every way of writing `name`, the surest first; never a single character."""
    place = _place(name) if level == "community" else name
    yield name, "name"
    if place != name and len(place) > 1:
        is_named_so = any(place.endswith(suffix) for suffix in _SUFFIXES[level])
        yield place, "short" if is_named_so else "stem"
    stem = _stem(place, level)
    if stem != place and len(stem) > 1:
        yield stem, "stem"


def _place(name: str) -> str:
    for ending, stands_for in _COMMITTEES:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending) + stands_for
    return name


def _stem(place: str, level: Level) -> str:
    plain = _NATION.sub("", place, count=1) if level in {"city", "district", "town"} else place
    plain = plain if len(plain) > 2 else place
    for suffix in _SUFFIXES[level]:
        if plain.endswith(suffix) and len(plain) > len(suffix):
            return plain.removesuffix(suffix)
    return plain
