"""Which codes came out of which: re-organisations, and the way back and forth along them.

An old matter keeps the code it was filed under. `Lineage` tells under which former codes the
matters of today's territory may still lie, and what became of a former code. It knows only
the changes, not the territories.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import groupby, product
from typing import Literal

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory._codes import ancestors, covers, is_code, spans

ChangeKind = Literal["merge", "split", "rename", "transfer"]


class Change(Struct, frozen=True):
    """One re-organisation: on `on` the `from_codes` became the `to_codes`.

    A code on both sides goes on: `merge (A, B) -> (A,)`, `split (A,) -> (A, B)`, a rename that
    keeps its code. Renames and transfers go pairwise, the first to the first. `names` gives
    the names of new or renamed codes, `basis` the document that ordered it.
    """

    kind: ChangeKind
    on: date
    from_codes: tuple[str, ...]
    to_codes: tuple[str, ...]
    basis: str = ""
    names: dict[str, str] = {}

    @property
    def is_pairwise(self) -> bool:
        return self.kind in {"rename", "transfer"}

    def steps(self) -> Iterator[tuple[str, str]]:
        """Every (from, to) this change links."""
        if self.is_pairwise:
            return zip(self.from_codes, self.to_codes, strict=True)
        return product(self.from_codes, self.to_codes)


class Former(Struct, frozen=True):
    """A code whose matters count here; `before` bounds them to those filed before that day."""

    code: str
    before: date | None


def check_change(change: Change) -> None:
    """Refuse `territory.change_malformed` if codes, names or their number do not fit the kind."""
    words = (*change.names.values(), change.basis or "-")
    if not all(word.isprintable() and word.strip() for word in words) or not change.names.keys() <= set(
        change.to_codes
    ):
        raise Refusal("territory.change_malformed", why="name", codes=list(change.names))
    if bad := [code for code in (*change.from_codes, *change.to_codes) if not is_code(code)]:
        raise Refusal("territory.change_malformed", why="code", codes=bad)
    many_from, many_to = len(set(change.from_codes)), len(set(change.to_codes))
    if many_from != len(change.from_codes) or many_to != len(change.to_codes):
        raise Refusal(
            "territory.change_malformed", why="repeated", codes=[*change.from_codes, *change.to_codes]
        )
    fits = {
        "merge": many_from >= 2 and many_to == 1,
        "split": many_from == 1 and many_to >= 2,
        "rename": many_from == many_to >= 1,
        "transfer": many_from == many_to >= 1 and not set(change.from_codes) & set(change.to_codes),
    }
    if not fits[change.kind]:
        raise Refusal(
            "territory.change_malformed", why=change.kind, codes=[*change.from_codes, *change.to_codes]
        )


class Lineage:
    """The changes in order: by day, and within a day in the order they are given."""

    def __init__(self, changes: Iterable[Change]) -> None:
        """Refuses `territory.change_malformed`, and `territory.change_cycle` for a circle within one day."""
        self.changes = tuple(sorted(changes, key=lambda change: change.on))
        self._out: dict[str, list[int]] = defaultdict(list)
        into: list[tuple[str, int, str]] = []
        self._kept = [set(change.from_codes) & set(change.to_codes) for change in self.changes]
        for rank, change in enumerate(self.changes):
            check_change(change)
            for code in change.from_codes:
                self._out[code].append(rank)
            into.extend((to, rank, code) for code, to in change.steps())
        self._into = sorted(into)
        self._named = {code for change in self.changes for code in (*change.from_codes, *change.to_codes)}
        self._refuse_circles()

    def names_code(self, code: str) -> bool:
        """Whether any change speaks of `code`."""
        return code in self._named

    def formers(self, code: str) -> tuple[Former, ...]:
        """`code` itself, then every code whose earlier matters belong to it, the nearest first."""
        best: dict[str, int] = {}
        waiting = [(code, len(self.changes))]
        while waiting:
            here, rank = waiting.pop(0)
            if best.get(here, -1) >= rank:
                continue
            best[here] = rank
            waiting.extend(self._before(here, rank))
        ranked = [
            Former(found, None if found == code else self.changes[rank].on) for found, rank in best.items()
        ]
        return tuple(former for former in ranked if not any(_within(former, other) for other in ranked))

    def after(self, code: str, rank: int, until: date) -> tuple[int, tuple[tuple[str, str], ...]] | None:
        """The next change after `rank` and up to `until` that meets `code`.

        It is given as (its rank, pairs of the code it leads to and the rest of `code` that is
        carried over); None if `code` still stands as it was.
        """
        met: list[tuple[int, str]] = []
        for holder in (code, *ancestors(code)):
            for step in self._out.get(holder, ()):
                change = self.changes[step]
                survives = holder != code and holder in self._kept[step]
                if step > rank and change.on <= until and not survives:
                    met.append((step, holder))
        if not met:
            return None
        step, holder = min(met)
        rest = code[len(holder) :]
        leads = [to for start, to in self.changes[step].steps() if start == holder]
        carried = self.changes[step].is_pairwise and all(len(to) == len(holder) for to in leads)
        return step, tuple((to, rest if carried else "") for to in leads)

    def first_rank_after(self, day: date | None) -> int:
        """The rank just before the first change later than `day`: -1 if `day` is None."""
        return -1 if day is None else sum(change.on <= day for change in self.changes) - 1

    def _before(self, code: str, rank: int) -> Iterator[tuple[str, int]]:
        for _, step, start in self._into_under(code):
            if step < rank:
                yield start, step
        for holder in ancestors(code):
            for _, step, start in self._into_exactly(holder):
                change = self.changes[step]
                if step < rank and change.is_pairwise and len(start) == len(holder) and start != holder:
                    former = start + code[len(holder) :]
                    if not self._moved_apart(former, start, step):
                        yield former, step

    def _moved_apart(self, code: str, holder: str, step: int) -> bool:
        """Whether `code` had left `holder` by a change of its own on the day `holder` changed."""
        day = self.changes[step].on
        for one in (code, *ancestors(code)):
            left = [
                rank
                for rank in self._out.get(one, ())
                if rank < step and self.changes[rank].on == day and one not in self._kept[rank]
            ]
            if len(one) > len(holder) and left:
                return not any(max(left) < rank < step for _, rank, _ in self._into_exactly(one))
        return False

    def _into_under(self, code: str) -> list[tuple[str, int, str]]:
        ((low, high),) = spans((code,))
        return self._into[bisect_left(self._into, (low,)) : bisect_left(self._into, (high,))]

    def _into_exactly(self, code: str) -> list[tuple[str, int, str]]:
        return self._into[bisect_left(self._into, (code,)) : bisect_left(self._into, (code + "!",))]

    def _refuse_circles(self) -> None:
        for day, of_day in groupby(self.changes, key=lambda change: change.on):
            order: TopologicalSorter[str] = TopologicalSorter()
            for start, to in (step for change in of_day for step in change.steps()):
                if start != to:
                    order.add(to, start)
            try:
                order.prepare()
            except CycleError as circle:
                raise Refusal("territory.change_cycle", on=day, codes=list(circle.args[1])) from circle


def _within(former: Former, other: Former) -> bool:
    """Whether `other` already takes in all that `former` does."""
    if former == other or not covers(other.code, former.code):
        return False
    return other.before is None or (former.before is not None and former.before <= other.before)
