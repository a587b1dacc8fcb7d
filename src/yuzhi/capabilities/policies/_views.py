"""What this room hands out: policy answers, and those found with what they were found by."""

from datetime import date, datetime

from msgspec import Struct

from yuzhi.capabilities.lexicon import PassageView


class PolicyView(Struct, frozen=True):
    """A question of policy and its answer, as the city published it."""

    id: str
    question: str
    answer: str
    source: str
    topic: str
    valid_from: date | None
    valid_to: date | None


class KeptPolicy(Struct, frozen=True):
    """An answer as it is kept: `valid`, `to_come` or `over` on the day asked about."""

    policy: PolicyView
    state: str
    updated_at: datetime


class FoundPolicy(Struct, frozen=True):
    """An answer that was found: how well it fits (0 to 1), and where the words asked for stand in it."""

    policy: PolicyView
    fits: float
    passages: tuple[PassageView, ...] = ()


class Topic(Struct, frozen=True):
    """A topic with how many answers it has today."""

    name: str
    answers: int
