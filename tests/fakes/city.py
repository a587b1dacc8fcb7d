"""A small city to work in: its territories, its units, its pack, and an office over any store."""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import Protocol

from fakes.keys import some_keys
from fakes.people import DESK, ROADS, WATER
from fakes.procedures import CATEGORIES, a_pack
from fakes.request import REQUEST
from fakes.walk import china
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Carrier, Ground, Office, Serials
from yuzhi.capabilities.packs import Shelf
from yuzhi.engine.definition import Category, Pack, Procedure, RoutingRule, UnitAt, When
from yuzhi.store.gathering import Gathering
from yuzhi.store.journal import Journal
from yuzhi.store.unit import Unit

EAST, WEST = "330212001001", "330203002005"
GRID = f"{EAST}001"
PLACES = {
    "3302": "宁波市", "330212": "鄞州区", "330212001": "东街道", EAST: "东社区", GRID: "东社区一网格",
    "330203": "海曙区", "330203002": "西街道", WEST: "西社区",
}  # fmt: skip
UNITS = {"water": WATER, "roads": ROADS, "desk": DESK}
LADDER = {WATER: "town", ROADS: "town", "town": "district", "district": "city"}

FORMS: dict[str, dict[str, object]] = {
    "request": {
        "type": "object",
        "properties": {
            "subject": {"type": "string"},
            "floor": {"type": "integer", "x-journal": True},
            "is_loud": {"type": "boolean", "x-journal": True},
            "how": {"enum": ["fast", "slow"], "x-journal": True},
            "whom": {"type": "string", "maxLength": 20},
        },
        "additionalProperties": False,
    },
    "result": {"type": "object", "properties": {"cost": {"type": "integer"}}, "additionalProperties": False},
}
LETTERS = {
    "received": {
        "zh": "# 已受理 {number}\n\n{subject}: {state}, {due_on} 前办结。",
        "en": "# Received {number}\n\n{state}",
    },
    "given": {"zh": "# 请 {unit} 办理 {number}\n\n{subject}\n{nothing}"},
    "late": {"zh": "# {number} 已超期\n\n请速办。"},
}
WORDS = {"zh": {"state.received": "已受理", "state.dispatched": "已派单"}}
ROUTING = (
    RoutingRule(name="danger", when=When(words=("煤气",))),
    RoutingRule(name="by-category", lead=UnitAt(kind="by_category")),
)
MORE = (Category(code="parks", unit_kind="parks", words=("公园",)),)


class City:
    """The ground as the city knows it; asked for a unit, it has one for water, roads and the desk."""

    def place(self, territory: str, lon: float | None, lat: float | None, words: str) -> str:
        """Return the territory given, the east for a point, what the words name, or nothing."""
        if territory:
            if territory not in PLACES:
                raise Refusal("territory.unknown", given=territory[:40])
            return territory
        if lon is not None and lat is not None:
            return EAST if lon > 0 else ""
        return next((code for code, name in PLACES.items() if len(code) == 12 and name in words), "")

    def unit_of_kind(self, kind: str, _at: str, _territory: str) -> str:
        """Return the one unit of a kind."""
        return UNITS.get(kind, "")

    def knows_unit(self, unit: str) -> bool:
        """Say whether there is such a unit."""
        return unit in UNITS.values()

    def above(self, unit: str, _duty: str) -> str:
        """Return the unit one rung up."""
        return LADDER.get(unit, "")


class Store(Journal, Unit, Protocol):
    """What an office writes to and reads from."""


def the_pack(*more: Procedure, forms: Mapping[str, dict[str, object]] = MappingProxyType({})) -> Pack:
    """Return the city's pack: the request of `fakes.request`, and others if wanted."""
    return a_pack(
        REQUEST, *more, forms={**FORMS, **forms}, letters=LETTERS, words=WORDS, routing=ROUTING,
        categories=(*CATEGORIES, *MORE),
    )  # fmt: skip


def an_office(
    store: Store,
    *more: Procedure,
    chance: Callable[[int], bytes] | None = None,
    ground: Ground | None = None,
    forms: Mapping[str, dict[str, object]] = MappingProxyType({}),
    carriers: tuple[Carrier, ...] = (),
) -> Office:
    """Return an office over a store; its chance is the same in every run."""
    there = ground or City()
    return Office(
        journal=store,
        unit=store,
        gathering=Gathering(store),
        serials=Serials(store),
        shelf=Shelf([the_pack(*more, forms=forms)]),
        ground=lambda: there,
        calendar=china(),
        keys=some_keys(),
        chance=chance or Random(1).randbytes,
        carriers=carriers,
    )
