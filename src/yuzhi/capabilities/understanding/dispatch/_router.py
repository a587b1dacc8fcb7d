"""Which unit a matter goes to, learnt from where such matters went: a ranked list with chances and reasons.

Four opinions are averaged: counts by unit and by pattern of unit names, and a logistic regression
for each. Patterns (`<1>执法队`) let one street learn from another.
"""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from msgspec import Struct

from yuzhi.capabilities.understanding.dispatch._counts import BackedOffCounts
from yuzhi.capabilities.understanding.dispatch._names import UnitNames, pattern_of, unit_of
from yuzhi.capabilities.understanding.dispatch._regression import Regression

_WEIGHTS: Final = (0.1, 0.2, 0.2, 0.5)


class Case(Struct, frozen=True):
    """What is known of a matter when it is dispatched; `category` and `places` go from wide to narrow."""

    category: tuple[str, ...]
    places: tuple[str, ...] = ()
    channel: str = ""
    kind: str = ""
    on: date = date.min


class Went(Struct, frozen=True):
    """Where such matters went before: `like` what makes them alike (codes; none: all matters), `count` of
    `total` to the unit.
    """

    like: tuple[str, ...]
    count: int
    total: int


class Route(Struct, frozen=True):
    """A unit a matter may go to, how probable, and why: how many such matters went there before."""

    unit: str
    probability: float
    went: Went


class Verdict(Struct, frozen=True):
    """Whether a matter may go to its first unit without a person, and by which code that is told."""

    goes_by_itself: bool
    code: str


class Experience(NamedTuple):
    """All a router has learnt: how names fold, the units known, counts, features and regressions."""

    names: UnitNames
    known: frozenset[str]
    by_unit: BackedOffCounts
    by_pattern: BackedOffCounts
    columns: Mapping[str, int]
    units: Regression
    patterns: Regression


class Router:
    """Suggests units; `learn` follows new decisions, making a new one is for training, at night."""

    def __init__(self, experience: Experience) -> None:
        self._names = experience.names
        self._known = experience.known
        self._by_unit, self._by_pattern = experience.by_unit, experience.by_pattern
        self._columns = experience.columns
        self._units, self._patterns = experience.units, experience.patterns

    @property
    def experience(self) -> Experience:
        """What it has learnt so far."""
        return Experience(
            self._names, self._known, self._by_unit, self._by_pattern, self._columns, self._units,
            self._patterns,
        )  # fmt: skip

    def fold(self, unit: str) -> str:
        """Return the one name of a unit."""
        return self._names(unit)

    def learn(self, case: Case, unit: str) -> None:
        """Take in one more decided matter."""
        unit = self._names(unit)
        self._known |= {unit}
        self._by_unit.learn(_unit_keys(case), unit)
        self._by_pattern.learn(_pattern_keys(case), pattern_of(unit, case.places))

    def suggest(self, case: Case, *, most: int = 3) -> tuple[Route, ...]:
        """Return the `most` likeliest units, the likeliest first."""
        known = [
            (self._columns[name], value) for name, value in features_of(case).items() if name in self._columns
        ]
        columns, values = [column for column, _ in known], [value for _, value in known]
        return self._ranked(
            case, self._units.chances(columns, values), self._patterns.chances(columns, values), most
        )

    def _ranked(
        self, case: Case, by_unit: Mapping[str, float], by_pattern: Mapping[str, float], most: int
    ) -> tuple[Route, ...]:
        keys = _unit_keys(case)
        opinions = (
            self._by_unit.shares(keys),
            self._spelt(self._by_pattern.shares(_pattern_keys(case)), case),
            by_unit,
            self._spelt(by_pattern, case),
        )
        total: dict[str, float] = {}
        for weight, opinion in zip(_WEIGHTS, opinions, strict=True):
            for unit, chance in opinion.items():
                total[unit] = total.get(unit, 0.0) + weight * chance
        best = sorted(total, key=lambda unit: (-total[unit], unit))[:most]
        return tuple(Route(unit, round(total[unit], 4), self._went(keys, unit)) for unit in best)

    def _spelt(self, chances: Mapping[str, float], case: Case) -> dict[str, float]:
        spelt: dict[str, float] = {}
        for pattern, chance in chances.items():
            if chance > 1e-4:
                unit = unit_of(pattern, case.places, self._known)
                spelt[unit] = spelt.get(unit, 0.0) + chance
        return spelt

    def _went(self, keys: Sequence[Hashable], unit: str) -> Went:
        key, count, total = self._by_unit.evidence(keys, unit)
        like = tuple(str(part) for part in key[1:] if part) if isinstance(key, tuple) else ()
        return Went(like, count, total)


def may_go(routes: Sequence[Route], *, threshold: float, forbidden: str = "") -> Verdict:
    """Say whether a matter may go to its first unit by itself: nothing forbids it, the chance suffices.

    Told as `advice.no_unit`, the code of what is `forbidden`, `advice.not_sure` or `advice.goes_by_itself`.
    """
    if not routes:
        return Verdict(goes_by_itself=False, code="advice.no_unit")
    if forbidden:
        return Verdict(goes_by_itself=False, code=forbidden)
    if routes[0].probability < threshold:
        return Verdict(goes_by_itself=False, code="advice.not_sure")
    return Verdict(goes_by_itself=True, code="advice.goes_by_itself")


def _unit_keys(case: Case) -> tuple[Hashable, ...]:
    *_, narrow = case.category or ("",)
    middle = case.category[-2] if len(case.category) > 1 else ""
    wide = case.category[0] if case.category else ""
    street = case.places[0] if case.places else ""
    community = case.places[-1] if case.places else ""
    return (
        ("0",),
        ("1", wide),
        ("2", middle),
        ("3", middle, street),
        ("4", narrow),
        ("5", narrow, street),
        ("6", narrow, community),
        ("7", narrow, street, case.channel),
        ("8", narrow, community, case.channel),
    )


def _pattern_keys(case: Case) -> tuple[Hashable, ...]:
    *_, narrow = case.category or ("",)
    middle = case.category[-2] if len(case.category) > 1 else ""
    street = case.places[0] if case.places else ""
    community = case.places[-1] if case.places else ""
    return (
        ("0",),
        ("1", case.category[0] if case.category else ""),
        ("2", middle),
        ("4", narrow),
        ("5", narrow, case.channel),
        ("3", middle, street),
        ("6", narrow, street),
        ("7", narrow, community),
    )


def features_of(case: Case) -> dict[str, float]:
    """One-hot of what is known and of its pairs; character pairs of category names join rare kin."""
    levels = [f"c{at}={name}" for at, name in enumerate(case.category)]
    places = [f"p{at}={name}" for at, name in enumerate(case.places)]
    channel, kind = f"ch={case.channel}", f"k={case.kind}"
    found = dict.fromkeys((*levels, *places, channel, kind), 1.0)
    found |= {f"{level}|{place}": 1.0 for level in levels for place in places}
    found |= {f"{level}|{channel}": 1.0 for level in levels[1:] or levels}
    found |= {f"{place}|{channel}": 1.0 for place in places}
    if levels:
        found[f"{levels[-1]}|{kind}"] = 1.0
        if places:
            found[f"{levels[-1]}|{places[0]}|{channel}"] = 1.0
    for name in case.category[-2:]:
        for at in range(len(name) - 1):
            pair = f"~{name[at : at + 2]}"
            found[pair] = found[f"{pair}|{channel}"] = 0.5
            if places:
                found[f"{pair}|{places[0]}"] = 0.5
    return found
