"""Handing over: two journals, one transaction; each side hears of the other; the thread from either side."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from fakes.city import EAST, WEST, an_office
from fakes.people import ROADS, WATER, post, resident
from fakes.tracks import CLOSED, COURT, FORMS, TALK
from fakes.walk import MONDAY, china
from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import (
    TABLES,
    Attachment,
    HandTo,
    MatterView,
    NewMatter,
    NewStep,
    Office,
    OpenedView,
)
from yuzhi.capabilities.vault import Person
from yuzhi.engine.limits import last_day
from yuzhi.engine.matter import Matter
from yuzhi.store.memory.store import MemoryStore
from yuzhi.store.postgres.store import PostgresStore
from yuzhi.store.unit import Change

MEDIATOR = post("handler", unit=WATER, covers=(EAST,), id="mediator")
JUDGE = post("handler", unit=ROADS, covers=(WEST,), id="judge")
CITY = post("handler", "desk", unit="city", id="city")
NOTE = "调解中说过的话"


class Tracks:
    """An office with both tracks, over either store, and a matter about to be handed over."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.office: Office = an_office(store, TALK, COURT, CLOSED, forms=FORMS)
        self.now = MONDAY

    async def open(self, **form: object) -> UUID:
        ask = NewMatter(
            procedure="talk", subject="楼上漏水", detail="赔偿谈不拢", kind="help", territory=EAST,
            requester=Person(name="某"),
            form=form or {"arose_on": "2026-02-01", "claim": "赔三千", "private": "隐"},
        )  # fmt: skip
        answer = await matters.open_matter(self.office, ask, post("desk"), self.now)
        return msgspec.json.decode(answer, type=OpenedView).id

    async def take(self, matter: UUID, step: str, by: Actor = CITY, **ask: Any) -> Matter:
        self.now += timedelta(minutes=1)
        return await matters.take_step(self.office, matter, step, NewStep(**ask), by, self.now)

    async def agreed(self) -> UUID:
        id_ = await self.open()
        await self.take(id_, "agree", form={"agreed_on": "2026-03-02"})
        file = Attachment(file="a" * 64, kind="agreement")
        other = Attachment(file="b" * 64, kind="recording")
        await self.take(id_, "note", texts={"note": NOTE}, attachments=(file, other))
        return id_

    async def handed(self, id_: UUID | None = None, **to: Any) -> tuple[UUID, UUID]:
        giver = id_ or await self.agreed()
        where = HandTo(**{"procedure": "court", **to})
        after = await self.take(giver, "give", hand_over=where)
        return giver, next(one.target for one in reversed(after.links) if one.kind == "handed_over_to")

    async def see(self, matter: UUID, by: Actor = CITY) -> MatterView:
        return await matters.view(self.office, matter, by)


@pytest.fixture(params=["memory", "postgres"])
def tracks(request: pytest.FixtureRequest) -> Tracks:
    if request.param == "memory":
        return Tracks(MemoryStore(TABLES))
    pool: asyncpg.Pool = request.getfixturevalue("pool")
    return Tracks(PostgresStore(pool, TABLES))


