"""Lets imaginary people take random lawful steps through a procedure, to see whether anybody gets stuck.

Every walk follows from the seed. It asks what may be done, as a screen would, lets clocks run
out as a worker would, and is steered to an end when it has wandered long enough.
"""

from collections import Counter
from collections.abc import Callable
from random import Random

from msgspec import Struct

from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import Procedure
from yuzhi.engine.walk import Tally, Walk

LAST = 30


class Stuck(Struct, frozen=True):
    """A walk that did not end as it should: which one, where it stood, what was wrong, its last steps."""

    matter: int
    state: str
    trouble: str
    steps: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    """What became of the simulated matters; counts by name."""

    procedure: str
    matters: int
    seed: int
    stuck: tuple[Stuck, ...]
    ends: dict[str, int]
    outcomes: dict[str, int]
    steps: dict[str, int]
    never_taken: tuple[str, ...]
    clocks_started: dict[str, int]
    clocks_breached: dict[str, int]
    automatic_skipped: dict[str, int]
    refused: dict[str, int]
    turns_each: float

    @property
    def is_clean(self) -> bool:
        """Say whether every matter came to an end with no clock still live."""
        return not self.stuck


def simulate(
    procedure: Procedure,
    *,
    matters: int,
    seed: int,
    calendar: Calendar,
    moved: Callable[[], None] = lambda: None,
) -> Report:
    """Walk that many matters through a procedure and return what became of them.

    Matters begin in the loaded years but the last two, so that their limits can be counted. `moved` is
    called after each, for whoever shows how far it has come.
    """
    tally = Tally(procedure)
    stuck: list[Stuck] = []
    for number in range(matters):
        # Chance here secures nothing; it must only be the same again for the same seed.
        walk = Walk(procedure, calendar, Random(f"{seed}/{number}"), tally)  # noqa: S311
        if trouble := walk.go():
            stuck.append(Stuck(number, walk.matter.state, trouble, tuple(walk.taken[-LAST:])))
        tally.ends[walk.matter.state] += 1
        tally.outcomes[walk.matter.outcome or "none"] += 1
        for clock in walk.matter.clocks:
            tally.started[clock.name] += 1
            tally.breached[clock.name] += clock.breached_at is not None
        moved()
    return Report(
        procedure=procedure.name,
        matters=matters,
        seed=seed,
        stuck=tuple(stuck),
        ends=_sorted(tally.ends),
        outcomes=_sorted(tally.outcomes),
        steps=_sorted(tally.steps),
        never_taken=tuple(step.name for step in procedure.steps if step.name not in tally.steps),
        clocks_started=_sorted(tally.started),
        clocks_breached=_sorted(tally.breached),
        automatic_skipped=_sorted(tally.skipped),
        refused=_sorted(tally.refused),
        turns_each=round(tally.turns / matters, 1) if matters else 0.0,
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
