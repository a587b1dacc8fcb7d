"""What is asked of the adviser, and the frozen shapes of its advice."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from yuzhi.capabilities.understanding.dispatch import Went
from yuzhi.capabilities.understanding.places import Place
from yuzhi.capabilities.understanding.replies import ReplyCheck
from yuzhi.capabilities.understanding.signals import Signal

MOST_ASKED = 200_000
"""Characters of a text that may be asked about."""

Code = Annotated[str, Meta(max_length=100)]


class Told(Struct, frozen=True):
    """What is told so far of a matter; whatever is empty is not known yet."""

    procedure: Code
    subject: Annotated[str, Meta(max_length=MOST_ASKED)] = ""
    detail: Annotated[str, Meta(max_length=MOST_ASKED)] = ""
    territory: Code = ""
    category: Code = ""
    kind: Code = ""
    channel: Code = ""
    urgency: Code = ""


class CategoryAdvice(Struct, frozen=True):
    """A category by code and name, how probable, and the words of the text that speak for it."""

    code: str
    name: str
    probability: float
    words: tuple[str, ...]


class UnitAdvice(Struct, frozen=True):
    """A unit such matters went to, how probable, and how many of them; `reason` says that in words.

    The words are put in by whoever tells them, in the language of whoever is told.
    """

    unit: str
    name: str
    probability: float
    went: Went
    reason: str = ""


class RouteAdvice(Struct, frozen=True):
    """Where the pack's rules would send it, the units learnt, and whether it would go by itself, and why.

    `verdict` is the code by which that is told; `trace` the same in words, put in as a unit's reason is.
    """

    rule: str
    lead: str
    lead_name: str
    units: tuple[UnitAdvice, ...]
    goes_by_itself: bool
    verdict: str
    threshold: float
    trace: str = ""


class LikeMatter(Struct, frozen=True):
    """An earlier matter the asker may see that is like this one: how like, and the words in common."""

    id: UUID
    number: str
    subject: str
    state: str
    category: str
    opened_at: datetime
    ended_at: datetime | None
    outcome: str
    alike: float
    words: tuple[str, ...] = ()
    answer: str = ""


class IssueAdvice(Struct, frozen=True):
    """The hot issue a matter seems to be part of, and how many of the matters nearest to it are."""

    id: str
    title: str
    place: str
    members: int
    heat: float
    shared: int


class Advice(Struct, frozen=True):
    """Everything the words of a matter suggest. `model` is the version that suggested the categories,
    `catalogue` where only the catalogue's words did; `warnings` are codes of what could not be read.
    """

    model: str
    categories: tuple[CategoryAdvice, ...]
    places: tuple[Place, ...]
    territory: str
    route: RouteAdvice
    signals: tuple[Signal, ...]
    duplicates: tuple[LikeMatter, ...]
    issue: IssueAdvice | None
    similar: tuple[LikeMatter, ...]
    warnings: tuple[str, ...] = ()


class HotIssueView(Struct, frozen=True):
    """A hot issue with its heat explained, and those of its matters the asker may see.

    `place` is what the words share, `territory` the name of the smallest territory they all lie in.
    """

    id: str
    title: str
    place: str
    territory: str
    first_at: datetime
    last_at: datetime
    members: tuple[UUID, ...]
    heat: float
    voices: float
    recency: float
    growth: float
    stability: float


class PolicySource(Struct, frozen=True):
    """A policy answer a draft draws on, with the document it rests on."""

    id: str
    question: str
    source: str


class DraftView(Struct, frozen=True):
    """A draft reply from earlier answers and policy answers (empty if none fits), and what it is taken from.

    `written` is what the large model wrote, where one is configured; `problem` says why it wrote nothing.
    """

    text: str
    sources: tuple[str, ...]
    written: str = ""
    problem: str = ""
    policies: tuple[PolicySource, ...] = ()


class SummaryView(Struct, frozen=True):
    """A matter summed up by the large model, marked as its work; `problem` says why there is none (`off`)."""

    text: str
    problem: str


class ReplyView(Struct, frozen=True):
    """How good a reply is, with reasons, and a warning if it says nothing."""

    check: ReplyCheck