async def refused(doing: Awaitable[object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await doing
    return caught.value


async def test_what_goes_along_and_what_stays(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed()
    there = await tracks.see(receiver)
    assert (there.procedure, there.state, there.channel, there.territory) == (
        "court",
        "received",
        "hand_over",
        EAST,
    )
    assert there.texts["subject"] == "楼上漏水"
    assert there.texts["note"] == NOTE  # the step carries it
    assert there.fields == {"arose_on": "2026-02-01", "agreed_on": "2026-03-02"}
    assert msgspec.json.decode(there.texts["form.case"] or "") == {**there.fields, "claim": "赔三千"}
    assert [one["kind"] for one in there.evidence] == ["agreement"]
    assert there.has_requester
    assert (await tracks.see(giver)).state == "given"


async def test_limits_go_on_count_from_their_day_or_begin_anew(tracks: Tracks) -> None:
    id_ = await tracks.agreed()
    tracks.now += timedelta(days=3)
    _, receiver = await tracks.handed(id_)
    due = {one.name: last_day(one.due_at, china()).isoformat() for one in (await tracks.see(receiver)).clocks}
    assert due == {
        "answer": "2026-03-12", "apply": "2026-04-01", "talk-on": "2026-04-01", "entrusted": "2026-03-12"
    }  # fmt: skip


async def test_the_thread_is_seen_from_either_side_and_its_secrets_from_none(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed(lead=ROADS)
    here, there = await tracks.see(giver), await tracks.see(receiver)
    assert [one.procedure for one in here.thread] == ["talk", "court"]
    assert here.thread == there.thread
    assert here.thread[1].from_number == here.number
    outside = (await tracks.see(receiver, JUDGE)).thread
    assert [one.is_seen for one in outside] == [False, True]
    assert (outside[0].number, outside[0].id, outside[0].state) == (here.number, None, "")


async def test_a_requester_sees_all_of_their_own_thread(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed()
    who = resident((await matters.standings(tracks.office, [giver]))[0].requester)
    assert [one.is_seen for one in (await tracks.see(receiver, who)).thread] == [True, True]


async def test_refused_in_time_the_giver_goes_on_at_once(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed()
    await tracks.take(receiver, "refuse", reason="not_ours")
    assert (await tracks.see(giver)).state == "received"
    assert (await tracks.see(receiver)).came_over == "refused"
    _, second = await tracks.handed(giver)
    assert second != receiver
    assert len((await tracks.see(giver)).thread) == 3


async def test_refused_too_late_or_twice(tracks: Tracks) -> None:
    _, receiver = await tracks.handed()
    tracks.now += timedelta(days=30)
    assert (await refused(tracks.take(receiver, "refuse", reason="not_ours"))).code == "clock.too_late"
    _, other = await tracks.handed(await tracks.agreed())
    assert (await refused(tracks.take(other, "refuse"))).code == "reason.unknown"


async def test_taken_and_ended_are_told_back_with_the_outcome(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed()
    await tracks.take(receiver, "take")
    assert (await tracks.see(giver)).state == "followed"
    await tracks.take(receiver, "rule", outcome="confirmed", texts={"reply": "准予"})
    ended = await tracks.see(giver)
    assert (ended.state, ended.outcome) == ("closed", "solved")


async def test_another_outcome_lets_the_giver_go_on(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed()
    await tracks.take(receiver, "take")
    await tracks.take(receiver, "rule", outcome="rejected", texts={"reply": "不予确认"})
    assert (await tracks.see(giver)).state == "received"


async def test_a_giver_that_has_ended_meanwhile_is_left_alone(tracks: Tracks) -> None:
    giver, receiver = await tracks.handed()
    await tracks.take(giver, "stop")
    await tracks.take(receiver, "take")
    assert (await tracks.see(giver)).version == 5
    assert (await tracks.see(receiver)).state == "hearing"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"procedure": "request"}, "hand_over.where_unknown"),
        ({"procedure": ""}, "hand_over.where_unknown"),
        ({"procedure": "other"}, "hand_over.not_open"),
        ({"lead": "nobody"}, "unit.unknown"),
        ({"kind": "war"}, "opening.unknown_kind"),
        ({"form": {"claim": 7}}, "form.invalid"),
        ({"form": {"agreed_on": "2026-01-31"}}, "date.before"),
    ],
)
async def test_what_cannot_be_opened_there_leaves_no_trace_here(
    tracks: Tracks, to: dict[str, Any], code: str
) -> None:
    id_ = await tracks.agreed()
    assert (await refused(tracks.handed(id_, **to))).code == code
    assert (await tracks.see(id_)).version == 3


async def test_of_two_who_hand_over_at_once_one_does(tracks: Tracks) -> None:
    id_ = await tracks.agreed()
    ask = NewStep(hand_over=HandTo(procedure="court"))
    later = tracks.now + timedelta(minutes=1)
    done = await asyncio.gather(
        *(matters.take_step(tracks.office, id_, "give", ask, CITY, later) for _ in range(5)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Matter", *["Refusal"] * 4]
    assert {one.code for one in done if isinstance(one, Refusal)} == {"step.wrong_state"}
    assert len((await tracks.see(id_)).thread) == 2


async def test_without_the_day_a_limit_counts_from_nothing_is_opened(tracks: Tracks) -> None:
    refusal = await refused(tracks.handed(await tracks.open()))
    assert (refusal.code, refusal.facts["basis"]) == ("clock.start_missing", "Law 33")


async def test_who_may_not_hand_over_learns_nothing_of_the_other_side(tracks: Tracks) -> None:
    id_ = await tracks.agreed()
    desk = post("desk", id="clerk")
    there = HandTo(procedure="other")
    assert (await refused(tracks.take(id_, "give", desk, hand_over=there))).code == "step.not_your_duty"


async def test_no_one_but_the_receiver_says_what_it_said(tracks: Tracks) -> None:
    giver, _ = await tracks.handed()
    assert (await refused(tracks.take(giver, "go-on"))).code == "step.not_your_duty"


async def test_the_journal_knows_a_hand_over_only_one_side_has(tracks: Tracks) -> None:
    await tracks.handed()
    assert (await matters.verify(tracks.store)).faults == ()


async def test_evidence_that_came_along_is_not_asked_for_again(tracks: Tracks) -> None:
    _, receiver = await tracks.handed()
    await tracks.take(receiver, "take")
    may = await matters.options_of(tracks.office, receiver, CITY, tracks.now)
    assert [one.needs for one in may if one.step == "show"] == [("licence",)]
    assert (await refused(tracks.take(receiver, "show"))).facts["kinds"] == ["licence"]
    await tracks.take(receiver, "show", attachments=(Attachment(file="c" * 64, kind="licence"),))


async def test_a_limit_that_begins_with_the_hand_over_goes_on_there(tracks: Tracks) -> None:
    id_ = await tracks.agreed()
    tracks.now += timedelta(days=1)
    _, receiver = await tracks.handed(id_)
    found = {
        one.name: last_day(one.due_at, china()).isoformat() for one in (await tracks.see(receiver)).clocks
    }
    assert found["entrusted"] == "2026-03-10"


async def test_a_one_sided_hand_over_is_a_fault() -> None:
    tracks = Tracks(OneSided(TABLES))
    giver, _ = await tracks.handed()
    found = await matters.verify(tracks.store)
    assert [(one.code, one.matter) for one in found.faults] == [("hand_over.one_sided", giver)]


async def test_a_limit_that_runs_out_takes_it_and_tells_the_giver(pool: asyncpg.Pool) -> None:
    store = PostgresStore(pool, TABLES)
    tracks = Tracks(store)
    giver, receiver = await tracks.handed()
    done = await matters.tick_due(tracks.office, pool, store, MONDAY + timedelta(days=10))
    assert (done.written, done.stuck) == (2, {})  # the giver had something to say too
    assert (await tracks.see(receiver)).came_over == "accepted"
    assert (await tracks.see(giver)).state == "followed"


async def test_the_read_tables_follow(pool: asyncpg.Pool) -> None:
    tracks = Tracks(PostgresStore(pool, TABLES))
    giver, receiver = await tracks.handed()
    async with pool.acquire() as conn:
        rows = await conn.fetch("select matter_id, kind, target from link order by kind")
    assert [tuple(row) for row in rows] == [
        (receiver, "handed_over_from", giver),
        (giver, "handed_over_to", receiver),
    ]


async def test_rows_of_other_rooms_go_along(tracks: Tracks) -> None:
    asked: list[tuple[UUID, UUID, tuple[str, ...]]] = []

    class Parties:
        async def carried(self, giver: Matter, receiver: UUID, carries: Any) -> dict[str, Any]:
            asked.append((giver.id, receiver, tuple(carries)))
            return {}

    tracks.office = an_office(tracks.store, TALK, COURT, CLOSED, forms=FORMS, carriers=(Parties(),))
    giver, receiver = await tracks.handed()
    assert asked == [(giver, receiver, ("agreement", "note"))]


class OneSided(MemoryStore):
    """Loses the receiving side of a hand-over."""

    async def save(self, changes: Any) -> None:
        kept: list[Change] = [one for one in changes if b"came_over" not in one.entry.body]
        await super().save(kept)
