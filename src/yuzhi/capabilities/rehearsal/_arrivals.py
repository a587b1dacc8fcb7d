"""What residents and grid workers of a rehearsed city bring up, and when: from templates and a seed."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

from msgspec import Struct

from yuzhi.base.actor import Actor, requester
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Attachment, NewMatter
from yuzhi.capabilities.rehearsal._city import name_of, short_name
from yuzhi.capabilities.rehearsal._staff import Staff
from yuzhi.capabilities.territory import Territory
from yuzhi.capabilities.vault import Person

COLUMNS: Final = ("category", "kind", "urgency", "subject", "detail", "reply")
PLACE: Final = "{community}"

# Residents write in the morning and the evening; few at night.
_HOURS: Final = (1, 1, 1, 1, 1, 2, 4, 8, 13, 15, 14, 11, 7, 8, 11, 12, 11, 10, 9, 10, 11, 9, 5, 2)
_WEEKDAYS: Final = (11, 10, 10, 10, 10, 7, 6)
_CHANNELS: Final = {"hotline": 55, "mobile": 22, "web": 13, "walk_in": 10}
_BY_DESK: Final = frozenset({"hotline", "walk_in"})
_KNOWN_PLACE: Final = 0.7  # the share of matters whose community whoever took them down entered
_RECENT: Final = 0.3  # of the period: how far back the middle of the matters lies


class Template(Struct, frozen=True):
    """A message to be had more than once; `{community}` in it is filled with a place's name."""

    category: str
    kind: str
    urgency: str
    subject: str
    detail: str
    reply: str


class Arrival(Struct, frozen=True):
    """Something brought up by somebody at an instant."""

    at: datetime
    by: Actor
    ask: NewMatter


def read_templates(text: str, *, name: str) -> tuple[Template, ...]:
    """Read templates from CSV; raises Refusal `rehearsal.bad_template` with the line."""
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    if tuple(next(rows, ())) != COLUMNS:
        raise Refusal("rehearsal.bad_template", file=name, line=1)
    found = []
    for row in rows:
        if len(row) != len(COLUMNS) or not all(row):
            raise Refusal("rehearsal.bad_template", file=name, line=rows.line_num)
        found.append(Template(*row))
    return tuple(found)


def replies(templates: Sequence[Template]) -> Mapping[str, tuple[str, ...]]:
    """Return what was answered to messages of each category."""
    found: dict[str, list[str]] = {}
    for template in templates:
        found.setdefault(template.category, []).append(template.reply)
    return {category: tuple(texts) for category, texts in found.items()}


class Residents:
    """Those who bring matters up in a city; `people` are invented, and so are their telephone numbers."""

    def __init__(self, communities: Sequence[Territory], staff: Staff, chance: Random) -> None:
        self._communities = communities
        self._staff = staff
        self._chance = chance

    def messages(
        self, templates: Sequence[Template], procedure: str, *, since: datetime, until: datetime, count: int
    ) -> Iterator[Arrival]:
        """Yield what residents write or call about, more of it of late than long ago."""
        for _ in range(count):
            place = self._chance.choice(self._communities)
            template = self._chance.choice(templates)
            channel = self._chance.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]
            ask = self._ask(template, procedure, channel, place)
            by = self._by(channel, place.code)
            if by is not None:
                yield Arrival(at=self._moment(since, until), by=by, ask=ask)

    def events(
        self, templates: Sequence[Template], procedure: str, photo: str, *, since: datetime, until: datetime,
        count: int,
    ) -> Iterator[Arrival]:  # fmt: skip
        """Yield what grid workers meet on patrol, with a photo."""
        for _ in range(count):
            place = self._chance.choice(self._communities)
            by = self._staff.post_with("grid_worker", place.code, self._chance)
            if by is None:
                continue
            ask = self._ask(self._chance.choice(templates), procedure, "patrol", place)
            seen = Attachment(file=photo, kind="photo_before")
            yield Arrival(
                at=self._moment(since, until),
                by=by,
                ask=NewMatter(
                    procedure=ask.procedure, subject=ask.subject, kind=ask.kind, channel=ask.channel,
                    detail=ask.detail, urgency=ask.urgency, category=ask.category, territory=place.code,
                    attachments=(seen,),
                ),
            )  # fmt: skip

    def _ask(self, template: Template, procedure: str, channel: str, place: Territory) -> NewMatter:
        name = short_name(place.name)
        is_patrol = channel == "patrol"
        knows = is_patrol or self._chance.random() < _KNOWN_PLACE
        return NewMatter(
            procedure=procedure,
            subject=template.subject.replace(PLACE, name),
            detail=template.detail.replace(PLACE, name),
            kind=template.kind,
            channel=channel,
            urgency=template.urgency,
            category=template.category,
            territory=place.code if knows else place.code[:6],
            place_words="" if knows else name,
            requester=None if is_patrol else self._person(name),
        )

    def _person(self, place: str) -> Person:
        chance = self._chance
        number = f"1000000{chance.randrange(10_000):04}"  # no such number is ever given out
        return Person(name=name_of(chance), phone=number, address=f"{place}{chance.randint(1, 30)}幢")

    def _by(self, channel: str, territory: str) -> Actor | None:
        if channel in _BY_DESK:
            return self._staff.post_with("intake_desk", territory, self._chance)
        return requester(str(UUID(int=self._chance.getrandbits(128), version=4)))

    def _moment(self, since: datetime, until: datetime) -> datetime:
        """Return an instant of the period: later days likelier, and days and hours as people live."""
        whole = (until - since).total_seconds()
        while True:
            back = self._chance.expovariate(1 / (whole * _RECENT))
            if back > whole:
                continue
            day = until - timedelta(seconds=back)
            hour = self._chance.choices(range(24), _HOURS)[0]
            at = day.replace(hour=hour, minute=self._chance.randrange(60), second=self._chance.randrange(60))
            is_likely = self._chance.random() * max(_WEEKDAYS) < _WEEKDAYS[at.weekday()]
            if is_likely and since <= at < until:
                return at
