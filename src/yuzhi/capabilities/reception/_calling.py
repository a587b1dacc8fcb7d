"""Numbers and windows: taken, called, called again, skipped, passed on. However many do it at once, no number
is given out twice and none is called to two windows.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.ids import uuid7
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.capabilities.reception._asks import NewTicket, NewWindow
from yuzhi.capabilities.reception._views import BoardView, LineView, TicketView, WindowView
from yuzhi.store.postgres.pool import acquired

USUAL: Final = 600.0
"""Seconds a visit is reckoned to last until some have been counted today."""
COUNTED: Final = 20
CALLS: Final = 2
"""How often a number is called before it may be skipped."""


async def set_window(room: CaseRoom, name: str, window: NewWindow, by: Actor) -> None:
    """Set a window of one's own centre up, open or close it."""
    unit = _unit(by)
    if not name.strip() or len(name) > 60:
        raise Refusal("queue.bad_window", window=name[:60])
    async with acquired(room.pool) as conn:
        await conn.execute(
            "insert into service_window (unit, name, lines, is_open, post) values ($1, $2, $3, $4, $5)"
            " on conflict (unit, name) do update set lines = excluded.lines, is_open = excluded.is_open,"
            " post = excluded.post",
            unit, name.strip(), list(window.lines), window.is_open, by.id,
        )  # fmt: skip


async def take_number(room: CaseRoom, unit: str, ticket: NewTicket, by: Actor, now: datetime) -> TicketView:
    """Take a number of a centre for today; raises Refusal `queue.no_window` for a line nobody calls."""
    if by.hand != "post" and not by.is_known:
        raise Refusal("party.sign_in_first")
    today, id_ = room.office.calendar.day_of(now), uuid7(now, room.office.chance(10))
    async with acquired(room.pool) as conn, conn.transaction():
        if not await conn.fetchval(
            "select true from service_window where unit = $1 and $2 = any (lines) limit 1", unit, ticket.line
        ):
            raise Refusal("queue.no_window", line=ticket.line)
        no, place = await _next_number(conn, unit, today, ticket.line, now)
        await conn.execute(
            "insert into queue_ticket (id, unit, on_day, line, no, state, place, is_first, taken_at)"
            " values ($1, $2, $3, $4, $5, 'waiting', $6, $7, $8)",
            id_, unit, today, ticket.line, no, place, ticket.is_first and by.hand == "post", now,
        )  # fmt: skip
    return await ticket_view(room, unit, id_)


async def call_next(room: CaseRoom, window: str, by: Actor, now: datetime) -> TicketView | None:
    """Call the next number to a window, None when nobody waits.

    Raises Refusal `queue.window_unknown`, `queue.window_closed`, and `queue.window_busy` while it has one.
    """
    unit, today = _unit(by), room.office.calendar.day_of(now)
    async with acquired(room.pool) as conn, conn.transaction():
        # One at a time for a window; windows do not wait for each other.
        row = await conn.fetchrow(
            "select lines, is_open from service_window where unit = $1 and name = $2 for update", unit, window
        )
        if row is None:
            raise Refusal("queue.window_unknown", window=window)
        if not row["is_open"]:
            raise Refusal("queue.window_closed", window=window)
        busy = await conn.fetchrow(
            "select line, no from queue_ticket where unit = $1 and on_day = $2 and window_name = $3"
            " and state in ('called', 'serving')",
            unit, today, window,
        )  # fmt: skip
        if busy is not None:
            raise Refusal("queue.window_busy", window=window, number=_number(busy["line"], busy["no"]))
        id_ = await conn.fetchval(
            "update queue_ticket set state = 'called', window_name = $4, called_at = $5, calls = calls + 1"
            " where id = (select id from queue_ticket where unit = $1 and on_day = $2 and line = any ($3)"
            " and state = 'waiting' order by is_first desc, place, no limit 1 for update skip locked)"
            " returning id",
            unit, today, row["lines"], window, now,
        )  # fmt: skip
    return None if id_ is None else await ticket_view(room, unit, id_)


