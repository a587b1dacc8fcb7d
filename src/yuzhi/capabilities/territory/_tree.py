"""The atlas: every territory of the city at all dates, and how they were re-organised.

A pure, frozen value held in memory and asked thousands of times a second. It never reads a
file or a table; a changed ground is a new atlas.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory._codes import Level, ancestors, covers, depth_of
from yuzhi.capabilities.territory._lineage import Change, Former, Lineage


class Territory(Struct, frozen=True):
    """One node of the tree. `valid_from` is its first day, `valid_to` the first day it is no more."""

    code: str
    name: str
    level: Level
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    aliases: tuple[str, ...] = ()

    def is_valid(self, on: date) -> bool:
        """Whether the territory exists on that day; a date that is not known bounds nothing."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )


class Atlas:
    """The tree of territories and its history. Build it with all of both; it never changes."""

    __slots__ = ("_children", "_equivalents", "_lineage", "_territories")

    def __init__(self, territories: Iterable[Territory] = (), changes: Iterable[Change] = ()) -> None:
        """Refuses `territory.code_repeated` and whatever `Lineage` refuses."""
        ordered = sorted(territories, key=lambda territory: territory.code)
        known = {territory.code: territory for territory in ordered}
        if len(known) != len(ordered):
            repeated = [one.code for one, two in pairwise(ordered) if one.code == two.code]
            raise Refusal("territory.code_repeated", codes=repeated)
        children: dict[str | None, list[Territory]] = defaultdict(list)
        for territory in ordered:
            children[territory.parent].append(territory)
        self._territories: Final[Mapping[str, Territory]] = MappingProxyType(known)
        self._children: Final = {parent: tuple(below) for parent, below in children.items()}
        self._lineage: Final = Lineage(changes)
        # Asked at each request for each post's ground, and always the same.
        self._equivalents: Final = lru_cache(maxsize=4096)(self._gone_into)

    @property
    def territories(self) -> Mapping[str, Territory]:
        """Every territory by code, in the order of codes."""
        return self._territories

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every re-organisation, the earliest first."""
        return self._lineage.changes

    def __contains__(self, code: object) -> bool:
        return code in self._territories

    def __len__(self) -> int:
        return len(self._territories)

    def __getitem__(self, code: str) -> Territory:
        """The territory of that code; refuses `territory.unknown`."""
        if (territory := self._territories.get(code)) is None:
            raise Refusal("territory.unknown", territory=code)
        return territory

    def children(self, code: str | None) -> tuple[Territory, ...]:
        """The territories right under `code`, in the order of codes; of None, the roots."""
        return self._children.get(code, ())

    def under(self, code: str) -> tuple[Territory, ...]:
        """`code`'s territory and everything below it, in the order of codes."""
        return tuple(territory for territory in self._territories.values() if covers(code, territory.code))

    def full_name(self, code: str) -> str:
        """The names from the top down to `code`, run together as an address is written."""
        above = [self._territories[one].name for one in reversed(ancestors(code)) if one in self._territories]
        return "".join((*above, self[code].name))

    def at(self, on: date) -> "Atlas":
        """The atlas of that day: only the territories that exist on it, with the whole history."""
        return Atlas((one for one in self._territories.values() if one.is_valid(on)), self.changes)

    def lineage(self, code: str) -> tuple[Former, ...]:
        """Under which codes the matters of `code` lie, and up to which day each of them counts.

        The first is `code` itself without a bound. A territory that was split and lives on is
        bounded by the day of the split, so that its own new matters are not counted twice.
        """
        depth_of(code)
        return self._lineage.formers(code)

    def equivalents(self, code: str) -> tuple[str, ...]:
        """`code` and every code that went into it or into anything below it.

        Every matter ever filed for today's territory has a code that one of these covers.
        Codes covered by another one of them are left out. Where a territory was split and
        lives on, its whole code is given; `lineage` gives the bound.
        """
        return self._equivalents(code)

    def _gone_into(self, code: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(former.code for former in self.lineage(code)))

    def successor(self, code: str, on: date, *, since: date | None = None) -> tuple[str, ...]:
        """What `code` had become by the day `on`: itself, its successor, or several after a split.

        `since` is the day the matter was filed: changes up to and with that day are not its own.
        """
        depth_of(code)
        ends: dict[str, None] = {}
        waiting = [(code, self._lineage.first_rank_after(since))]
        seen = set(waiting)
        while waiting:
            here, rank = waiting.pop()
            step = self._lineage.after(here, rank, on)
            if step is None:
                ends[here] = None
                continue
            then = [(self._carried(to, rest), step[0]) for to, rest in reversed(step[1])]
            waiting.extend(one for one in then if one not in seen)
            seen.update(then)
        return tuple(ends)

    def _carried(self, code: str, rest: str) -> str:
        whole = code + rest
        return whole if whole in self._territories or self._lineage.names_code(whole) else code


EMPTY: Final = Atlas()


def depth_first(territories: Iterable[Territory]) -> list[Territory]:
    """Cities first, grids last, so that a parent always comes before its children."""
    return sorted(territories, key=lambda territory: (depth_of(territory.code), territory.code))
