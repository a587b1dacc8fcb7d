"""Plays a small office: matters are opened, and whatever may be done next is done at random, repeatably."""

from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

from fakes.city import EAST, GRID, WEST
from fakes.people import DESK, ROADS, post, resident
from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import NewMatter, NewStep, Office, OpenedView
from yuzhi.capabilities.vault import Person
from yuzhi.engine.options import Option

CLERK = post("desk", "dispatcher", "approver", unit=DESK, id="clerk")
STAFF: tuple[Actor, ...] = (
    CLERK,
    post("handler", id="water-1"),
    post("handler", unit=ROADS, covers=("330299",), id="roads-1"),
    resident(),
)


async def play(office: Office, size: int, start: datetime, *, seed: int = 1, turns: int = 6) -> list[UUID]:
    """Open that many matters and take some steps of each, an hour or a day apart; return their ids."""
    chance = Random(seed)
    found: list[UUID] = []
    for n in range(size):
        now = start + timedelta(minutes=n)
        matter = await open_one(office, now, n=n)
        for _ in range(turns):
            now += timedelta(hours=chance.choice((0, 1, 26)))
            await do_something(office, matter, now, chance, found[0] if found else matter)
        found.append(matter)
    return found


async def open_one(office: Office, now: datetime, *, n: int = 0, **said: Any) -> UUID:
    """Open a matter: every third by the resident, the others by the desk, some for a named person."""
    given: dict[str, Any] = {
        "procedure": "request", "subject": ("水管漏水", "路面有坑", "有煤气味")[n % 3], "kind": "help",
        "channel": "web", "territory": (EAST, GRID, WEST)[n % 3], "form": {"floor": n}, **said,
        "requester": None if n % 2 else Person(name=f"王{n}", phone=f"1380000{n:04d}"),
    }  # fmt: skip
    by = resident() if n % 3 == 0 else CLERK
    answer = await matters.open_matter(office, NewMatter(**given), by, now)
    return msgspec.json.decode(answer, type=OpenedView).id


async def do_something(office: Office, matter: UUID, now: datetime, chance: Random, target: UUID) -> str:
    """Let somebody take a step they may; return its name, empty when there is none or it was refused."""
    by = chance.choice(STAFF)
    try:
        may = [one for one in await matters.options_of(office, matter, by, now) if one.is_allowed]
        if not may:
            return ""
        option = chance.choice(may)
        await matters.take_step(office, matter, option.step, _step(option, chance, target), by, now)
    except Refusal:
        return ""
    return option.step


def _step(option: Option, chance: Random, target: UUID) -> NewStep:
    """Return a step with what it asks for."""
    does = set(option.does)
    return NewStep(
        texts={name: f"words for {name}" for name in option.texts},
        reason=chance.choice(option.reasons) if option.reasons else "because" if option.needs_reason else "",
        lead=chance.choice(("water", "roads")) if "assign" in does and option.to else "",
        co_handlers=("roads",) if "assign" in does and not option.to else (),
        outcome=chance.choice(option.outcomes) if option.outcomes else "",
        satisfaction="not_satisfied" if "verdict" in does else None,
        solved=False if "verdict" in does else None,
        amount="2 workdays" if "extend" in does else "",
        target=str(target) if "link" in does else "",
        kind="complaint" if "classify" in does else "",
        territory=chance.choice((EAST, WEST)) if "place" in does else "",
        form={"cost": 3} if option.form else {},
    )
