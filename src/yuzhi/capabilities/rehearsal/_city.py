"""A city to rehearse in: real places, invented grids, units and posts with invented people.

Pure: the same places and seed give the same city. Everything invented says so in its name or its code.
"""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Final

from msgspec import Struct

from yuzhi.base.ground import CITY_DIGITS
from yuzhi.capabilities.registry import Person, Post, Unit
from yuzhi.capabilities.territory import Territory

INVENTED: Final = "（虚拟）"
SERVED: Final = 12  # communities that have a unit and grid workers of their own
TOWNS_SERVED: Final = 3

_GRID_NAMES: Final = ("第一网格", "第二网格", "第三网格")
_SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹"
    "彭曾萧田董袁潘蔡蒋余于杜叶程魏苏吕丁沈任姚卢傅钟"
)
_GIVEN: Final = (
    "建国", "志强", "秀英", "丽娟", "海燕", "晓东", "文博", "雅琴", "国平", "永康", "思远", "佳怡", "子涵",
    "明辉", "春梅", "立新", "慧敏", "俊杰", "雪莲", "振华", "玉兰", "浩然", "若兰", "长青", "小满", "知行",
)  # fmt: skip


class Department(Struct, frozen=True):
    """A unit of the district, by its kind (a word of the packs) and name."""

    kind: str
    name: str


class City(Struct, frozen=True):
    """Everything a city needs beyond its division list."""

    grids: tuple[Territory, ...]
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    posts: tuple[Post, ...]
    served: tuple[str, ...]


_LEAD: Final = ("handler",)
_DEPARTMENT: Final = (_LEAD, _LEAD, ("handler", "approver"))
_HOTLINE: Final = (
    ("intake_desk",), ("intake_desk",), ("intake_desk",), ("dispatcher",), ("dispatcher",),
    ("callback_desk",), ("callback_desk",), ("evaluator",),
)  # fmt: skip
_COMMAND: Final = (
    ("intake_desk", "dispatcher"),
    ("dispatcher",),
    ("verifier",),
    ("verifier",),
    ("evaluator",),
)
_SUPERVISION: Final = (("supervisor",), ("supervisor", "handler"))
_TOWN: Final = (_LEAD, ("intake_desk", "dispatcher"), ("verifier", "handler", "town_mediator"))
# Keeps the platform for the whole city and handles no matter; nobody approves what they proposed themselves.
_PLATFORM: Final = (("administrator", "pack_editor"), ("administrator", "pack_approver"), ("data_steward",))
_COMMUNITY: Final = (("handler", "community_mediator"), ("grid_worker",), ("grid_worker",))
_OF_KIND: Final = {
    "hotline_centre": _HOTLINE,
    "command_centre": _COMMAND,
    "supervision": _SUPERVISION,
    "dispute_centre": (
        ("district_mediator", "mediator"),
        ("labour_desk",),
        ("litigation_desk", "confirmation_desk"),
    ),
    "petitions": (
        ("petition_desk",),
        ("petition_desk",),
        ("reviewer",),
        ("joint_conference", "leader", "unit_head"),
    ),
    "court": (("court_liaison",), ("court_liaison",)),
    "arbitration": (("arbitration_desk",), ("arbitration_desk",)),
    "mediation_committee": (("mediator",), ("mediator",)),
    "justice": (*_DEPARTMENT, ("reconsideration_desk",), ("reconsiderer",)),
    "police": (*_DEPARTMENT, ("police_officer",)),
    "urban_management": (*_DEPARTMENT, ("respondent",)),
}


def make_city(
    district: str, places: Sequence[Territory], departments: Iterable[Department], *, seed: int = 1
) -> City:
    """Return a city for a district: grids for every community, units, about 200 posts.

    `places` holds the district's towns and communities. Every town has its office; the largest towns'
    communities have units and grid workers of their own.
    """
    chance = Random(seed)  # noqa: S311 - names for a play
    towns = [place for place in places if place.level == "town"]
    communities = [place for place in places if place.level == "community"]
    registry = _Registry(chance)
    over = registry.unit(f"{district}-supervision", "人民政府督查室", "supervision", district, None)
    for department in departments:
        if department.kind == "supervision":
            registry.rename(over, department.name)
            registry.posts(over, _SUPERVISION)
            continue
        unit = registry.unit(
            f"{district}-{department.kind}", department.name, department.kind, district, over
        )
        registry.posts(unit, _OF_KIND.get(department.kind, _DEPARTMENT))
    offices = {
        town.code: registry.unit(f"{town.code}-office", _office_name(town), "town_office", town.code, over)
        for town in towns
    }
    for office in offices.values():
        registry.posts(office, _TOWN)
    served = _served(towns, communities)
    for community in served:
        office = offices[community.code[:9]]
        unit = registry.unit(f"{community.code}-c", community.name, "community", community.code, office)
        registry.posts(unit, _COMMUNITY)
    whole = district[:CITY_DIGITS]
    registry.posts(registry.unit(f"{whole}-data", "市数据局", "data_bureau", whole, None), _PLATFORM)
    return City(
        grids=tuple(grid for community in communities for grid in _grids(community, chance)),
        units=tuple(registry.units.values()),
        people=tuple(registry.people),
        posts=tuple(registry.held),
        served=tuple(community.code for community in served),
    )


def name_of(chance: Random) -> str:
    """Return an invented person's name."""
    return chance.choice(_SURNAMES) + chance.choice(_GIVEN)


def short_name(community: str) -> str:
    """Return the name residents use for a community: without the committee behind it."""
    for ending in ("居民委员会", "村民委员会", "居委会", "村委会"):
        community = community.removesuffix(ending)
    return community


def _office_name(town: Territory) -> str:
    return f"{town.name}办事处" if town.name.endswith("街道") else f"{town.name}人民政府"


def _served(towns: Sequence[Territory], communities: Sequence[Territory]) -> list[Territory]:
    """Return the communities with grid workers: the first ones of the first towns."""
    share = SERVED // TOWNS_SERVED
    return [
        community
        for town in towns[:TOWNS_SERVED]
        for community in [one for one in communities if one.code.startswith(town.code)][:share]
    ]


def _grids(community: Territory, chance: Random) -> list[Territory]:
    return [
        Territory(
            code=f"{community.code}{number:03}",
            name=f"{short_name(community.name)}{name}{INVENTED}",
            level="grid",
            parent=community.code,
        )
        for number, name in enumerate(_GRID_NAMES[: chance.randint(2, 3)], start=1)
    ]


class _Registry:
    """Units, people and posts as they are made; posts are numbered through."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.units: dict[str, Unit] = {}
        self.people: list[Person] = []
        self.held: list[Post] = []

    def unit(self, code: str, name: str, kind: str, territory: str, parent: str | None) -> str:
        self.units[code] = Unit(code=code, name=name, kind=kind, territory=territory, parent=parent)
        return code

    def rename(self, code: str, name: str) -> None:
        old = self.units[code]
        self.unit(code, name, old.kind, old.territory, old.parent)

    def posts(self, unit: str, sorts: Iterable[tuple[str, ...]]) -> None:
        for number, duties in enumerate(sorts, start=1):
            person = f"P{len(self.people) + 1:04}"
            self.people.append(Person(id=person, name=name_of(self._chance)))
            territory = self.units[unit].territory
            self.held.append(
                Post(id=f"{unit}-{number}", person=person, unit=unit, duties=duties, territory=territory)
            )
