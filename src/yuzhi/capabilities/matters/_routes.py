"""Where matters go and why: the trace a journal keeps, and the rules tried without opening anything."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.base.actor import ROUTING
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._encoding import Entry, decode
from yuzhi.capabilities.matters._office import Office
from yuzhi.engine.asks import Routed
from yuzhi.engine.facts import Assigned, Opened, RouteFound, StepTaken
from yuzhi.engine.routing import categorise, route


class Said(Struct, frozen=True):
    """What the rules look at."""

    subject: str
    detail: str = ""
    kind: str = ""
    channel: str = ""
    urgency: str = ""
    category: str = ""
    territory: str = ""


class LaterRoute(Struct, frozen=True):
    """Where the routing sent a matter after its rules had left it to a desk, when, and why in words."""

    at: datetime
    lead: str
    reason: str


class RouteView(Struct, frozen=True):
    """The rule that fired, those passed over before it, and the units it gave; no lead means a desk.

    `later` is what the routing did after that by what was learnt, None where it did nothing.
    """

    number: str
    category: str
    territory: str
    rule: str
    passed: tuple[str, ...]
    lead: str
    co_handlers: tuple[str, ...]
    later: LaterRoute | None = None


async def route_of(office: Office, matter: UUID) -> RouteView:
    """Return the stored trace of a matter's routing; refuse `matter.not_found`."""
    entries = (await office.journal.entries([matter])).get(matter)
    if not entries:
        raise Refusal("matter.not_found", matter=str(matter))
    facts = decode(entries[0]).facts
    opened = next(fact for fact in facts if isinstance(fact, Opened))
    found = next((fact for fact in facts if isinstance(fact, RouteFound)), RouteFound(rule=""))
    given = [fact for fact in facts if isinstance(fact, Assigned)]
    later = next((one for one in map(decode, entries[1:]) if one.by.hand == ROUTING.hand), None)
    return RouteView(
        number=opened.number, category=opened.category, territory=opened.territory, rule=found.rule,
        passed=found.passed, lead=next((one.unit for one in given if one.role == "lead"), ""),
        co_handlers=tuple(one.unit for one in given if one.role == "co_handler"),
        later=None if later is None else await _later(office, later),
    )  # fmt: skip


async def _later(office: Office, entry: Entry) -> LaterRoute:
    refs = [
        fact.texts["reason"] for fact in entry.facts if isinstance(fact, StepTaken) and "reason" in fact.texts
    ]
    texts = await office.unit.texts([ref.id for ref in refs])
    return LaterRoute(
        at=entry.at,
        lead=next((one.unit for one in entry.facts if isinstance(one, Assigned) and one.role == "lead"), ""),
        reason="".join(texts.get(ref.id) or "" for ref in refs),
    )


def would_route(office: Office, procedure: str, said: Said) -> RouteView:
    """Return where the rules would send such words, opening nothing."""
    defined = office.shelf.procedure(procedure)
    pack = office.shelf.pack(defined.pack, defined.version)
    ground = office.ground()
    text = f"{said.subject}\n{said.detail}"
    category = said.category or categorise(pack, text)
    territory = ground.place(said.territory, None, None, "" if said.territory else text)
    opening = defined.opening
    routed: Routed = route(
        pack,
        kind=said.kind or opening.kinds[0],
        urgency=said.urgency or opening.urgencies[0],
        channel=said.channel or opening.channels[0],
        category=category,
        territory=territory,
        text=text,
        find=ground.unit_of_kind,
    )
    return RouteView(
        number="", category=category, territory=territory, rule=routed.rule, passed=routed.passed,
        lead=routed.assign.lead if routed.assign else "",
        co_handlers=routed.assign.co_handlers if routed.assign else (),
    )  # fmt: skip
