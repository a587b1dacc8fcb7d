"""The SQL of learning: matters of a pack that are settled, and those of late, with their words."""

from datetime import date, datetime

import asyncpg
from msgspec import Struct

from yuzhi.capabilities.understanding.dispatch import Case

LONGEST = 4000
"""Characters of a text that are learnt from."""

_WORDS = (
    "coalesce((select t.body from text t where t.id = m.subject), '') subject,"
    f" coalesce((select left(t.body, {LONGEST}) from text t where t.matter_id = m.id and t.name = 'detail'"
    " and t.body is not null order by t.id limit 1), '') detail"
)
# Merged and withdrawn matters were looked at by nobody who answers for their category.
_CLOSED = (
    "select m.id::text id, m.category, m.territory, m.channel, m.kind, m.opened_at, m.ended_at,"
    f" m.lead_unit unit, {_WORDS} from (select * from matter where pack = $1 and ended_at is not null"
    " and outcome not in ('merged', 'withdrawn') and category <> ''"
    " order by ended_at desc, id desc limit $2) m order by m.ended_at, m.id"
)
_RECENT = (
    f"select m.id::text id, m.opened_at, m.territory, coalesce(m.requester::text, '') requester, {_WORDS}"
    " from (select * from matter where pack = $1 and opened_at >= $2"
    " order by opened_at desc, id desc limit $3) m order by m.opened_at, m.id"
)


class ClosedMatter(Struct, frozen=True):
    """A settled matter as it teaches: its category and unit as people left them, and its words."""

    id: str
    category: str
    territory: str
    channel: str
    kind: str
    opened_at: datetime
    ended_at: datetime
    unit: str
    subject: str
    detail: str


class RecentMatter(Struct, frozen=True):
    """A matter as it is grouped with others; `requester` tells voices apart and nothing more."""

    id: str
    opened_at: datetime
    territory: str
    requester: str
    subject: str
    detail: str


async def closed_matters(conn: asyncpg.Connection, pack: str, *, most: int) -> list[ClosedMatter]:
    """Return the latest settled matters of a pack that have a category, the oldest first."""
    return [ClosedMatter(**row) for row in await conn.fetch(_CLOSED, pack, most)]


async def recent_matters(
    conn: asyncpg.Connection, pack: str, since: datetime, *, most: int
) -> list[RecentMatter]:
    """Return the latest matters of a pack opened since an instant, the oldest first."""
    return [RecentMatter(**row) for row in await conn.fetch(_RECENT, pack, since, most)]


def case_of(category: str, territory: str, channel: str, kind: str, opened_at: datetime | None) -> Case:
    """Return what routing looks at: the levels of the category, district, town and community of the place."""
    parts = category.split("/") if category else []
    levels = tuple("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    places = tuple(territory[:size] for size in (6, 9, 12) if len(territory) >= size)
    return Case(
        category=levels,
        places=places,
        channel=channel,
        kind=kind,
        on=opened_at.date() if opened_at else date.min,
    )