async def recall(room: CaseRoom, id_: UUID, by: Actor, now: datetime) -> TicketView:
    """Call a number again at the window that called it."""
    return await _move(room, id_, by, "called", "calls = calls + 1, called_at = $3", now)


async def begin(room: CaseRoom, id_: UUID, by: Actor, now: datetime) -> TicketView:
    """Begin to serve whoever was called."""
    return await _move(room, id_, by, "called", "state = 'serving', begun_at = $3", now)


async def finish(room: CaseRoom, id_: UUID, by: Actor, now: datetime) -> TicketView:
    """End a visit; the window is free again."""
    return await _move(room, id_, by, "serving", "state = 'done', ended_at = $3", now)


async def skip(room: CaseRoom, id_: UUID, by: Actor, now: datetime) -> TicketView:
    """Skip a number nobody came for; raises Refusal `queue.call_again` before it was called twice."""
    async with acquired(room.pool) as conn:
        calls = await conn.fetchval("select calls from queue_ticket where id = $1", id_)
    if calls is not None and calls < CALLS:
        raise Refusal("queue.call_again", calls=calls, least=CALLS)
    return await _move(room, id_, by, "called", "state = 'skipped', ended_at = $3", now)


async def come_back(room: CaseRoom, id_: UUID, by: Actor, now: datetime) -> TicketView:
    """Let a skipped number wait again, behind those who are there."""
    changes = "state = 'waiting', place = $3, window_name = '', calls = 0, ended_at = null"
    return await _move(room, id_, by, "skipped", changes, now)


async def pass_on(room: CaseRoom, id_: UUID, line: str, by: Actor) -> TicketView:
    """Pass somebody on to another line, where they are next: nobody queues twice for one visit."""
    unit = _unit(by)
    async with acquired(room.pool) as conn, conn.transaction():
        row = await conn.fetchrow(
            "select on_day, line, state, taken_at from queue_ticket where id = $1 and unit = $2 for update",
            id_,
            unit,
        )
        _check_state(row, id_, "called", "serving")
        if not await conn.fetchval(
            "select true from service_window where unit = $1 and $2 = any (lines) limit 1", unit, line
        ):
            raise Refusal("queue.no_window", line=line)
        no, _ = await _next_number(conn, unit, row["on_day"], line, row["taken_at"])
        await conn.execute(
            "update queue_ticket set state = 'waiting', line = $2, no = $3, is_first = true,"
            " window_name = '', calls = 0, place = taken_at where id = $1",
            id_, line, no,
        )  # fmt: skip
    return await ticket_view(room, unit, id_)


async def ticket_view(room: CaseRoom, unit: str, id_: UUID) -> TicketView:
    """Return a number, and while it waits how many are ahead and about how long that takes."""
    async with acquired(room.pool) as conn:
        row = await conn.fetchrow("select * from queue_ticket where id = $1 and unit = $2", id_, unit)
        if row is None:
            raise Refusal("queue.ticket_unknown", ticket=str(id_))
        ahead = wait = None
        if row["state"] == "waiting":
            ahead = await conn.fetchval(
                "select count(*) from queue_ticket where unit = $1 and on_day = $2 and line = $3"
                " and state = 'waiting' and (not is_first, place, no) < (not $4, $5, $6)",
                unit, row["on_day"], row["line"], row["is_first"], row["place"], row["no"],
            )  # fmt: skip
            pace = await _pace(conn, unit, row["on_day"])
            wait = _minutes(ahead, *pace.get(row["line"], (USUAL, 1)))
    return TicketView(
        id=id_, number=_number(row["line"], row["no"]), line=row["line"], state=row["state"],
        on=row["on_day"], window=row["window_name"], calls=row["calls"], ahead=ahead, wait_minutes=wait,
    )  # fmt: skip


