from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.trace import Sought, Whence

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DESK = Actor("post", "p1", unit="u1", duties=frozenset({"intake_desk"}), covers=("330203001",))


async def noted(pool: asyncpg.Pool, *lines: tuple[str, Mapping[str, object]]) -> None:
    async with pool.acquire() as conn, conn.transaction():
        for n, (kind, more) in enumerate(lines):
            told = {"by": DESK, "at": NOW + timedelta(seconds=n), **more}
            await trace.note(conn, kind, **told)  # type: ignore[arg-type]


async def test_a_line_says_who_and_where_from(pool: asyncpg.Pool) -> None:
    matter = uuid4()
    token = trace.WHENCE.set(Whence(address="192.0.2.7", account="zhang"))
    await noted(
        pool,
        ("unmasked", {"subject": "person:1", "matter": matter, "purpose": "call_back", "field": "phone"}),
    )
    trace.WHENCE.reset(token)
    (line,) = (await trace.search(pool, ("3302",), Sought())).traces
    assert (line.kind, line.actor, line.account, line.unit) == ("unmasked", "post:p1", "zhang", "u1")
    assert (line.address, line.subject, line.matter) == ("192.0.2.7", "person:1", matter)
    assert (line.purpose, line.facts, line.at) == ("call_back", {"field": "phone"}, NOW)


async def test_a_line_stands_or_falls_with_what_it_tells(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await trace.note(conn, "exported", by=DESK, at=NOW)
        await transaction.rollback()
    assert (await trace.search(pool, ("",), Sought())).traces == ()


@pytest.mark.parametrize(
    "change", ["update trace set actor = 'x'", "delete from trace", "truncate trace", "drop trigger"]
)
async def test_nobody_changes_a_line(pool: asyncpg.Pool, change: str) -> None:
    await noted(pool, ("exported", {}))
    async with pool.acquire() as conn:
        if change == "drop trigger":
            await conn.execute("drop trigger trace_is_append_only on trace")
            change = "delete from trace"
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
            await conn.execute(change)
    assert len((await trace.search(pool, ("",), Sought())).traces) == 1


async def test_a_supervisor_reads_their_own_ground(pool: asyncpg.Pool) -> None:
    elsewhere = Actor("post", "p2", unit="u2", covers=("330204002",))
    await noted(
        pool, ("exported", {}), ("exported", {"by": elsewhere}), ("sign_in_refused", {"by": "nobody"})
    )
    told = {
        within: [line.actor for line in (await trace.search(pool, (within,), Sought())).traces]
        for within in ("330203", "330204002", "3302", "")
    }
    everything = ["nobody", "post:p2", "post:p1"]
    assert told == {"330203": ["post:p1"], "330204002": ["post:p2"], "3302": everything, "": everything}
    assert (await trace.search(pool, (), Sought())).traces == ()


async def test_it_is_searched_by_what_is_known(pool: asyncpg.Pool) -> None:
    matter = uuid4()
    await noted(
        pool,
        ("exported", {"subject": "pack:noise"}),
        ("unmasked", {"matter": matter}),
        ("unmasked", {"by": "operator:root"}),
    )

    async def found(**sought: object) -> list[int]:
        page = await trace.search(pool, ("",), Sought(**sought))  # type: ignore[arg-type]
        return [int((line.at - NOW).total_seconds()) for line in page.traces]

    assert await found(kind="unmasked") == [2, 1]
    assert await found(actor="post:p1") == [1, 0]
    assert await found(subject="pack:") == [0]
    assert await found(matter=matter) == [1]
    assert await found(at_from=NOW + timedelta(seconds=1), at_to=NOW + timedelta(seconds=2)) == [1]
    assert await found(account="zhang") == []


async def test_pages_follow_each_other(pool: asyncpg.Pool) -> None:
    await noted(pool, *[("exported", {"n": n}) for n in range(5)])
    seen, after = [], ""
    while True:
        page = await trace.search(pool, ("",), Sought(), after=after, most=2)
        seen += [line.facts["n"] for line in page.traces]
        if not (after := page.next):
            break
    assert seen == [4, 3, 2, 1, 0]


@pytest.mark.parametrize(("after", "most"), [("x", 10), ("-1", 10), ("9" * 30, 10), ("", 0), ("", 201)])
async def test_a_bad_page_is_refused(pool: asyncpg.Pool, after: str, most: int) -> None:
    with pytest.raises(Refusal) as caught:
        await trace.search(pool, ("",), Sought(), after=after, most=most)
    assert caught.value.code in {"list.bad_cursor", "list.bad_filter"}


async def test_what_no_database_takes_is_left_out(pool: asyncpg.Pool) -> None:
    await noted(pool, ("refused", {"subject": "a\0b" + "x" * 500, "text": ["c\0d", "\\u0000"]}))
    (line,) = (await trace.search(pool, ("",), Sought())).traces
    assert line.subject.startswith("abx")
    assert len(line.subject) == 200
    assert line.facts == {"text": ["cd", "\\u0000"]}
