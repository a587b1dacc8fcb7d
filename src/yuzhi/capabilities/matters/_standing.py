"""Reading where a matter stands: its entries folded, and who may see the result."""

from collections.abc import Sequence
from uuid import UUID

from yuzhi.base.actor import Actor, party
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._encoding import decode
from yuzhi.capabilities.matters._office import Office
from yuzhi.engine.evolve import evolve
from yuzhi.engine.matter import Matter
from yuzhi.store.journal import Sight, StoredEntry


def replay(entries: Sequence[StoredEntry]) -> Matter:
    """Return the matter that stored entries have left; there must be at least one."""
    matter: Matter | None = None
    for stored in entries:
        entry = decode(stored)
        matter = evolve(matter, entry.facts, id=entry.matter, at=entry.at)
    if matter is None:
        raise ValueError("a matter has at least one entry")
    return matter


async def standing(office: Office, matter: UUID) -> Matter:
    """Return a matter as it stands; raise Refusal `matter.not_found`."""
    entries = (await office.journal.entries([matter])).get(matter)
    if not entries:
        raise Refusal("matter.not_found", matter=str(matter))
    return replay(entries)


async def standings(office: Office, matters: Sequence[UUID]) -> list[Matter]:
    """Return some matters as they stand; those that are not there are left out."""
    return [replay(entries) for entries in (await office.journal.entries(matters)).values()]


async def chain_above(office: Office, matter: UUID, *, most: int = 50) -> list[Matter]:
    """Return a matter, the one it was merged into, the one that was merged into, and so on; no circle is
    gone round twice.
    """
    found: list[Matter] = []
    at: UUID | None = matter
    while at is not None and len(found) < most and all(one.id != at for one in found):
        found.append(await standing(office, at))
        at = found[-1].lead_matter
    return found


async def lead_of(office: Office, matter: UUID, by: Actor) -> UUID:
    """Return the matter that is answered for one: itself, or the last of those it was merged into.

    Raises Refusal `matter.not_found` if `by` may not see it.
    """
    found = await seen(office, matter, by)
    return (await chain_above(office, found.id))[-1].id


def may_see(matter: Matter, by: Actor) -> bool:
    """Say whether a matter is in somebody's jurisdiction or work queue, or is their own."""
    if by.hand == "requester":
        return matter.requester != "" and by.id == matter.requester
    if by.hand != "post":
        return True
    return by.covers_place(matter.territory) or any(
        by.unit in {one.unit, one.by_unit} for one in matter.assignments
    )


async def seen(office: Office, matter: UUID, by: Actor, *, lets_parties_in: bool = False) -> Matter:
    """Return a matter if `by` may see it; one they may not see is not found either."""
    return replay(await entries_seen(office, matter, by, lets_parties_in=lets_parties_in))


async def entries_seen(
    office: Office, matter: UUID, by: Actor, *, lets_parties_in: bool = False
) -> Sequence[StoredEntry]:
    """Return the entries of a matter `by` may see, asked for in one question with who they are.

    Raises Refusal `matter.not_found`.
    """
    if by.hand in {"post", "requester"}:
        entries = await office.journal.entries_seen(matter, _sight(by, lets_parties_in=lets_parties_in))
    else:
        entries = (await office.journal.entries([matter])).get(matter, ())
    if not entries:
        raise Refusal("matter.not_found", matter=str(matter))
    return entries


def acting(matter: Matter, by: Actor) -> Actor:
    """Return as whom somebody who sees a matter acts on it: a resident who did not ask for it, as a party."""
    return party(by.id) if by.hand == "requester" and by.id != matter.requester else by


def _sight(by: Actor, *, lets_parties_in: bool) -> Sight:
    if by.hand == "post":
        return Sight(ground=by.covers, unit=by.unit)
    return Sight(account=UUID(by.id), lets_parties_in=lets_parties_in and by.is_known)
