"""What disputes there are, where and when: by kind, place, season, level and urgency.

A dispute is looked at, never a person: nothing here knows who is in one, so that no list of troublesome
people can come out of it.
"""

from datetime import datetime
from typing import Literal

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import looking, scope_of

By = Literal[
    "kind", "district", "town", "community", "grid", "month", "season", "weekday", "urgency", "level"
]

_GROUPS: dict[By, str] = {
    "kind": "m.kind",
    "district": "left(m.territory, 6)",
    "town": "left(m.territory, 9)",
    "community": "left(m.territory, 12)",
    "grid": "m.territory",
    "month": "to_char(m.opened_at at time zone $5, 'YYYY-MM')",
    "season": "'Q' || extract(quarter from m.opened_at at time zone $5)::text",
    "weekday": "extract(isodow from m.opened_at at time zone $5)::text",
    "urgency": "m.urgency",
    "level": "case when m.ended_at is null then m.state else '' end",
}


class AnalysisView(Struct, frozen=True):
    """Disputes of one group: how many were noted, are open, were settled or guided on, broke a limit.

    `days` is the median of days until they were settled.
    """

    group: str
    noted: int
    open: int
    settled: int
    guided: int
    late: int
    urgent: int
    days: float | None


async def analysis(
    pool: asyncpg.Pool,
    who: Actor,
    *,
    by: By,
    zone: str,
    procedures: tuple[str, ...],
    within: tuple[str, ...] = (),
    opened_from: datetime | None = None,
    opened_to: datetime | None = None,
) -> tuple[AnalysisView, ...]:
    """Return how disputes on `who`'s ground are spread, one row a group."""
    scope = scope_of(who, within)
    async with looking(pool, who) as conn:
        rows = await conn.fetch(
            _SQL.format(group=_GROUPS[by]),
            list(scope.prefixes), opened_from, opened_to, list(procedures), zone,
        )  # fmt: skip
    return tuple(
        AnalysisView(
            group=row["name"], noted=row["noted"], open=row["open"], settled=row["settled"],
            guided=row["guided"], late=row["late"], urgent=row["urgent"],
            days=None if row["days"] is None else round(float(row["days"]), 2),
        )
        for row in rows
    )  # fmt: skip


_SQL = """
select {group} as name, count(*) as noted, count(*) filter (where m.ended_at is null) as open,
    count(*) filter (where m.outcome = 'settled') as settled,
    count(*) filter (where m.outcome = 'guided') as guided,
    count(*) filter (where m.is_breached) as late, count(*) filter (where m.urgency = 'urgent') as urgent,
    percentile_cont(0.5) within group (order by extract(epoch from m.resolved_at - m.opened_at) / 86400)
        filter (where m.outcome = 'settled') as days
from matter m
where m.procedure = any ($4) and $5::text <> ''
    and (m.city = any ($1::text[]) or m.district = any ($1) or m.town = any ($1) or m.community = any ($1)
        or m.territory = any ($1))
    and ($2::timestamptz is null or m.opened_at >= $2) and ($3::timestamptz is null or m.opened_at < $3)
group by 1 order by 2 desc, 1 limit 500
"""
