"""Reads the trace, newest first, within the ground of whoever supervises; one statement a page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from yuzhi.base.ground import is_whole
from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.pool import acquired

MOST_ROWS: Final = 200


class Sought(Struct, frozen=True):
    """What to look for; empty looks for all. `subject` may be a beginning such as `pack:`."""

    kind: str = ""
    actor: str = ""
    account: str = ""
    subject: str = ""
    matter: UUID | None = None
    at_from: datetime | None = None
    at_to: datetime | None = None


class TraceView(Struct, frozen=True):
    """One line of the trace."""

    id: int
    at: datetime
    kind: str
    actor: str
    account: str
    unit: str
    address: str
    subject: str
    matter: UUID | None
    purpose: str
    facts: dict[str, object]


class TracePage(Struct, frozen=True):
    """A page of the trace and where the next one begins, empty at the end."""

    traces: tuple[TraceView, ...]
    next: str


async def search(
    pool: asyncpg.Pool, within: Sequence[str], sought: Sought, *, after: str = "", most: int = 50
) -> TracePage:
    """Return a page of the lines of some ground (territory prefixes), newest first.

    A whole city's code, or an empty prefix, takes in the lines that have no ground of their own.
    Raises Refusal `list.bad_cursor` and `list.bad_filter`.
    """
    if after and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Refusal("list.bad_cursor")
    if not 0 < most <= MOST_ROWS:
        raise Refusal("list.bad_filter", name="most")
    parts, values = _conditions(sought)
    if not is_whole(within):
        values.append([f"{code}%" for code in within])
        parts.append(f"territory like any(${len(values)}::text[])")
    if after:
        values.append(int(after))
        parts.append(f"id < ${len(values)}")
    values.append(most + 1)
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            "select id, at, kind, actor, account, unit, address, subject, matter_id, purpose, facts"
            f" from trace where {' and '.join(parts) or 'true'} order by id desc limit ${len(values)}",
            *values,
        )
    views = tuple(_view(*row) for row in rows[:most])
    return TracePage(traces=views, next=str(views[-1].id) if len(rows) > most else "")


def _view(*cells: Any) -> TraceView:  # noqa: ANN401 -- a row of the database
    *told, facts = cells
    return TraceView(*(*told, msgspec.json.decode(facts, type=dict[str, object])))


def _conditions(sought: Sought) -> tuple[list[str], list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for condition, value in (
        ("kind = $", sought.kind),
        ("actor = $", sought.actor),
        ("account = $", sought.account),
        ("starts_with(subject, $", sought.subject),
        ("matter_id = $", sought.matter),
        ("at >= $", sought.at_from),
        ("at < $", sought.at_to),
    ):
        if value:
            values.append(value)
            parts.append(f"{condition}{len(values)}" + (")" if "(" in condition else ""))
    return parts, values
