"""Counts made fit for everybody: no number smaller than `least` is told, nor can one be worked out.

k-anonymity by gathering (Samarati & Sweeney 1998; complementary suppression as in Cox 1980): within a
territory small counts are withheld together, and with them the smallest that are large enough, until what
is withheld is large enough itself. A territory too small even as a whole is gathered with its neighbours
one level up. So every matter is told of exactly once, sums are right, and no difference of two numbers that
are told is a small one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

LEVELS = (12, 9, 6, 4, 0)
WITHHELD = "*"


class Counted(Struct, frozen=True):
    """Matters of one territory and branch: how many, and how many of them have ended."""

    territory: str
    branch: str
    count: int
    closed: int


class Cell(Struct, frozen=True):
    """What is told of some matters together.

    `branch` is `*` where branches were gathered, and `territory` the one they are gathered in. `count` is
    None for fewer than the least number in the whole city; `closed` where it would tell of too few.
    """

    territory: str
    branch: str
    count: int | None
    closed: int | None
    is_gathered: bool = False


def withhold(counted: Iterable[Counted], least: int) -> list[Cell]:
    """Return the cells to be told, in the order of territories and branches."""
    by_territory: dict[str, dict[str, Counted]] = defaultdict(dict)
    for one in counted:
        if one.count:
            by_territory[one.territory][one.branch] = one
    told: list[Counted] = []
    gathered: dict[str, Counted] = {}
    left: dict[str, Counted] = {}
    for territory, branches in by_territory.items():
        alone, together = _within(branches, least)
        told += alone
        whole = _sum(territory, together)
        if whole.count:
            (gathered if whole.count >= least else left)[territory] = whole
    left = _gather_upwards(left, gathered, least)
    cells = [_cell(one, least) for one in told]
    cells += [_cell(one, least, is_gathered=True) for one in gathered.values()]
    cells += [Cell(territory, WITHHELD, None, None, is_gathered=True) for territory in left]
    return sorted(cells, key=lambda cell: (cell.territory, cell.branch))


def _within(branches: Mapping[str, Counted], least: int) -> tuple[list[Counted], list[Counted]]:
    """Return the branches of one territory that are told of by themselves, and those gathered."""
    ordered = sorted(branches.values(), key=lambda one: (one.count, one.branch))
    gathered = [one for one in ordered if one.count < least]
    told = ordered[len(gathered) :]
    while gathered and told and sum(one.count for one in gathered) < least:
        gathered.append(told.pop(0))
    return told, gathered


def _gather_upwards(left: dict[str, Counted], gathered: dict[str, Counted], least: int) -> dict[str, Counted]:
    """Add what territories are too small to tell of to what is gathered above them, level by level.

    Returns what is too small even as a whole.
    """
    for length in LEVELS:
        above: dict[str, list[Counted]] = defaultdict(list)
        for territory, part in left.items():
            above[territory[:length]].append(part)
        left = {}
        for territory, parts in above.items():
            whole = _sum(territory, [*parts, *([gathered[territory]] if territory in gathered else [])])
            if whole.count >= least:
                gathered[territory] = whole
            else:
                left[territory] = whole
    return left


def _sum(territory: str, parts: Iterable[Counted]) -> Counted:
    held = list(parts)
    return Counted(territory, WITHHELD, sum(one.count for one in held), sum(one.closed for one in held))


def _cell(one: Counted, least: int, *, is_gathered: bool = False) -> Cell:
    rest = one.count - one.closed
    is_told = all(part == 0 or part >= least for part in (one.closed, rest))
    return Cell(one.territory, one.branch, one.count, one.closed if is_told else None, is_gathered)
