"""Which short names are also ordinary words, and whether a name stands free in its sentence.

Both are asked of the segmenter's dictionary, so no list of one city's odd names is needed:
下应 (a street) hides in 以下应当, 大隐 (a town) in 重大隐患, 花园 (a community) is any garden.
"""

import re
from collections.abc import Iterable
from typing import Final

import rjieba

# Such a word right after a stem makes another thing of it: 鄞州大道 is a road, 象山港 a bay.
_ENDS_A_WAY: Final = ("路", "街", "巷", "弄", "道", "线", "高速", "立交", "桥", "隧道")
_WAYS: Final = (
    "人行道 车道 车行道 盲道 下水道 通道 过道 楼道 河道 跑道 街道 "
    "马路 道路 公路 铁路 线路 电线 网线 小巷 街巷"
)
_IS_ANY_WAY: Final = frozenset(_WAYS.split())  # these are no names: 鄞州马路 is any road of 鄞州
_WATERS: Final = "港 湾 河 江 湖 溪 山 海 岛 塘 水库"
_IS_A_WATER: Final = frozenset(_WATERS.split())

# Ordinary words that are built like the full name of a district, town or village.
_ORDINARY_NAMES: Final = (
    "城区 郊区 矿区 市区 开发区 经济开发区 经济技术开发区 高新区 园区 工业区 工业园区 物流园区 保税区 度假区 "
    "旅游度假区 管理区 示范区 风景区 街道 小城镇 乡镇 林场 农场 盐场 牧场 种畜场 良种场 原种场 奶牛场 种马场 "
    "畜牧场 园艺场 茶场 渔场 林业局 林业站 城中村 城乡村 中心村 自然村 行政村 新农村 安置村 移民村 度假村 "
    "示范村 文明村 空心村 本社区 老社区 新社区 各社区 智慧社区 文明社区 安置社区 城市社区 农村社区"
)
_ORDINARY: Final = frozenset(_ORDINARY_NAMES.split())

_SURELY_A_PLACE: Final = 20  # how much more often a word must occur to be ordinary if it is known as a place

# What may stand right before a place name; after anything else a name may be the tail of a longer one.
_LEADS_IN: Final = frozenset(
    "在住于到从去由是为和与及至往向的位即对把将请问我们你他这那该本市区县镇乡道村社会来回过经给被因"
)


def is_ordinary(name: str) -> bool:
    """Whether a full name, suffix and all, is also an ordinary word."""
    return name in _ORDINARY


def is_common_word(text: str, limit: int) -> bool:
    """Whether the dictionary's corpus has `text` at least `limit` times as something other than a place."""
    if not rjieba.has_word(text):
        return False
    tagged = rjieba.tag(text)
    is_place = len(tagged) == 1 and tagged[0][1] == "ns"
    return rjieba.suggest_freq(text) >= limit * (_SURELY_A_PLACE if is_place else 1)


_CLAUSE: Final = re.compile(r"[^，。；：！？、（）,;:!?()\s]+")  # the segmenter never joins what these part


def words_at(text: str, spots: Iterable[int]) -> dict[int, str]:
    """The words of the clauses of `text` around some spots, by the offset each begins at.

    The end of such a clause holds the empty word. Other clauses are not looked at.
    """
    words: dict[int, str] = {}
    asked = set(spots)
    for clause in _CLAUSE.finditer(text):
        at, end = clause.span()
        if asked.isdisjoint(range(at, end)):
            continue
        for word in rjieba.cut(clause[0]):
            words[at] = word
            at += len(word)
        words[end] = ""
    return words


def is_word_of_its_own(words: dict[int, str], start: int, end: int) -> bool:
    """Whether a name at `start` to `end` cuts no word in two.

    From four characters on a name is taken as it stands: no word hides one that long.
    """
    return end - start >= 4 or (start in words and end in words)


def becomes_another(words: dict[int, str], text: str, end: int) -> bool:
    """Whether what follows `end` makes the name before it that of a road, a water, a hill."""
    follower = words.get(end)
    if follower is None:  # the segmenter took the name and what follows for one word
        return text.startswith(_ENDS_A_WAY, end) or text[end : end + 1] in _IS_A_WATER
    if follower in _IS_ANY_WAY:
        return False
    return follower in _IS_A_WATER or (len(follower) < 4 and follower.endswith(_ENDS_A_WAY))


def stands_free(text: str, start: int) -> bool:
    """Whether a name at `start` cannot be the tail of a longer name."""
    if start == 0:
        return True
    before = text[start - 1]
    return before in _LEADS_IN or not "\u4e00" <= before <= "\u9fff"