async def board(room: CaseRoom, unit: str, now: datetime) -> BoardView:
    """Return what the screen in a centre's hall shows."""
    today = room.office.calendar.day_of(now)
    async with acquired(room.pool) as conn:
        windows = await conn.fetch(
            "select w.name, w.lines, w.is_open, t.line, t.no from service_window w"
            " left join queue_ticket t on t.unit = w.unit and t.on_day = $2 and t.window_name = w.name"
            " and t.state in ('called', 'serving') where w.unit = $1 order by w.name",
            unit, today,
        )  # fmt: skip
        waiting = await conn.fetch(
            "select line, count(*) as waiting from queue_ticket where unit = $1 and on_day = $2"
            " and state = 'waiting' group by line",
            unit, today,
        )  # fmt: skip
        pace = await _pace(conn, unit, today)
    there = {row["line"]: row["waiting"] for row in waiting}
    lines = sorted({*there, *(line for row in windows for line in row["lines"])})
    return BoardView(
        lines=tuple(
            LineView(
                line=line, waiting=there.get(line, 0),
                windows=sum(row["is_open"] and line in row["lines"] for row in windows),
                wait_minutes=_minutes(there.get(line, 0), *pace.get(line, (USUAL, 1))),
            )
            for line in lines
        ),
        windows=tuple(
            WindowView(
                window=row["name"], lines=tuple(row["lines"]), is_open=row["is_open"],
                number=_number(row["line"], row["no"]) if row["no"] else "",
            )
            for row in windows
        ),
    )  # fmt: skip


async def _next_number(
    conn: asyncpg.Connection, unit: str, today: date, line: str, now: datetime
) -> tuple[int, datetime]:
    """Return the next number of a line and its place, never before that of the number before it."""
    row = await conn.fetchrow(
        "insert into queue_counter as c (unit, on_day, line, last, last_at) values ($1, $2, $3, 1, $4)"
        " on conflict (unit, on_day, line) do update set last = c.last + 1,"
        " last_at = greatest(c.last_at, excluded.last_at) returning last, last_at",
        unit, today, line, now,
    )  # fmt: skip
    return row["last"], row["last_at"]


async def _move(room: CaseRoom, id_: UUID, by: Actor, state: str, changes: str, now: datetime) -> TicketView:
    unit = _unit(by)
    async with acquired(room.pool) as conn, conn.transaction():
        row = await conn.fetchrow(
            "select state from queue_ticket where id = $1 and unit = $2 for update", id_, unit
        )
        _check_state(row, id_, state)
        await conn.execute(f"update queue_ticket set {changes} where id = $1 and unit = $2", id_, unit, now)
    return await ticket_view(room, unit, id_)


def _check_state(row: asyncpg.Record | None, id_: UUID, *states: str) -> None:
    if row is None:
        raise Refusal("queue.ticket_unknown", ticket=str(id_))
    if row["state"] not in states:
        raise Refusal("queue.wrong_state", state=row["state"], wanted=states)


async def _pace(conn: asyncpg.Connection, unit: str, today: date) -> dict[str, tuple[float, int]]:
    """Return for each line how long a visit lasts of late, in seconds, and how many windows call it."""
    rows = await conn.fetch(_PACE, unit, today, COUNTED)
    return {row["line"]: (float(row["seconds"] or USUAL), max(1, row["windows"])) for row in rows}


def _minutes(ahead: int, seconds: float, windows: int) -> int:
    return -(-int(ahead * seconds) // (60 * windows))


def _number(line: str, no: int) -> str:
    return f"{line}-{no:03d}"


def _unit(by: Actor) -> str:
    if by.hand != "post" or not by.unit:
        raise Refusal("dispute.posts_only")
    return by.unit


_PACE = """
select l.line, count(*) filter (where w.is_open) as windows,
    (select percentile_cont(0.5) within group (order by extract(epoch from d.ended_at - d.begun_at))
        from (select t.ended_at, t.begun_at from queue_ticket t where t.unit = $1 and t.on_day = $2
            and t.line = l.line and t.state = 'done' order by t.ended_at desc limit $3) d) as seconds
from service_window w, unnest(w.lines) l (line) where w.unit = $1 group by l.line
"""
