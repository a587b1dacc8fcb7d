"""The outbox as a state machine: claimed by one, tried again ever later, dead in the end, never lost."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from fakes.walk import MONDAY
from yuzhi.capabilities.deliveries._claims import (
    LEASE,
    MOST_ATTEMPTS,
    Claimed,
    Tried,
    claim,
    resend,
    wait_after,
)
from yuzhi.capabilities.deliveries._claims import settle as settle_within

MATTER = UUID(int=1)
NOW = MONDAY


async def settle(pool: asyncpg.Pool, tried: Sequence[Tried], now: datetime) -> None:
    """Write down how attempts went, in a transaction of its own."""
    async with pool.acquire() as conn, conn.transaction():
        await settle_within(conn, tried, now)


async def queued(pool: asyncpg.Pool, size: int, at: datetime = NOW) -> list[UUID]:
    """Put letters into the outbox."""
    ids = [UUID(int=n) for n in range(1, size + 1)]
    await pool.executemany(
        "insert into delivery (id, matter_id, seq, letter, audience, unit, state, next_at, created_at)"
        " values ($1, $2, 1, 'received', 'requester', '', 'queued', $3, $3)",
        [(id_, MATTER, at) for id_ in ids],
    )
    return ids


async def row(pool: asyncpg.Pool, delivery: UUID) -> dict[str, Any]:
    found = await pool.fetchrow("select * from delivery where id = $1", delivery)
    assert found is not None
    return dict(found)


async def attempts(pool: asyncpg.Pool, delivery: UUID) -> list[tuple[int, str, str]]:
    rows = await pool.fetch(
        "select no, outcome, reason from delivery_attempt where delivery_id = $1 order by no", delivery
    )
    return [tuple(one) for one in rows]


async def fail(pool: asyncpg.Pool, claimed: Claimed, now: datetime, reason: str = "no line") -> None:
    tried = Tried(
        claimed.id, claimed.attempt, reason, wait=wait_after(claimed.attempt), forgiven=claimed.forgiven
    )
    await settle(pool, [tried], now)


async def test_a_letter_is_claimed_sent_and_done(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    (claimed,) = await claim(pool, NOW, 10)
    assert (claimed.id, claimed.matter, claimed.letter, claimed.attempt) == (id_, MATTER, "received", 1)
    assert await claim(pool, NOW, 10) == []
    await settle(pool, [Tried(id_, 1)], NOW + timedelta(seconds=3))
    after = await row(pool, id_)
    assert (after["state"], after["sent_at"], after["next_at"]) == ("sent", NOW + timedelta(seconds=3), None)
    assert await attempts(pool, id_) == [(1, "sent", "")]
    assert await claim(pool, NOW + timedelta(days=9), 10) == []


async def test_nothing_is_claimed_before_its_time(pool: asyncpg.Pool) -> None:
    await queued(pool, 2, at=NOW + timedelta(seconds=1))
    assert await claim(pool, NOW, 10) == []
    assert len(await claim(pool, NOW + timedelta(seconds=1), 10)) == 2


async def test_no_more_than_wanted_and_the_longest_waiting_first(pool: asyncpg.Pool) -> None:
    ids = await queued(pool, 5)
    await pool.execute(
        "update delivery set next_at = next_at - make_interval(secs => 1) where id = $1", ids[4]
    )
    assert {one.id for one in await claim(pool, NOW, 2)} == {ids[4], ids[0]}


async def test_no_letter_is_claimed_by_two(pool: asyncpg.Pool) -> None:
    ids = await queued(pool, 200)
    taken = await asyncio.gather(*(claim(pool, NOW, 7) for _ in range(40)))
    found = [one.id for one in chain.from_iterable(taken)]
    assert sorted(found) == ids


async def test_what_failed_is_tried_again_with_longer_waits(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    now = NOW
    for attempt in range(1, 5):
        (claimed,) = await claim(pool, now, 1)
        assert claimed.attempt == attempt
        await fail(pool, claimed, now)
        after = await row(pool, id_)
        assert (after["state"], after["last_reason"]) == ("queued", "no line")
        assert after["next_at"] == now + wait_after(attempt)
        assert await claim(pool, after["next_at"] - timedelta(microseconds=1), 1) == []
        now = after["next_at"]
    assert [one[1] for one in await attempts(pool, id_)] == ["failed"] * 4


def test_waits_double_up_to_six_hours() -> None:
    waits = [wait_after(attempt).total_seconds() for attempt in range(1, 30)]
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert waits[-1] == 6 * 3600


async def test_after_too_many_failures_it_is_dead(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        (claimed,) = await claim(pool, now, 1)
        await fail(pool, claimed, now)
        now += timedelta(days=1)
    assert (await row(pool, id_))["state"] == "dead"
    assert await claim(pool, now + timedelta(days=99), 1) == []


async def test_a_final_failure_is_dead_at_once(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    await claim(pool, NOW, 1)
    await settle(pool, [Tried(id_, 1, "no such number", is_final=True)], NOW)
    after = await row(pool, id_)
    assert (after["state"], after["next_at"], after["last_reason"]) == ("dead", None, "no such number")


async def test_a_dead_letter_is_sent_again_if_somebody_says_so(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    assert not await resend(pool, id_, NOW)
    await claim(pool, NOW, 1)
    await settle(pool, [Tried(id_, 1, "gone", is_final=True)], NOW)
    assert await resend(pool, id_, NOW + timedelta(hours=1))
    assert not await resend(pool, UUID(int=99), NOW)
    (claimed,) = await claim(pool, NOW + timedelta(hours=1), 1)
    await settle(pool, [Tried(id_, claimed.attempt)], NOW + timedelta(hours=1))
    assert (await row(pool, id_))["state"] == "sent"
    assert await attempts(pool, id_) == [(1, "failed", "gone"), (2, "sent", "")]


async def test_what_a_worker_died_with_is_claimed_again_when_its_lease_is_over(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    await claim(pool, NOW, 1)
    assert await claim(pool, NOW + LEASE - timedelta(seconds=1), 1) == []
    (again,) = await claim(pool, NOW + LEASE, 1)
    assert (again.id, again.attempt) == (id_, 2)


async def test_who_comes_back_late_does_not_undo_what_the_next_one_did(pool: asyncpg.Pool) -> None:
    (id_,) = await queued(pool, 1)
    (first,) = await claim(pool, NOW, 1)
    (second,) = await claim(pool, NOW + LEASE, 1)
    await fail(pool, first, NOW + LEASE)
    assert (await row(pool, id_))["state"] == "sending"
    await settle(pool, [Tried(id_, second.attempt)], NOW + LEASE)
    await fail(pool, first, NOW + LEASE)
    assert (await row(pool, id_))["state"] == "sent"
    assert [one[1] for one in await attempts(pool, id_)] == ["failed", "sent"]


async def test_a_letter_that_kills_whoever_carries_it_is_dead_in_the_end(pool: asyncpg.Pool) -> None:
    ids = await queued(pool, 2)
    await claim(pool, NOW, 2)
    await settle(pool, [Tried(ids[1], 1)], NOW)
    now = NOW
    for attempt in range(2, MOST_ATTEMPTS + 1):
        now += LEASE
        assert [one.attempt for one in await claim(pool, now, 1)] == [attempt]
    assert await claim(pool, now + LEASE, 1) == []
    after = await row(pool, ids[0])
    assert (after["state"], after["next_at"], after["last_reason"]) == (
        "dead",
        None,
        "carrier.never_came_back",
    )
    assert await resend(pool, ids[0], now)


async def test_many_are_settled_at_once_each_its_own_way(pool: asyncpg.Pool) -> None:
    ids = await queued(pool, 3)
    await claim(pool, NOW, 3)
    tried = [Tried(ids[0], 1), Tried(ids[1], 1, "busy"), Tried(ids[2], 1, "gone", is_final=True)]
    await settle(pool, tried, NOW)
    assert [(await row(pool, id_))["state"] for id_ in ids] == ["sent", "queued", "dead"]
    await settle(pool, [], NOW)


@pytest.mark.parametrize("outcome", ["", "no line"])
async def test_nobody_settles_what_was_not_claimed(pool: asyncpg.Pool, outcome: str) -> None:
    (id_,) = await queued(pool, 1)
    await settle(pool, [Tried(id_, 1, outcome)], NOW)
    assert (await row(pool, id_))["state"] == "queued"
