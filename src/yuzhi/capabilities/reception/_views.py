"""What this room hands out: roads with reasons, a registration, numbers, windows, and the board over them."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct


class ReasonView(Struct, frozen=True):
    """Why a road is open or closed, and on what that rests.

    `status` says whether that is law somebody has read (`verified`), an article known `second_hand` only, or
    a `local` rule: neither of these is law to be told as such. The weakest counts where there are several.
    """

    rule: str
    says: str
    basis: str
    status: str = ""


class RoadView(Struct, frozen=True):
    """A road that rules spoke of. `is_here` says whether its case can be opened here."""

    road: str
    name: str
    procedure: str
    is_open: bool
    is_here: bool
    because: tuple[ReasonView, ...]


class QuestionView(Struct, frozen=True):
    """A question with its answers by name, in words."""

    question: str
    says: str
    choices: dict[str, str]


class GuideView(Struct, frozen=True):
    """The questions of a guide; each must be answered."""

    guide: str
    version: str
    questions: tuple[QuestionView, ...]


class RegistrationView(Struct, frozen=True):
    """One visit: what was answered, what was offered, what was chosen, and the case opened from it."""

    id: UUID
    unit: str
    at: datetime
    guide: str
    version: str
    answers: dict[str, str]
    roads: tuple[RoadView, ...]
    chosen: str | None
    because: str
    matter: UUID | None
    at_agent_point: bool


class TicketView(Struct, frozen=True):
    """A number. `ahead` and `wait_minutes` are told while it waits."""

    id: UUID
    number: str
    line: str
    state: str
    on: date
    window: str
    calls: int
    ahead: int | None = None
    wait_minutes: int | None = None


class LineView(Struct, frozen=True):
    """A line: how many wait, and how long somebody who came now would."""

    line: str
    waiting: int
    windows: int
    wait_minutes: int


class WindowView(Struct, frozen=True):
    """A window and the number it has called."""

    window: str
    lines: tuple[str, ...]
    is_open: bool
    number: str


class BoardView(Struct, frozen=True):
    """What the screen in the hall shows: numbers, never names."""

    lines: tuple[LineView, ...]
    windows: tuple[WindowView, ...]
