"""Merged matters are answered with their lead: once each, in chains, and not when split off."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import pytest

from fakes.city import EAST, an_office
from fakes.merging import MERGING
from fakes.people import post, resident
from fakes.walk import MONDAY
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import TABLES, Filters, NewMatter, NewStep, Office, OpenedView
from yuzhi.capabilities.vault import Person
from yuzhi.engine.matter import Matter
from yuzhi.store.postgres.store import PostgresStore

CLERK = post("desk", id="clerk")
LATER = MONDAY + timedelta(days=2)


class Joint:
    """An office whose matters may be merged, on a database of its own."""

    def __init__(self, pool: asyncpg.Pool, seed: int = 1) -> None:
        self.pool = pool
        self.office: Office = an_office(PostgresStore(pool, TABLES), MERGING, chance=Random(seed).randbytes)
        self.now = MONDAY

    async def open(self, name: str = "某") -> UUID:
        ask = NewMatter(
            procedure="joint", subject="路灯不亮", kind="help", territory=EAST,
            requester=Person(name=name) if name else None,
        )  # fmt: skip
        answer = await matters.open_matter(self.office, ask, CLERK, self.now)
        return msgspec.json.decode(answer, type=OpenedView).id

    async def take(self, matter: UUID, step: str, **ask: Any) -> Matter:
        self.now += timedelta(minutes=1)
        return await matters.take_step(self.office, matter, step, NewStep(**ask), CLERK, self.now)

    async def merge(self, matter: UUID, into: UUID) -> None:
        await self.take(matter, "merge", target=str(into))

    async def answer(self, matter: UUID, reply: str = "已修好", outcome: str = "solved") -> None:
        await self.take(matter, "answer", texts={"reply": reply}, outcome=outcome)

    async def round(self, most: int = 500) -> int:
        """Let rounds pass until all that changed was read; return how many were told.

        Entries show only when no transaction of the whole server is older, those of other tests included.
        """
        told = 0
        while await self.is_behind():
            done = await self.pass_on(most)
            assert done.stuck == {}
            told += done.told
            await asyncio.sleep(0 if done.read else 0.02)
        return told

    async def is_behind(self) -> bool:
        async with self.pool.acquire() as conn:
            found: bool = await conn.fetchval(
                "select exists (select from entry e where not exists"
                " (select from reader r, pg_control_system() c"
                " where r.server = c.system_identifier::text"
                " and (e.transaction, e.position) <= (r.transaction, r.position)))"
            )
        return found

    async def pass_on(self, most: int = 500) -> matters.PassedOn:
        return await matters.pass_answers_on(
            self.office, self.pool, self.now, lambda said: said.replace("张三", "【姓名】"), most=most
        )

    async def stands(self, matter: UUID) -> Matter:
        return (await matters.standings(self.office, [matter]))[0]

    async def steps(self, matter: UUID) -> list[str]:
        return [one.step for one in await matters.history(self.office, matter, CLERK)]

    async def letters(self, of: Sequence[UUID]) -> list[tuple[UUID, str]]:
        async with self.pool.acquire() as conn:
            rows = await conn.fetch(
                "select matter_id, letter from delivery where matter_id = any($1) order by created_at, id", of
            )
        return [(row["matter_id"], row["letter"]) for row in rows]


@pytest.fixture
def joint(pool: asyncpg.Pool) -> Joint:
    return Joint(pool)


async def test_everybody_merged_is_answered_once_with_the_words_and_no_names(joint: Joint) -> None:
    lead, *others = [await joint.open() for _ in range(4)]
    for one in others:
        await joint.merge(one, lead)
    assert await joint.round() == 0
    await joint.answer(lead, "张三先生，路灯已修好")
    assert await joint.round() == 3
    assert await joint.round() == 0
    assert sorted(await joint.letters(others)) == sorted((one, "told") for one in others)
    view = await matters.view(joint.office, others[0], CLERK)
    assert view.texts["reply"] == "【姓名】先生，路灯已修好"
    assert (view.state, view.outcome) == ("merged", "merged")


async def test_each_verdict_stands_on_its_own_matter(joint: Joint) -> None:
    lead, other = await joint.open(), await joint.open()
    await joint.merge(other, lead)
    await joint.answer(lead)
    await joint.round()
    who = resident((await joint.stands(other)).requester)
    after = await matters.take_step(
        joint.office, other, "judge", NewStep(satisfaction="not_satisfied", solved=False), who, LATER
    )
    assert (after.satisfaction, after.is_solved) == ("not_satisfied", False)
    assert (await joint.stands(lead)).satisfaction is None


async def test_who_is_merged_into_an_answered_matter_is_answered_at_once(joint: Joint) -> None:
    lead, other = await joint.open(), await joint.open()
    await joint.answer(lead)
    await joint.round()
    await joint.merge(other, lead)
    assert await joint.round() == 1


async def test_an_answer_goes_down_a_chain(joint: Joint) -> None:
    first, second, third = [await joint.open() for _ in range(3)]
    await joint.merge(first, second)
    await joint.merge(second, third)
    await joint.answer(third, "已办结")
    assert await joint.round() == 2
    for one in (first, second):
        stands = await joint.stands(one)
        assert stands.followed is not None
        assert stands.followed.outcome == "solved"
        assert (await matters.view(joint.office, one, CLERK)).texts["reply"] == "已办结"
    assert sorted(await joint.letters([first, second])) == sorted([(first, "told"), (second, "told")])


async def test_what_is_split_off_hears_nothing_any_more(joint: Joint) -> None:
    lead, kept, gone = [await joint.open() for _ in range(3)]
    await joint.merge(kept, lead)
    await joint.merge(gone, lead)
    await joint.take(gone, "split")
    await joint.answer(lead)
    assert await joint.round() == 1
    assert await joint.letters([gone]) == []
    assert (await joint.stands(gone)).state == "received"
    await joint.merge(gone, lead)
    assert await joint.round() == 1


async def test_a_second_answer_after_a_dispute_is_passed_on_too(joint: Joint) -> None:
    lead, other = await joint.open(), await joint.open()
    await joint.merge(other, lead)
    await joint.answer(lead)
    await joint.round()
    who = resident((await joint.stands(lead)).requester)
    dispute = NewStep(satisfaction="not_satisfied", solved=False)
    joint.now += timedelta(minutes=5)
    await matters.take_step(joint.office, lead, "dispute", dispute, who, joint.now)
    assert await joint.round() == 0
    await joint.answer(lead, "这次真修好了")
    assert await joint.round() == 1
    assert [letter for _, letter in await joint.letters([other])] == ["told", "told"]


async def test_when_the_lead_is_withdrawn_the_merged_stand_alone(joint: Joint) -> None:
    lead, other = await joint.open(), await joint.open()
    await joint.merge(other, lead)
    await joint.answer(lead, outcome="withdrawn")
    assert await joint.round() == 1
    stands = await joint.stands(other)
    assert (stands.state, stands.lead_matter, stands.outcome) == ("received", None, "")
    assert [clock.state for clock in stands.clocks][-1] == "running"


async def test_two_workers_tell_nobody_twice(joint: Joint, pool: asyncpg.Pool) -> None:
    lead, *others = [await joint.open() for _ in range(6)]
    for one in others:
        await joint.merge(one, lead)
    await joint.answer(lead)
    beside = Joint(pool, seed=2)
    beside.now = joint.now
    await asyncio.gather(joint.pass_on(), beside.pass_on(), joint.pass_on())
    await joint.round()
    assert [await joint.steps(one) for one in others] == [["open", "merge", "tell"]] * 5
    assert len(await joint.letters(others)) == 5


async def test_a_round_that_broke_off_is_done_again(joint: Joint) -> None:
    lead, *others = [await joint.open() for _ in range(3)]
    for one in others:
        await joint.merge(one, lead)
    await joint.answer(lead)
    # One was told before the worker was killed; how far it had read was not yet noted.
    assert await matters.follow(joint.office, others[0], joint.now, str)
    assert await joint.round() == 1
    assert len(await joint.letters(others)) == 2


async def test_small_rounds_miss_nobody(joint: Joint) -> None:
    pairs = [(await joint.open(), await joint.open()) for _ in range(4)]
    for lead, other in pairs:
        await joint.merge(other, lead)
        await joint.answer(lead)
    assert await joint.round(most=3) == 4


async def test_a_database_that_was_moved_is_read_from_the_beginning(joint: Joint) -> None:
    lead, other = await joint.open(), await joint.open()
    await joint.merge(other, lead)
    await joint.answer(lead)
    await joint.round()
    async with joint.pool.acquire() as conn:
        await conn.execute("update reader set server = 'another', transaction = '9000000000'")
    assert await joint.is_behind()
    assert await joint.round() == 0
    assert len(await joint.letters([other])) == 1


async def test_merging_in_a_circle_is_refused(joint: Joint) -> None:
    one, two, three = [await joint.open() for _ in range(3)]
    await joint.merge(one, two)
    await joint.merge(two, three)
    with pytest.raises(Refusal) as refused:
        await joint.merge(three, one)
    assert refused.value.code == "link.circle"


async def test_a_circle_made_at_the_same_moment_is_undone(joint: Joint) -> None:
    one, two = await joint.open(), await joint.open()
    stood = [await joint.stands(one), await joint.stands(two)]
    for matter, into in ((stood[0], two), (stood[1], one)):
        change, _ = matters.prepare_step(
            joint.office, matter, "merge", NewStep(), CLERK, joint.now, target=into
        )
        await joint.office.gathering.save(change)
    assert await joint.round() == 1
    assert sorted([(await joint.stands(each)).state for each in (one, two)]) == ["merged", "received"]


async def test_who_left_no_name_is_followed_without_a_letter(joint: Joint) -> None:
    lead, other = await joint.open(), await joint.open(name="")
    await joint.merge(other, lead)
    await joint.answer(lead)
    assert await joint.round() == 1
    assert await joint.letters([other]) == []


async def test_read_tables_built_anew_say_the_same(joint: Joint) -> None:
    lead, kept, gone = [await joint.open() for _ in range(3)]
    for one in (kept, gone):
        await joint.merge(one, lead)
    await joint.take(gone, "split")
    await joint.answer(lead)
    await joint.round()
    async with joint.pool.acquire() as conn:
        before = await conn.fetch("select * from link order by matter_id, no")
        await matters.rebuild(conn, joint.office.journal, joint.office.shelf)
        after = await conn.fetch("select * from link order by matter_id, no")
    assert before == after
    assert sorted(row["is_live"] for row in after) == [False, True]


async def test_verdicts_of_the_merged_count_with_the_matter_that_was_answered(joint: Joint) -> None:
    first, second, lead, alone = [await joint.open() for _ in range(4)]
    await joint.merge(first, second)
    await joint.merge(second, lead)
    await joint.answer(lead)
    await joint.round()
    content = NewStep(satisfaction="satisfied", solved=True)
    for one, said in ((first, content), (second, NewStep(satisfaction="not_satisfied", solved=False))):
        who = resident((await joint.stands(one)).requester)
        await matters.take_step(joint.office, one, "judge", said, who, joint.now)
    asked: dict[str, Any] = {"by": "community", "now": joint.now, "zone": ZoneInfo("Asia/Shanghai")}
    shown = await matters.rates(joint.pool, CLERK, Filters(), **asked)
    assert [(one.received, one.verdicts, one.solved.count, one.satisfied.count) for one in shown] == [
        (2, 2, 1, 1)
    ]
    behind: tuple[tuple[matters.Figure, set[UUID]], ...] = (
        ("verdicts", {first, second}), ("solved", {first}), ("dissatisfied", {second}),
    )  # fmt: skip
    for figure, who_said in behind:
        page = await matters.behind(joint.pool, CLERK, Filters(), figure=figure, group=EAST, **asked)
        assert {row.id for row in page.rows} == who_said
    related = await matters.relations(joint.office, joint.pool, lead, CLERK)
    assert (related.merged, related.verdicts, related.solved, related.satisfied) == (2, 2, 1, 1)
    assert [one.id for one in related.linked] == [second]
    assert (await matters.relations(joint.office, joint.pool, first, CLERK)).merged_into == (
        (await joint.stands(second)).number,
        (await joint.stands(lead)).number,
    )
    assert (await matters.relations(joint.office, joint.pool, alone, CLERK)).merged == 0
    who = resident((await joint.stands(lead)).requester)
    assert (await matters.relations(joint.office, joint.pool, lead, who)).linked == ()
