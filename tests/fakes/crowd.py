"""Many matters at once, made without an engine: as varied as lists and rates could meet them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from fakes.city import EAST, GRID, WEST
from fakes.people import DESK, ROADS, WATER
from fakes.request import REQUEST
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.base.ground import lies_in
from yuzhi.capabilities.matters._projection import rows
from yuzhi.engine.asks import Satisfaction, TextRef
from yuzhi.engine.matter import Assignment, Clock, ClockState, Matter
from yuzhi.store.journal import StoredEntry
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.store.unit import Change

PLACES = (
    "",
    "3302",
    "330212",
    "330212001",
    EAST,
    GRID,
    f"{GRID}1",
    f"{EAST}002",
    WEST,
    "330203002",
    "330299001001",
)
CATEGORIES = ("", "water", "water/tap", "waterfall")
STATES = ("received", "handling", "closed")
VERDICTS: tuple[Satisfaction | None, ...] = (None, "satisfied", "basically", "not_satisfied")
RUNNING: tuple[ClockState, ...] = ("running", "running", "paused", "stopped")
OUTCOMES = ("", "", "solved", "explained", "merged")


@dataclass
class Crowd:
    """Matters that are all in one database, and what a plain look at each of them says."""

    matters: list[Matter]

    def seen_in_lists(self, by: Actor, *, is_open: bool) -> list[Matter]:
        """Return the matters of somebody's ground, and of their unit's queue or of all it ever had."""
        return [one for one in self.matters if _sees(by, one, is_open=is_open)]


def _sees(by: Actor, matter: Matter, *, is_open: bool) -> bool:
    if is_open and matter.ended_at is not None:
        return False
    parts = [one for one in matter.assignments if one.is_live or not is_open]
    return any(lies_in(matter.territory, ground) for ground in by.covers if ground) or any(
        one.unit == by.unit for one in parts
    )


def leading(matter: Matter) -> Clock | None:
    """Return the clock whose deadline lists show."""
    return matter.clock("handle")


def due(matter: Matter) -> datetime | None:
    """Return the deadline lists show: none once the clock has stopped."""
    clock = leading(matter)
    return clock.due_at if clock is not None and clock.is_live else None


def a_crowd(size: int, seed: int = 1) -> Crowd:
    """Return that many matters; few instants, so that many are equal."""
    chance = Random(seed)
    return Crowd([_matter(n, chance) for n in range(1, size + 1)])


def _matter(n: int, chance: Random) -> Matter:
    opened = MONDAY + timedelta(hours=chance.randrange(6))
    is_over = chance.random() < 0.4
    outcome = chance.choice(OUTCOMES)
    satisfaction = chance.choice(VERDICTS) if outcome else None
    return Matter(
        id=UUID(int=chance.getrandbits(128)), number=f"20260302{n:08d}", pack="town", version="1",
        procedure=chance.choice(("request", "event")), state=chance.choice(STATES),
        since=opened, kind=chance.choice(("help", "complaint")), channel=chance.choice(("web", "hotline")),
        urgency=chance.choice(("normal", "urgent")), category=chance.choice(CATEGORIES),
        territory=chance.choice(PLACES), place=None, requester="", opened_at=opened, updated_at=opened, seq=1,
        texts={"subject": TextRef(id=UUID(int=n), digest="")} if chance.random() < 0.8 else {},
        assignments=tuple(_part(no, opened, chance, is_over=is_over) for no in range(1, chance.randrange(5))),
        clocks=_clocks(opened, chance, is_over=is_over), outcome=outcome,
        ended_at=opened if is_over else None, satisfaction=satisfaction,
        is_solved=None if satisfaction is None else chance.random() < 0.5,
        reopened=chance.choice((0, 0, 1)), urged=n % 3, supervised=n % 4 // 3, escalated=n % 5 // 4,
    )  # fmt: skip


def _part(no: int, opened: datetime, chance: Random, *, is_over: bool) -> Assignment:
    state = chance.choice(("answered", "recalled", "returned", *(() if is_over else ("given", "signed"))))
    unit = f"{chance.choice((WATER, ROADS, DESK))}"
    # No unit has two live parts in one matter, so the later ones are of other units.
    unit = unit if state not in {"given", "signed"} else f"{unit}{'' if no == 1 else no}"
    return Assignment(
        no=no, unit=unit, role=chance.choice(("lead", "co_handler")), state=state, given_at=opened
    )


def _clocks(opened: datetime, chance: Random, *, is_over: bool) -> tuple[Clock, ...]:
    if chance.random() < 0.2:
        return ()
    due_at = MONDAY + timedelta(days=chance.randrange(4))
    state: ClockState = "stopped" if is_over else chance.choice(RUNNING)
    paused = opened + timedelta(hours=1) if state == "paused" else None
    stopped = opened + timedelta(days=chance.randrange(4)) if state == "stopped" else None
    breached = due_at if chance.random() < 0.3 else None
    return (
        Clock(
            name="handle", no=0, run=1, state=state, limit="1 day", started_at=opened, due_at=due_at,
            amber_at=due_at, paused_at=paused, stopped_at=stopped, breached_at=breached,
        ),
    )  # fmt: skip


async def settle(store: PostgresStore, crowd: Crowd) -> None:
    """Put a crowd into the read tables, as handlers would."""
    changes = [_change(matter) for matter in crowd.matters]
    for first in range(0, len(changes), 50):
        await store.save(changes[first : first + 50])


def _change(matter: Matter) -> Change:
    entry = StoredEntry(matter=matter.id, seq=1, at=matter.opened_at, step="open", body=b"", leaf=b"")
    found = dict(rows(REQUEST, matter))
    found["text"] = [
        (ref.id, matter.id, "subject", b"", f"subject of {matter.number}") for ref in _subject(matter)
    ]
    return Change(entry=entry, rows=found)


def _subject(matter: Matter) -> Sequence[TextRef]:
    return list(matter.texts.values())
