"""Letters written from their matters into inboxes: each once, whoever delivers, whatever is wrong."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from fakes.city import an_office
from fakes.people import SOMEBODY, WATER
from fakes.play import open_one
from fakes.walk import MONDAY
from yuzhi.capabilities.deliveries import (
    Addressee,
    Circle,
    Claimed,
    Delivered,
    PostRoom,
    deliver_due,
    hand_to_account,
)
from yuzhi.capabilities.deliveries._claims import LEASE, claim
from yuzhi.capabilities.deliveries._spreading import nobody
from yuzhi.capabilities.matters import TABLES, Office
from yuzhi.store.postgres.store import PostgresStore

LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
def office(pool: asyncpg.Pool) -> Office:
    return an_office(PostgresStore(pool, TABLES))


@pytest.fixture
def room(office: Office, pool: asyncpg.Pool) -> PostRoom:
    return PostRoom(office=office, pool=pool, unit_name=lambda unit: f"{unit} office")


async def inbox(pool: asyncpg.Pool) -> list[tuple[str, str, str]]:
    rows = await pool.fetch("select unit, requester::text, title from notice order by title, unit")
    return [(row["unit"], row["requester"] or "", row["title"]) for row in rows]


async def states(pool: asyncpg.Pool) -> list[str]:
    return [row["state"] for row in await pool.fetch("select state from delivery order by state")]


async def test_letters_reach_the_unit_and_whoever_asked(
    office: Office, pool: asyncpg.Pool, room: PostRoom
) -> None:
    await open_one(office, MONDAY, n=0)
    assert await deliver_due(room, lambda: LATER) == Delivered(claimed=2, sent=2, failed=0)
    number = await pool.fetchval("select number from matter")
    assert await inbox(pool) == [
        ("", SOMEBODY, f"已受理 {number}"), (WATER, "", f"请 {WATER} office 办理 {number}"),
    ]  # fmt: skip
    body = await pool.fetchval("select body from notice where unit = ''")
    assert body == "水管漏水: 已派单, 2026-03-09 前办结。"
    assert await deliver_due(room, lambda: LATER) == Delivered(claimed=0, sent=0, failed=0)


async def test_what_is_not_known_shows_as_a_dash(office: Office, pool: asyncpg.Pool, room: PostRoom) -> None:
    await open_one(office, MONDAY, n=1)
    await deliver_due(room, lambda: LATER)
    assert (await pool.fetchval("select body from notice where unit <> ''")).endswith("—")


async def test_words_of_people_are_no_placeholders(
    office: Office, pool: asyncpg.Pool, room: PostRoom
) -> None:
    await open_one(office, MONDAY, n=0, subject="{number} {0} {x.__class__} {")
    await deliver_due(room, lambda: LATER)
    assert (await pool.fetchval("select body from notice where unit = ''")).startswith(
        "{number} {0} {x.__class__} {"
    )


async def test_many_who_deliver_at_once_deliver_each_letter_once(
    office: Office, pool: asyncpg.Pool, room: PostRoom
) -> None:
    for n in range(30):
        await open_one(office, MONDAY, n=n)
    waiting = len(await states(pool))
    done = await asyncio.gather(*(deliver_due(room, lambda: LATER, most=7) for _ in range(20)))
    assert sum(one.sent for one in done) == waiting
    assert len(await inbox(pool)) == waiting
    assert set(await states(pool)) == {"sent"}


async def test_who_dies_with_letters_in_hand_loses_none(
    office: Office, pool: asyncpg.Pool, room: PostRoom
) -> None:
    await open_one(office, MONDAY, n=0)
    assert len(await claim(pool, LATER, 10)) == 2  # and is never heard of again
    assert (await deliver_due(room, lambda: LATER)).claimed == 0
    assert (await deliver_due(room, lambda: LATER + LEASE)).sent == 2
    assert len(await inbox(pool)) == 2


async def test_a_matter_that_cannot_be_read_holds_up_no_other_letter(
    office: Office, pool: asyncpg.Pool, room: PostRoom
) -> None:
    broken, gone, sound = [await open_one(office, MONDAY, n=1) for _ in range(3)]
    async with pool.acquire() as conn, conn.transaction():
        await conn.execute("alter table entry disable trigger user")
        await conn.execute("update entry set body = 'nothing' where matter_id = $1", broken)
        await conn.execute("delete from entry where matter_id = $1", gone)
        await conn.execute("alter table entry enable trigger user")
    done = await deliver_due(room, lambda: LATER)
    assert (done.claimed, done.sent, done.failed) == (3, 1, 2)
    reasons = {
        row["matter_id"]: row["last_reason"]
        for row in await pool.fetch("select matter_id, last_reason from delivery")
    }
    assert reasons[sound] == ""
    assert reasons[gone] == "matter.not_found"
    assert reasons[broken]


async def circled(pool: asyncpg.Pool, office: Office, circle: Circle) -> PostRoom:
    """Return a post room with one letter in it that is for many."""
    await open_one(office, MONDAY, n=0)
    await pool.execute("delete from delivery where unit <> ''")
    await pool.execute("update delivery set audience = 'parties', requester = null, letter = 'received'")
    return PostRoom(office=office, pool=pool, unit_name=str, circle=circle)


async def test_a_letter_for_many_is_told_apart_and_each_goes_its_own_way(
    office: Office, pool: asyncpg.Pool
) -> None:
    account, first, second = (UUID(int=n) for n in (1, 2, 3))

    async def circle(
        _conn: asyncpg.Connection, letters: Sequence[Claimed], _now: datetime
    ) -> Sequence[Addressee]:
        (letter,) = letters
        return [Addressee(letter.id, account, first), Addressee(letter.id, None, second)]

    room = await circled(pool, office, circle)
    assert await deliver_due(room, lambda: LATER) == Delivered(claimed=1, sent=1, failed=0)
    assert await deliver_due(room, lambda: LATER) == Delivered(claimed=2, sent=2, failed=0)
    rows = await pool.fetch(
        "select n.requester, d.person, n.body from notice n join delivery d on d.id = n.delivery_id"
        " order by d.person"
    )
    assert [(row["requester"], row["person"]) for row in rows] == [(account, first), (None, second)]
    # What whoever asked has said is left out, whatever the pack's letter would like to hold.
    assert "水管漏水" not in rows[0]["body"]
    assert rows[0]["body"].startswith("—")

    # Told apart anew, such as by a worker who takes up another's work, it is nothing new.
    await pool.execute("update delivery set state = 'queued', next_at = $1 where person is null", MONDAY)
    assert (await deliver_due(room, lambda: LATER)).claimed == 1
    assert (await deliver_due(room, lambda: LATER)).claimed == 0
    assert await pool.fetchval("select count(*) from notice") == 2
    async with pool.acquire() as conn:
        await hand_to_account(conn, second, account)
    assert await pool.fetchval("select count(*) from notice where requester = $1", account) == 2


async def test_a_letter_for_many_of_whom_nobody_is_known_is_done(office: Office, pool: asyncpg.Pool) -> None:
    room = await circled(pool, office, nobody)
    assert await deliver_due(room, lambda: LATER) == Delivered(claimed=1, sent=1, failed=0)
    assert await pool.fetchval("select count(*) from notice") == 0
