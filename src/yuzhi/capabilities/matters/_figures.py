"""What is counted of matters: every figure is a test of rows, so the rows behind a figure are known too.

Figures count one of three things. `counted` are the matters themselves; merged and withdrawn ones are left
out, since nobody was answerable for an answer. `voice` are verdicts: those on answers that were passed on to
merged matters count with the matter that was answered. `handed` are matters given to a lead unit; by unit,
each counts with every unit that had it, so that a unit's returns are its own.
"""

from typing import Final, Literal, NamedTuple

By = Literal[
    "all", "unit", "district", "town", "community", "category", "kind", "channel", "procedure",
    "month", "week", "day",
]  # fmt: skip
Source = Literal["counted", "voice", "handed"]
Figure = Literal[
    "received", "open", "overdue", "answered", "concluded", "on_time", "late", "heard", "ever_answered",
    "disputed", "urged", "supervised", "escalated", "verdicts", "solved", "unsolved", "satisfied",
    "dissatisfied", "given", "returned",
]  # fmt: skip


class Counting(NamedTuple):
    """The rows a figure counts, and the test they pass."""

    source: Source
    test: str


_CONCLUDED = "(r.was_met is not null or r.is_breached)"
_ON_TIME = "coalesce(r.was_met and not r.is_breached, false)"
_ANSWERED = "r.outcome <> ''"
OVERDUE = "r.ended_at is null and coalesce(r.paused_at, $1) >= r.due_at"
"""Of an open matter: its leading limit has run out. `$1` is now."""

FIGURES: Final[dict[Figure, Counting]] = {
    "received": Counting("counted", "true"),
    "open": Counting("counted", "r.ended_at is null"),
    "overdue": Counting("counted", OVERDUE),
    "answered": Counting("counted", _ANSWERED),
    "concluded": Counting("counted", _CONCLUDED),
    "on_time": Counting("counted", f"{_CONCLUDED} and {_ON_TIME}"),
    "late": Counting("counted", f"{_CONCLUDED} and not {_ON_TIME}"),
    "heard": Counting("counted", f"{_ANSWERED} and r.satisfaction is not null"),
    "ever_answered": Counting("counted", f"({_ANSWERED} or r.reopened > 0)"),
    "disputed": Counting("counted", "r.reopened > 0"),
    "urged": Counting("counted", "r.urged > 0"),
    "supervised": Counting("counted", "r.supervised > 0"),
    "escalated": Counting("counted", "r.escalated > 0"),
    "verdicts": Counting("voice", "true"),
    "solved": Counting("voice", "coalesce(r.is_solved, false)"),
    "unsolved": Counting("voice", "not coalesce(r.is_solved, false)"),
    "satisfied": Counting("voice", "r.satisfaction in ('satisfied', 'basically')"),
    "dissatisfied": Counting("voice", "r.satisfaction not in ('satisfied', 'basically')"),
    "given": Counting("handed", "true"),
    "returned": Counting("handed", "r.is_returned"),
}

_GROUPS: Final[dict[By, str]] = {
    "all": "''",
    "unit": "m.lead_unit",
    "district": "left(m.territory, 6)",
    "town": "left(m.territory, 9)",
    "community": "left(m.territory, 12)",
    "kind": "m.kind",
    "channel": "m.channel",
    "procedure": "m.procedure",
    "month": "to_char(m.opened_at at time zone $2::text, 'YYYY-MM')",
    "week": "to_char(m.opened_at at time zone $2::text, 'IYYY-\"W\"IW')",
    "day": "to_char(m.opened_at at time zone $2::text, 'YYYY-MM-DD')",
}

WHERE = "m.outcome not in ('merged', 'withdrawn') and $1::timestamptz is not null and $2::text is not null"


def columns(by: By, category: str) -> str:
    """Return what is read of each matter; `$2` is the zone days are meant in.

    By category, the matters of a category that is asked for are told apart by what is below it.
    """
    depth = category.count("/") + 2 if category else 1
    group = _GROUPS.get(by, f"array_to_string((string_to_array(m.category, '/'))[1:{depth}], '/')")
    return (
        f"{group} grp, m.id, m.opened_at, m.ended_at, m.paused_at, m.due_at, m.outcome, m.was_met,"
        " m.is_breached, m.satisfaction, m.is_solved, m.reopened, m.urged, m.supervised, m.escalated"
    )


def sources(found: str, by: By) -> str:
    """Return the rows that figures count as a `with` clause over the statement `found`.

    What is not counted by the statement that follows is not worked out.
    """
    unit = "a.unit" if by == "unit" else "c.grp"
    return f"""
with recursive counted as ({found}),
below as (
    select c.grp, l.matter_id as id
    from counted c join link l on l.target = c.id and l.kind = 'duplicate_of' and l.is_live
    union
    select b.grp, l.matter_id
    from below b join matter m on m.id = b.id and m.outcome = 'merged'
        join link l on l.target = b.id and l.kind = 'duplicate_of' and l.is_live
), voice as (
    select grp, id, opened_at, satisfaction, is_solved from counted where satisfaction is not null
    union all
    select b.grp, m.id, m.opened_at, m.satisfaction, m.is_solved
    from below b join matter m on m.id = b.id and m.outcome = 'merged'
    where m.satisfaction is not null
), handed as (
    select {unit} grp, c.id, c.opened_at, bool_or(a.state = 'returned') is_returned
    from counted c join yuzhi_lead_parts((select array_agg(id) from counted)) a on a.matter_id = c.id
    group by 1, 2, 3
)"""
