"""The thread of a dispute: every matter it went through by hand-overs, seen from any one of them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.base.actor import CLOCK, Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._standing import may_see, replay
from yuzhi.engine.matter import Matter
from yuzhi.store.journal import Journal

MOST = 50
TIES = frozenset({"handed_over_to", "handed_over_from"})


class ThreadPart(Struct, frozen=True):
    """One matter of a thread. `came_over` says how its hand-over stands, `from_number` who handed it over.

    Of a matter outside one's own ground and queue only what the other side is told is shown: its number,
    unit and outcome if it is the next one; of one further off, its procedure only.
    """

    procedure: str
    is_seen: bool
    id: UUID | None = None
    number: str = ""
    from_number: str = ""
    state: str = ""
    outcome: str = ""
    lead_unit: str = ""
    came_over: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None


async def thread(office: Office, matter: Matter, by: Actor) -> tuple[ThreadPart, ...]:
    """Return the matters of a thread as `by` may see them, the oldest first; nothing if there is but one."""
    found = await _gathered(office.journal, matter)
    near = {matter.id, *_tied(matter)}
    return (
        ()
        if len(found) == 1
        else tuple(_part(one, found, by, is_near=one.id in near) for one in _by_age(found))
    )


async def whole_thread(journal: Journal, matter: UUID) -> tuple[ThreadPart, ...]:
    """Return every matter of a thread for whoever runs the platform; raise Refusal `matter.not_found`."""
    entries = (await journal.entries([matter])).get(matter)
    if not entries:
        raise Refusal("matter.not_found", matter=str(matter))
    found = await _gathered(journal, replay(entries))
    return tuple(_part(one, found, CLOCK, is_near=True) for one in _by_age(found))


async def _gathered(journal: Journal, matter: Matter) -> dict[UUID, Matter]:
    found = {matter.id: matter}
    ring = _tied(matter)
    while ring := [one for one in ring if one not in found][: MOST - len(found)]:
        histories = await journal.entries(ring)
        more = [replay(entries) for entries in histories.values()]
        found |= {one.id: one for one in more}
        ring = list(dict.fromkeys(id_ for one in more for id_ in _tied(one)))
    return found


def _by_age(found: dict[UUID, Matter]) -> list[Matter]:
    return sorted(found.values(), key=lambda one: (one.opened_at, one.number))


def _tied(matter: Matter) -> list[UUID]:
    return [one.target for one in matter.links if one.kind in TIES]


def _part(matter: Matter, found: dict[UUID, Matter], by: Actor, *, is_near: bool) -> ThreadPart:
    is_seen = may_see(matter, by)
    if not is_seen and (by.hand == "requester" or not is_near):
        return ThreadPart(procedure=matter.procedure, is_seen=False)
    giver = found.get(matter.came_from) if matter.came_from else None
    return ThreadPart(
        procedure=matter.procedure,
        is_seen=is_seen,
        id=matter.id if is_seen else None,
        number=matter.number,
        from_number=giver.number if giver is not None and (may_see(giver, by) or is_near) else "",
        state=matter.state if is_seen else "",
        outcome=matter.outcome,
        lead_unit=matter.lead.unit if matter.lead else "",
        came_over=matter.came_over or "",
        opened_at=matter.opened_at,
        ended_at=matter.ended_at,
    )
