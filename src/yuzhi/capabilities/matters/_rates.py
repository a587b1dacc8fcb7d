"""Rates from the matters themselves: received, on time, solved, satisfied, by unit or by territory.

A rate is always shown with what it was counted from, and nothing counted gives no rate. Merged and
withdrawn matters are left out, since nobody was answerable for an answer; verdicts of those merged count
with the matter they were merged into, which was answered for all of them.
"""

from datetime import datetime
from typing import Literal

import asyncpg
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters._fit import fit
from yuzhi.capabilities.matters._scope import LIES_IN, looking, scope_of

By = Literal["unit", "district", "town", "community", "category", "kind", "channel", "procedure"]

_GROUPS: dict[By, str] = {
    "unit": "m.lead_unit",
    "district": "left(m.territory, 6)",
    "town": "left(m.territory, 9)",
    "community": "left(m.territory, 12)",
    "category": "split_part(m.category, '/', 1)",
    "kind": "m.kind",
    "channel": "m.channel",
    "procedure": "m.procedure",
}


class Rate(Struct, frozen=True):
    """`count` of `of`; `share` is absent when there is nothing to count from."""

    count: int
    of: int
    share: float | None


class RatesView(Struct, frozen=True):
    """The rates of one group.

    `on_time`: leading limit met, of those whose limit was met or broken. `solved` and `satisfied` (the
    latter with "basically satisfied" counted in): of the verdicts given. `answered`: resolved, of received.
    """

    group: str
    received: int
    open: int
    overdue: int
    answered: Rate
    on_time: Rate
    verdicts: int
    solved: Rate
    satisfied: Rate
    reopened: int


async def rates(
    pool: asyncpg.Pool,
    who: Actor,
    *,
    by: By,
    now: datetime,
    within: tuple[str, ...] = (),
    opened_from: datetime | None = None,
    opened_to: datetime | None = None,
) -> tuple[RatesView, ...]:
    """Return the rates of the matters `who` may see, opened in a period, as they stand now, one row a group.

    Raises Refusal `list.bad_filter`.
    """
    scope = scope_of(who, within)
    async with looking(pool, who) as conn:
        rows = await conn.fetch(
            _sql(by),
            list(scope.prefixes),
            list(scope.units),
            fit("opened_from", opened_from),
            fit("opened_to", opened_to),
            fit("territory", within),
            now,
        )
    return tuple(
        RatesView(
            group=row["name"], received=row["received"], open=row["open"], overdue=row["overdue"],
            answered=_rate(row["answered"], row["received"]), on_time=_rate(row["met"], row["concluded"]),
            verdicts=row["verdicts"], solved=_rate(row["solved"], row["verdicts"]),
            satisfied=_rate(row["satisfied"], row["verdicts"]), reopened=row["reopened"],
        )
        for row in rows
    )  # fmt: skip


_PASSED_ON = """
with recursive above as (
    select f.id as merged, l.target as lead, f.satisfaction, f.is_solved
    from link l join matter f on f.id = l.matter_id
    where l.kind = 'duplicate_of' and l.is_live and f.satisfaction is not null
    union
    select a.merged, l.target, a.satisfaction, a.is_solved
    from above a join link l on l.matter_id = a.lead and l.kind = 'duplicate_of' and l.is_live
), passed_on as (
    select a.lead, count(*) as verdicts, count(*) filter (where a.is_solved) as solved,
        count(*) filter (where a.satisfaction in ('satisfied', 'basically')) as satisfied
    from above a
    where not exists (select from link l where l.matter_id = a.lead and l.kind = 'duplicate_of' and l.is_live)
    group by a.lead
)"""
"""Verdicts on answers that were passed on to merged matters, by the matter that was answered."""


def _rate(count: int, of: int) -> Rate:
    return Rate(count=count, of=of, share=round(count / of, 4) if of else None)


def _sql(by: By) -> str:
    return f"""
{_PASSED_ON}
select {_GROUPS[by]} as name, count(*) as received,
    count(*) filter (where m.ended_at is null) as open,
    count(*) filter (where m.ended_at is null and coalesce(m.paused_at, $6) >= m.due_at) as overdue,
    count(*) filter (where m.outcome <> '') as answered,
    count(*) filter (where m.was_met and not m.is_breached) as met,
    count(*) filter (where m.was_met is not null or m.is_breached) as concluded,
    count(m.satisfaction) + coalesce(sum(p.verdicts), 0)::bigint as verdicts,
    count(*) filter (where m.is_solved) + coalesce(sum(p.solved), 0)::bigint as solved,
    count(*) filter (where m.satisfaction in ('satisfied', 'basically'))
        + coalesce(sum(p.satisfied), 0)::bigint as satisfied,
    count(*) filter (where m.reopened > 0) as reopened
from matter m left join passed_on p on p.lead = m.id
where m.outcome not in ('merged', 'withdrawn')
    and ($3::timestamptz is null or m.opened_at >= $3) and ($4::timestamptz is null or m.opened_at < $4)
    and (exists (select from unnest($1::text[]) s(code) where {LIES_IN.format("s.code")})
        or m.lead_unit = any($2::text[]))
    and ($5::text[] = '{{}}'
        or exists (select from unnest($5::text[]) w(code) where {LIES_IN.format("w.code")}))
group by 1 order by 2 desc, 1
"""
