"""What is found is what a plain look at every text finds, seen by those who may, page after page, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import asyncpg
import pytest

from fakes.city import EAST, WEST, an_office
from fakes.logbook import settled
from fakes.people import DESK, ROADS, WATER, post, resident
from fakes.walk import MONDAY
from yuzhi.base.actor import Actor
from yuzhi.base.cursor import LAST, written
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import TABLES, NewMatter, NewStep, Office, open_matter, take_step
from yuzhi.capabilities.search import FoundPage, Wanted, find, follow, rebuild
from yuzhi.store.postgres.store import PostgresStore

CITY = post("desk", unit="", covers=("3302",))
SUBJECTS = (
    "路灯坏了",
    "井盖丢失",
    "ＫＴＶ噪音扰民",
    "電梯停運",
    "烧烤店油烟",
    "路灯和井盖都坏了",
    "B-12 漏水",
)


async def followed(pool: asyncpg.Pool, most: int = 1000) -> int:
    """Follow once, when nothing holds back what was written."""
    await settled(pool)
    return await follow(pool, most=most)


@dataclass
class Archive:
    """Matters of half a year, with what was said of each."""

    office: Office
    pool: asyncpg.Pool
    said: dict[UUID, tuple[datetime, str, str]]

    async def open(self, subject: str, at: datetime, territory: str = EAST, detail: str = "") -> UUID:
        ask = NewMatter(
            procedure="request", subject=subject, detail=detail, kind="help", territory=territory,
            form={"subject": "表里的字"},
        )  # fmt: skip
        answer = await open_matter(self.office, ask, resident(), at)
        id_ = UUID(answer.split(b'"id":"')[1][:36].decode())
        self.said[id_] = (at, territory, f"{subject} {detail}")
        return id_

    def holding(self, *words: str, ground: str = "3302") -> list[UUID]:
        held = [
            (at, id_)
            for id_, (at, territory, said) in self.said.items()
            if territory.startswith(ground) and all(word in said for word in words)
        ]
        return [id_ for _, id_ in sorted(held, reverse=True)]


@pytest.fixture
async def archive(pool: asyncpg.Pool) -> Archive:
    made = Archive(an_office(PostgresStore(pool, TABLES)), pool, {})
    chance = Random(3)
    for n in range(60):
        at = MONDAY + timedelta(days=n * 3, hours=chance.randrange(5))
        await made.open(chance.choice(SUBJECTS), at, chance.choice((EAST, WEST)), f"第{n}次反映")
    while await followed(pool, most=25):
        pass
    return made


def ids(page: FoundPage) -> list[UUID]:
    return [row.id for row in page.rows]


@pytest.mark.parametrize("newest", [1, 7, 2000])
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("路灯", ("路灯",)),
        ("井盖 路灯", ("井盖", "路灯")),
        ("ktv", ("ＫＴＶ",)),
        ("电梯", ("電梯",)),
        ("灯和", ("灯和",)),
        ("烧烤店油烟", ("烧烤店油烟",)),
        ("反映", ("反映",)),
        ("b-12", ("B-12",)),
        ("没有这回事", ("没有这回事",)),
    ],
)
async def test_every_way_finds_the_same(
    archive: Archive, newest: int, typed: str, words: tuple[str, ...]
) -> None:
    """Whether the newest are tried one by one, or the index is asked, or both."""
    expected = archive.holding(*words)
    assert ids(await find(archive.pool, CITY, Wanted(words=typed), most=100, newest=newest)) == expected
    found: list[UUID] = []
    after: str | None = None
    while True:
        page = await find(archive.pool, CITY, Wanted(words=typed), after=after, most=4, newest=newest)
        found += ids(page)
        if (after := page.next) is None:
            break
    assert found == expected


@pytest.mark.parametrize("newest", [1, 2000])
async def test_one_finds_only_what_one_may_see(archive: Archive, newest: int) -> None:

    async def seen(by: Actor, within: tuple[str, ...] = ()) -> list[UUID]:
        return ids(await find(archive.pool, by, Wanted(words="反映", within=within), most=100, newest=newest))

    west = archive.holding("反映", ground=WEST)
    assert await seen(post(unit="", covers=(WEST,))) == west
    assert await seen(post(unit="", covers=("330203",))) == west
    assert await seen(post(unit="", covers=(WEST, EAST))) == archive.holding("反映")
    assert await seen(post(unit="", covers=(WEST + "001",))) == []
    assert await seen(CITY, within=(WEST,)) == west
    assert await seen(post(unit="", covers=())) == []
    assert await seen(resident()) == []


@pytest.mark.parametrize("newest", [1, 2000])
async def test_a_unit_finds_what_it_was_given(archive: Archive, newest: int) -> None:
    async def found(unit: str) -> list[UUID]:
        return ids(await find(archive.pool, post(unit=unit, covers=()), Wanted(words="麒麟"), newest=newest))

    at = MONDAY + timedelta(days=200)
    first = await archive.open("麒麟出没", at, detail="水管")
    second = await archive.open("麒麟出没", at, WEST)
    await followed(archive.pool)
    given = {first: WATER, second: ROADS}
    desk = post("desk", "dispatcher", unit=DESK)
    for id_, unit in given.items():
        matter = await archive.pool.fetchrow("select lead_unit, state from matter where id = $1", id_)
        if matter["state"] == "received":
            await take_step(archive.office, id_, "dispatch", NewStep(lead=unit), desk, at)
        given[id_] = matter["lead_unit"] or unit
    await followed(archive.pool)
    for unit in (WATER, ROADS):
        assert await found(unit) == sorted((id_ for id_ in given if given[id_] == unit), reverse=True)
    assert await found("nobody") == []


async def test_filters(archive: Archive) -> None:
    async def found(**wanted: object) -> list[UUID]:
        return ids(await find(archive.pool, CITY, Wanted(words="反映", **wanted), most=100))  # type: ignore[arg-type]

    everything = archive.holding("反映")
    assert await found(kind="help", procedure="request", channel="web", urgency="normal") == everything
    assert await found(kind="complaint") == []
    states = {row["id"]: row["state"] for row in await archive.pool.fetch("select id, state from matter")}
    for state in set(states.values()):
        assert await found(state=state) == [id_ for id_ in everything if states[id_] == state]
    middle = archive.said[everything[30]][0]
    assert await found(opened_from=middle) == everything[:31]
    assert await found(opened_to=middle) == everything[31:]


async def test_what_went_out_of_sight_is_not_shown_before_the_index_knows(archive: Archive) -> None:
    moved = archive.holding("井盖", ground=EAST)[0]
    east = post(unit="", covers=(EAST,))
    await archive.pool.execute("update matter set territory = $2 where id = $1", moved, WEST)
    assert moved not in ids(await find(archive.pool, east, Wanted(words="井盖"), most=100))


async def test_an_erased_text_is_gone_at_once_and_the_rest_comes_back(archive: Archive) -> None:
    id_ = await archive.open("独角兽出没", MONDAY, detail="在北冥之滨")
    await followed(archive.pool)
    assert ids(await find(archive.pool, CITY, Wanted(words="独角兽"))) == [id_]
    await archive.pool.execute(
        "update text set body = null, erased_at = now() where matter_id = $1 and name = 'detail'", id_
    )
    assert ids(await find(archive.pool, CITY, Wanted(words="北冥之滨"))) == []
    assert await archive.pool.fetchval("select count(*) from search_doc where matter_id = $1", id_) == 0
    await followed(archive.pool)
    assert ids(await find(archive.pool, CITY, Wanted(words="北冥之滨"))) == []
    assert ids(await find(archive.pool, CITY, Wanted(words="独角兽"))) == [id_]


async def test_words_of_later_steps_are_found_and_words_of_forms_are_not(archive: Archive) -> None:
    at = MONDAY + timedelta(days=200)
    id_ = await archive.open("麒麟出没", at)
    handler, desk = post("handler", unit=WATER), post("desk", "dispatcher", unit=DESK)
    if await archive.pool.fetchval("select state from matter where id = $1", id_) == "received":
        await take_step(archive.office, id_, "dispatch", NewStep(lead=WATER), desk, at)
    await take_step(archive.office, id_, "sign", NewStep(), handler, at)
    answer = NewStep(texts={"reply": "已经放归山林"}, outcome="solved", form={"cost": 1})
    await take_step(archive.office, id_, "answer", answer, handler, at)
    await followed(archive.pool)
    (row,) = (await find(archive.pool, CITY, Wanted(words="放归山林"))).rows
    assert (row.id, row.passages[0].name) == (id_, "reply")
    assert ids(await find(archive.pool, CITY, Wanted(words="表里的字"))) == []


async def test_a_number_is_found(archive: Archive) -> None:
    number = await archive.pool.fetchval("select number from matter limit 1")
    (row,) = (await find(archive.pool, CITY, Wanted(words=number))).rows
    assert row.number == number


async def test_the_index_can_be_made_anew(archive: Archive) -> None:
    before = ids(await find(archive.pool, CITY, Wanted(words="路灯"), most=100))
    await archive.pool.execute("update search_doc set tokens = ''")
    assert ids(await find(archive.pool, CITY, Wanted(words="路灯"), most=100)) == []
    assert await rebuild(archive.pool) == 60
    assert ids(await find(archive.pool, CITY, Wanted(words="路灯"), most=100)) == before
    assert await followed(archive.pool) == 0


async def test_in_another_server_everything_is_looked_at_again(archive: Archive) -> None:
    """Numbers of transactions begin anew there: what is opened next would never be seen."""
    await archive.pool.execute("update search_state set transaction = '1000000000', server = 'another'")
    id_ = await archive.open("独角兽出没", MONDAY)
    while await followed(archive.pool):
        pass
    assert ids(await find(archive.pool, CITY, Wanted(words="独角兽"))) == [id_]


async def test_a_round_that_fails_is_made_again(archive: Archive) -> None:
    id_ = await archive.open("独角兽出没", MONDAY)
    await archive.pool.execute("alter table search_doc rename to elsewhere")
    with pytest.raises(asyncpg.UndefinedTableError):
        await followed(archive.pool)
    await archive.pool.execute("alter table elsewhere rename to search_doc")
    await followed(archive.pool)
    assert ids(await find(archive.pool, CITY, Wanted(words="独角兽"))) == [id_]


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "MjAyNi0wMS0wMQ==", "MjAyNi0wMS0wMSAxMjM="])
async def test_a_cursor_of_no_use_is_refused(archive: Archive, cursor: str) -> None:
    with pytest.raises(Refusal) as caught:
        await find(archive.pool, CITY, Wanted(words="路灯"), after=cursor)
    assert caught.value.code == "list.bad_cursor"


async def test_a_cursor_beyond_all_time_starts_from_the_newest(archive: Archive) -> None:
    beyond = written((LAST, UUID(int=0)))
    whole = await find(archive.pool, CITY, Wanted(words="路灯"))
    assert ids(await find(archive.pool, CITY, Wanted(words="路灯"), after=beyond)) == ids(whole)
