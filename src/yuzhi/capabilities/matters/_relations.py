"""What a matter is tied to: the one it was merged into, and those merged into it, with their verdicts."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters._office import Office
from yuzhi.capabilities.matters._scope import looking
from yuzhi.capabilities.matters._standing import chain_above, seen
from yuzhi.store.postgres.pool import acquired

MOST = 1000


class LinkedView(Struct, frozen=True):
    """A matter at the other end of a tie: where it stands and what its requester said, no words of theirs."""

    id: UUID
    number: str
    kind: str
    is_live: bool
    state: str
    outcome: str
    channel: str
    opened_at: datetime
    satisfaction: str | None
    is_solved: bool | None


class RelationsView(Struct, frozen=True):
    """Ties of a matter. `merged_into` are the lead matters, nearest first, the last being the one answered.

    `links` are its own ties, `linked` those that others have to it: live ones first, at most a thousand, and
    only to matters that may be seen. `merged`, `verdicts`, `solved` and `satisfied` count all that is merged
    into it, wherever it lies, through any number of matters between.
    """

    merged_into: tuple[str, ...]
    links: tuple[LinkedView, ...]
    linked: tuple[LinkedView, ...]
    merged: int
    verdicts: int
    solved: int
    satisfied: int


async def relations(office: Office, pool: asyncpg.Pool, matter: UUID, by: Actor) -> RelationsView:
    """Return what a matter is tied to; raise Refusal `matter.not_found` if `by` may not see it.

    A requester learns of no other matter.
    """
    found = await seen(office, matter, by)
    if by.hand == "requester":
        return RelationsView((), (), (), 0, 0, 0, 0)
    above = await chain_above(office, found.lead_matter) if found.lead_matter else []
    async with looking(pool, by) as conn:
        links = await conn.fetch(_LINKS.format("l.target", "l.matter_id"), matter, MOST)
        linked = await conn.fetch(_LINKS.format("l.matter_id", "l.target"), matter, MOST)
    async with acquired(pool) as conn:
        counted = await conn.fetchrow(_COUNTED, matter)
    return RelationsView(
        merged_into=tuple(one.number for one in above),
        links=tuple(LinkedView(*row) for row in links),
        linked=tuple(LinkedView(*row) for row in linked),
        merged=counted["merged"],
        verdicts=counted["verdicts"],
        solved=counted["solved"],
        satisfied=counted["satisfied"],
    )


_LINKS = (
    "select m.id, m.number, l.kind, l.is_live, m.state, m.outcome, m.channel, m.opened_at, m.satisfaction,"
    " m.is_solved from link l join matter m on m.id = {0} where {1} = $1"
    " and l.kind not in ('handed_over_to', 'handed_over_from')"
    " order by l.is_live desc, m.opened_at, m.id limit $2"
)
_COUNTED = """
with recursive below as (
    select l.matter_id as id from link l where l.target = $1 and l.kind = 'duplicate_of' and l.is_live
    union
    select l.matter_id from below b join link l on l.target = b.id and l.kind = 'duplicate_of' and l.is_live
)
select count(*) as merged, count(m.satisfaction) as verdicts, count(*) filter (where m.is_solved) as solved,
    count(*) filter (where m.satisfaction in ('satisfied', 'basically')) as satisfied
from below b join matter m on m.id = b.id
"""
