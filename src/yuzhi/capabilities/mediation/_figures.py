"""Figures of disputes from the journal and the acts: accepted, agreed, performed, confirmed, gone to court.

Each share is told with what it was counted from. Disputes are counted by road, centre, kind, place or month;
people never are, and no statement here or anywhere groups by one.
"""

from datetime import datetime
from typing import Literal

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import looking, scope_of
from yuzhi.store.postgres.pool import acquired

By = Literal["road", "centre", "kind", "district", "town", "month"]

_GROUPS: dict[By, str] = {
    "road": "m.procedure",
    "centre": "m.unit",
    "kind": "m.kind",
    "district": "left(m.territory, 6)",
    "town": "left(m.territory, 9)",
    "month": "to_char(m.opened_at at time zone $6, 'YYYY-MM')",
}


class Share(Struct, frozen=True):
    """`count` of `of`; `share` is absent when there is nothing to count from."""

    count: int
    of: int
    share: float | None


class FiguresView(Struct, frozen=True):
    """The figures of one group of disputes accepted in a period, as they stand now.

    `agreed`: of those agreed or ended. `performed`, `broken` and `confirmed`: of those agreed. `to_court`: of
    those accepted. `days_to_agree` and `days_to_end` are medians.
    """

    group: str
    accepted: int
    ended: int
    agreed: Share
    performed: Share
    broken: Share
    confirmed: Share
    to_court: Share
    days_to_agree: float | None
    days_to_end: float | None


async def figures(
    pool: asyncpg.Pool,
    who: Actor,
    *,
    by: By,
    zone: str,
    within: tuple[str, ...] = (),
    opened_from: datetime | None = None,
    opened_to: datetime | None = None,
    confirming: tuple[str, ...] = ("judicial-confirmation",),
    suing: tuple[str, ...] = ("litigation-follow",),
) -> tuple[FiguresView, ...]:
    """Return the figures of the disputes on `who`'s ground, one row a group.

    `confirming` and `suing` are the procedures of the court's confirmation and of litigation.
    """
    scope = scope_of(who, within)
    async with looking(pool, who) as conn:
        seen = await conn.fetch(_SEEN, list(scope.prefixes), list(scope.units), opened_from, opened_to)
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            _SQL.format(group=_GROUPS[by]),
            [row["id"] for row in seen],
            ["agreement_effective"],
            list(confirming),
            list(suing),
            ["performed"],
            zone,
        )
    return tuple(_figures(row) for row in rows)


def _figures(row: asyncpg.Record) -> FiguresView:
    return FiguresView(
        group=row["name"], accepted=row["accepted"], ended=row["ended"],
        agreed=_share(row["agreed"], row["over"]), performed=_share(row["performed"], row["agreed"]),
        broken=_share(row["broken"], row["agreed"]), confirmed=_share(row["confirmed"], row["agreed"]),
        to_court=_share(row["to_court"], row["accepted"]), days_to_agree=_days(row["days_to_agree"]),
        days_to_end=_days(row["days_to_end"]),
    )  # fmt: skip


def _share(count: int, of: int) -> Share:
    return Share(count=count, of=of, share=round(count / of, 4) if of else None)


def _days(days: float | None) -> float | None:
    return None if days is None else round(float(days), 2)


# What is counted is on somebody's ground; that it is counted tells nothing of what was said.
_SEEN = """
select m.id from matter m
where yuzhi_is_sealed(m.id)
    and (m.city = any ($1::text[]) or m.district = any ($1) or m.town = any ($1) or m.community = any ($1)
        or m.territory = any ($1) or m.lead_unit = any ($2::text[]))
    and ($3::timestamptz is null or m.opened_at >= $3) and ($4::timestamptz is null or m.opened_at < $4)
"""
_SQL = """
with agreed as (
    select a.matter_id, min((a.facts ->> 'effective_at')::timestamptz) as named, min(a.at) as at
    from case_act a where a.act = any ($2) and a.matter_id = any ($1) group by a.matter_id
), kept as (
    select g.matter_id, bool_or(g.state = 'performed') as performed, bool_or(g.state = 'broken') as broken
    from agreement g where g.matter_id = any ($1) group by g.matter_id
), on_to as (
    select d.origin as matter_id, bool_or(n.procedure = any ($3) and n.outcome = 'confirmed') as confirmed,
        bool_or(n.procedure = any ($4)) as to_court
    from dispute d join matter n on n.id = d.matter_id where d.origin = any ($1) group by d.origin
), one as (
    select m.*, d.unit, g.matter_id is not null as is_agreed, coalesce(g.named, g.at) as agreed_at,
        coalesce(k.performed, false) or m.outcome = any ($5) as is_performed,
        coalesce(k.broken, false) as is_broken,
        coalesce(o.confirmed, false) or m.outcome = 'confirmed' as is_confirmed,
        coalesce(o.to_court, false) as is_to_court
    from dispute d join matter m on m.id = d.matter_id
    left join agreed g on g.matter_id = m.id left join kept k on k.matter_id = m.id
    left join on_to o on o.matter_id = m.id
    where m.id = any ($1) and $6::text <> ''
)
select {group} as name, count(*) as accepted, count(*) filter (where m.ended_at is not null) as ended,
    count(*) filter (where is_agreed or m.ended_at is not null) as over,
    count(*) filter (where is_agreed) as agreed,
    count(*) filter (where is_agreed and is_performed) as performed,
    count(*) filter (where is_agreed and is_broken) as broken,
    count(*) filter (where is_agreed and is_confirmed) as confirmed,
    count(*) filter (where is_to_court) as to_court,
    percentile_cont(0.5) within group (order by extract(epoch from m.agreed_at - m.opened_at) / 86400)
        filter (where is_agreed) as days_to_agree,
    percentile_cont(0.5) within group (order by extract(epoch from m.ended_at - m.opened_at) / 86400)
        filter (where m.ended_at is not null) as days_to_end
from one m group by 1 order by 2 desc, 1
"""
