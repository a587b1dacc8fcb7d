"""Takes one matter through a procedure, a step at a time, on a clock that only the test moves."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fakes.people import SOMEBODY, post, resident
from yuzhi.base.actor import Actor
from yuzhi.engine import decide
from yuzhi.engine.asks import AssignTo, Evidence, OpenMatter, TakeStep, TextRef
from yuzhi.engine.calendar import Calendar, parse_calendar
from yuzhi.engine.decide import Above, nobody_above
from yuzhi.engine.definition import Procedure
from yuzhi.engine.evolve import evolve
from yuzhi.engine.facts import Fact
from yuzhi.engine.limits import parse_limit
from yuzhi.engine.matter import Assignment, Clock, Matter

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)  # no day off and no make-up day in that fortnight
MATTER = UUID(int=1)
NUMBER = "2026030200000013"


@cache
def china() -> Calendar:
    """Return the shipped calendar."""
    text = Path(__file__).parents[2].joinpath("src/yuzhi/data/calendar/cn.csv").read_text(encoding="utf-8")
    return parse_calendar(text, source="cn.csv")


def words(*names: str) -> dict[str, TextRef]:
    """Return references to texts of those names."""
    return {name: TextRef(id=UUID(int=len(name)), digest="0" * 64) for name in names}


def photo(kind: str = "photo") -> Evidence:
    """Return evidence of a kind."""
    return Evidence(kind=kind, file="a" * 64)


class Walk:
    """A matter under way. `facts` are those of the last act, `told` all of them with their instants."""

    def __init__(self, procedure: Procedure, now: datetime = MONDAY, **opening: Any) -> None:
        self.procedure = procedure
        self.now = now
        self.told: list[tuple[datetime, tuple[Fact, ...]]] = []
        given: dict[str, Any] = {
            "id": MATTER, "number": NUMBER, "kind": "help", "channel": "web", "by": resident(),
            "texts": words("subject"), "territory": "330212001001", "requester": SOMEBODY, **opening,
        }  # fmt: skip
        self._matter: Matter | None = None
        self._keep(decide.open_matter(procedure, OpenMatter(**given), now, china()))

    @property
    def matter(self) -> Matter:
        """Where it stands."""
        assert self._matter is not None
        return self._matter

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the last act made happen."""
        return self.told[-1][1]

    def later(self, **time: float) -> "Walk":
        """Let time pass."""
        self.now += timedelta(**time)
        return self

    def take(self, step: str, by: Actor | None = None, **ask: Any) -> "Walk":
        """Take a step; `lead` and `co` name units, `texts` names of texts, `amount` a limit."""
        lead, co = ask.pop("lead", ""), ask.pop("co", ())
        if lead or co:
            ask["assign"] = AssignTo(lead=lead, co_handlers=tuple(co))
        if "texts" in ask:
            ask["texts"] = words(*ask["texts"])
        if "amount" in ask:
            ask["amount"] = parse_limit(ask["amount"])
        taken = TakeStep(step=step, by=by or post("handler"), **ask)
        self._keep(decide.take_step(self.procedure, self.matter, taken, self.now, china()))
        return self

    def tick(self, above: Above = nobody_above) -> "Walk":
        """Let the clocks speak."""
        self._keep(decide.tick(self.procedure, self.matter, self.now, china(), above))
        return self

    def clock(self, name: str, no: int = 0) -> Clock:
        """Return the newest run of a clock."""
        found = self.matter.clock(name, no)
        assert found is not None, f"clock {name} never ran"
        return found

    def part(self, no: int) -> Assignment:
        """Return an assignment by its number."""
        return self.matter.assignments[no - 1]

    def happened(self, kind: type[Any]) -> list[Any]:
        """Return the facts of a kind that the last act made happen."""
        return [fact for fact in self.facts if isinstance(fact, kind)]

    def _keep(self, facts: tuple[Fact, ...]) -> None:
        self.told.append((self.now, facts))
        if facts:
            self._matter = evolve(self._matter, facts, id=MATTER, at=self.now)
