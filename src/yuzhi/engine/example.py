"""The shapes of an example: what is given, what happens when, and how a matter must then stand."""

from datetime import datetime

from msgspec import Struct

from yuzhi.engine.asks import Satisfaction
from yuzhi.engine.limits import Limit

SOMEWHERE = "0" * 12
"""The territory of a matter when an example does not say; its posts answer for every place there is."""


class Who(Struct, frozen=True):
    """Somebody who acts: a duty (or `requester`, `clock`) and perhaps the unit."""

    duty: str
    unit: str = ""


class Moment(Struct, frozen=True):
    """A day, or an instant on the city's own clock; 24:00 is the end of a day."""

    at: datetime
    is_day: bool = False


class Units(Struct, frozen=True):
    """The units a matter is given to."""

    lead: str = ""
    co_handlers: tuple[str, ...] = ()


class Carried(Struct, frozen=True):
    """A limit that comes along with a hand-over: its clock, how long it is, when it began."""

    clock: str
    limit: Limit
    since: datetime


class Given(Struct, frozen=True):
    """How the matter is opened. With `text` the routing rules are asked where it goes.

    `came_from` is the procedure that hands it over, `carried` the limits that come along.
    """

    at: datetime
    by: Who
    kind: str
    channel: str
    urgency: str = "normal"
    category: str = ""
    territory: str = SOMEWHERE
    text: str = ""
    routed: Units | None = None
    is_anonymous: bool = False
    form: dict[str, object] = {}
    came_from: str = ""
    carried: tuple[Carried, ...] = ()


class Then(Struct, frozen=True):
    """What must hold; whatever is not named is not looked at."""

    line: int = 0
    state: str = ""
    outcome: str = ""
    due: tuple[tuple[Who, Moment], ...] = ()
    clocks: tuple[tuple[Who, str], ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    no_letters: tuple[tuple[str, str], ...] = ()
    lead: str | None = None
    co_handlers: tuple[str, ...] | None = None
    assignments: tuple[tuple[str, str], ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    reopen_until: Moment | None = None
    satisfaction: str = ""
    solved: bool | None = None
    category: str = ""
    route: str = ""
    may: tuple[tuple[Who, tuple[str, ...]], ...] = ()
    may_not: tuple[tuple[Who, tuple[str, ...]], ...] = ()
    came_over: str = ""


class When(Struct, frozen=True):
    """Something that happens: a step somebody takes, or (without a step) only time going by."""

    line: int
    at: datetime
    by: Who = Who("clock")
    step: str = ""
    assign: Units | None = None
    reason: str = ""
    outcome: str = ""
    amount: Limit | None = None
    satisfaction: Satisfaction | None = None
    solved: bool | None = None
    kind: str = ""
    category: str = ""
    urgency: str = ""
    territory: str = ""
    without: tuple[str, ...] = ()
    refused: str = ""
    form: dict[str, object] = {}
    target: str = ""
    opens: str = ""
    upon: str = ""
    then: Then = Then()


class Example(Struct, frozen=True):
    """One story a jurist can check: given, when, then."""

    name: str
    file: str
    line: int
    procedure: str
    given: Given
    when: tuple[When, ...] = ()
    then: Then = Then()
    refused: str = ""
    about: str = ""
