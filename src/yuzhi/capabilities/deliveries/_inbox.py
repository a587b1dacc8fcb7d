"""Inboxes: letters as they lie before a unit or a requester, newest first, until somebody has read them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from yuzhi.base import cursor
from yuzhi.base.actor import Actor
from yuzhi.store.postgres.pool import acquired

MOST_ROWS = 200
COUNTED = 1000
"""Unread notices are counted no further than this."""


class NoticeView(Struct, frozen=True):
    """A letter in an inbox; its words are empty once what it quoted was erased."""

    id: UUID
    matter: UUID | None
    number: str
    letter: str
    title: str
    body: str
    at: datetime
    read_at: datetime | None


class NoticesPage(Struct, frozen=True):
    """A page of an inbox, newest first; `unread` counts all of it, up to a thousand."""

    rows: tuple[NoticeView, ...]
    unread: int
    next: str | None


_SELECT = (
    "select n.delivery_id, n.matter_id, coalesce(m.number, ''), coalesce(d.letter, ''), n.title, n.body,"
    " n.at, n.read_at from notice n left join matter m on m.id = n.matter_id"
    " left join delivery d on d.id = n.delivery_id"
)


async def notices(
    pool: asyncpg.Pool, by: Actor, *, matter: UUID | None = None, is_unread: bool = False,
    after: str | None = None, most: int = 50,
) -> NoticesPage:  # fmt: skip
    """Return a page of the inbox of whoever looks: their unit's, or as a requester their own.

    Raises Refusal `list.bad_cursor`.
    """
    most = max(1, min(most, MOST_ROWS))
    mine, arguments = _mine(by)
    tests = [mine]
    if matter is not None:
        arguments.append(matter)
        tests.append(f"n.matter_id = ${len(arguments)}")
    unread = f"{' and '.join(tests)} and n.read_at is null"
    counted = len(arguments)
    if is_unread:
        tests.append("n.read_at is null")
    if (position := cursor.read(after)) is not None:
        arguments += position
        tests.append(f"(n.at, n.delivery_id) < (${len(arguments) - 1}, ${len(arguments)})")
    async with acquired(pool) as conn:
        rows = await conn.fetch(
            f"{_SELECT} where {' and '.join(tests)} order by n.at desc, n.delivery_id desc limit {most + 1}",
            *arguments,
        )
        waiting = await conn.fetchval(
            f"select count(*) from (select from notice n where {unread} limit {COUNTED}) u",
            *arguments[:counted],
        )
    shown = tuple(NoticeView(*row) for row in rows[:most])
    return NoticesPage(
        rows=shown,
        unread=waiting,
        next=cursor.written((shown[-1].at, shown[-1].id)) if len(rows) > most else None,
    )


async def mark_read(pool: asyncpg.Pool, by: Actor, ids: Sequence[UUID], now: datetime) -> int:
    """Note that somebody read some letters of their inbox; return how many of them were unread till now."""
    mine, arguments = _mine(by)
    async with acquired(pool) as conn:
        done: str = await conn.execute(
            f"update notice n set read_at = ${len(arguments) + 1}"
            f" where n.delivery_id = any(${len(arguments) + 2}) and n.read_at is null and {mine}",
            *arguments,
            now,
            list(ids),
        )
    return int(done.rpartition(" ")[2])


def _mine(by: Actor) -> tuple[str, list[object]]:
    """Return the condition of an inbox, and its argument. Nobody has the inbox of no unit."""
    if by.hand == "requester":
        return "n.requester = $1 and n.unit = ''", [UUID(by.id)]
    return "n.unit = $1 and n.unit <> ''", [by.unit]
