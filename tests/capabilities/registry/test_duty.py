from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from openpyxl import Workbook

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import (
    Acting,
    Deputy,
    ImportView,
    Person,
    Post,
    PostList,
    Roster,
    Shift,
    Unit,
    UnitList,
    hand_over,
    load_roster,
    on_duty,
    read_deputies,
    read_people,
    read_shifts,
    save_deputies,
    save_people,
    save_posts,
    save_shifts,
    save_units,
)

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
SHANGHAI = ZoneInfo("Asia/Shanghai")
HALL = Unit("hall", "区政府", "government", "330212")
TOWN = Unit("town", "街道", "town_office", "330212001", "hall")
OTHER = Unit("other", "别处", "town_office", "330212002")
UNITS = (HALL, TOWN, OTHER)
PEOPLE = (Person("zhang", "张三"), Person("li", "李四"), Person("wang", "王五"))
DESK = Post("desk", "zhang", "town", ("dispatcher",), "330212001")
CHIEF = Post("chief", "li", "hall", ("approver",), "330212")
ELSEWHERE = Post("far", "wang", "other", ("handler",), "330212002")
POSTS = (DESK, CHIEF, ELSEWHERE)
STANDS_IN = Deputy("d1", "chief", "desk", date(2026, 3, 1), date(2026, 3, 8), "leave")
ROSTER = Roster(UNITS, PEOPLE, POSTS, [STANDS_IN])


@pytest.fixture
async def staffed(conn: asyncpg.Connection) -> asyncpg.Connection:
    await save_units(conn, UnitList(UNITS), actor="operator", now=NOW)
    await save_posts(conn, PostList(PEOPLE, POSTS), actor="operator", now=NOW)
    return conn


def equivalents(territory: str) -> tuple[str, ...]:
    return (territory,)


def faults(reading: Callable[[], object]) -> list[tuple[int, str]]:
    with pytest.raises(Refusal) as refused:
        reading()
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    return [(error.facts["line"], error.code) for error in errors]


@pytest.mark.parametrize(
    ("on", "posts"),
    [
        (date(2026, 2, 28), ["desk"]),
        (date(2026, 3, 1), ["desk", "chief"]),
        (date(2026, 3, 7), ["desk", "chief"]),
        (date(2026, 3, 8), ["desk"]),
    ],
)
def test_a_post_stands_in_for_another_for_a_time(on: date, posts: list[str]) -> None:
    assert [one.post.id for one in ROSTER.acting("zhang", on=on)] == posts


def test_who_stands_in_acts_under_their_own_name() -> None:
    own, other = ROSTER.acting("zhang", on=TODAY)
    assert (own, other) == (Acting(DESK), Acting(CHIEF, "desk"))
    actor = ROSTER.actor_as(other, TODAY, equivalents)
    assert (actor.id, actor.unit, actor.duties, actor.covers) == (
        "desk", "hall", frozenset({"approver"}), ("330212",),
    )  # fmt: skip
    assert ROSTER.actor_as(own, TODAY, equivalents).id == "desk"


def test_standing_in_is_not_passed_on() -> None:
    chain = [STANDS_IN, Deputy("d2", "desk", "far", date(2026, 1, 1), date(2027, 1, 1))]
    assert [one.post.id for one in Roster(UNITS, PEOPLE, POSTS, chain).acting("wang", on=TODAY)] == [
        "far", "desk",
    ]  # fmt: skip


def test_nobody_stands_in_for_a_post_that_has_ended() -> None:
    ended = Post("chief", "li", "hall", ("approver",), "330212", None, date(2026, 3, 1))
    roster = Roster(UNITS, PEOPLE, (DESK, ended), [STANDS_IN])
    assert [one.post.id for one in roster.acting("zhang", on=TODAY)] == ["desk"]


async def test_deputies_are_kept_audited_and_traced(staffed: asyncpg.Connection) -> None:
    saved = [await save_deputies(staffed, [STANDS_IN], actor="operator", now=NOW) for _ in range(2)]
    assert saved == [ImportView(1, 0, 0), ImportView(0, 0, 1)]
    roster = await load_roster(staffed)
    assert [one.post.id for one in roster.acting("zhang", on=TODAY)] == ["desk", "chief"]
    assert await staffed.fetchval("select count(*) from ground_audit where relation = 'deputy'") == 1
    line = await staffed.fetchrow("select * from trace where subject = 'deputy:d1'")
    assert (line["kind"], line["actor"]) == ("permission_changed", "operator")


async def test_people_are_renamed(staffed: asyncpg.Connection) -> None:
    view = await save_people(staffed, [Person("li", "李思"), Person("new", "新")], actor="o", now=NOW)
    assert view == ImportView(1, 1, 0)
    assert (await load_roster(staffed)).people["li"].name == "李思"


async def test_a_post_is_handed_over(staffed: asyncpg.Connection) -> None:
    new = await hand_over(
        staffed, ROSTER, "desk", to=PEOPLE[2], begins=date(2026, 4, 1), id_="desk-2", actor="o", now=NOW
    )
    assert (new.unit, new.duties, new.territory) == ("town", ("dispatcher",), "330212001")
    roster = await load_roster(staffed)
    before, after = date(2026, 3, 31), date(2026, 4, 1)
    assert [one.id for one in roster.posts_in("town", on=before)] == ["desk"]
    assert [one.id for one in roster.posts_in("town", on=after)] == ["desk-2"]
    assert [one.id for one in roster.posts_of("wang", on=after)] == ["desk-2", "far"]
    assert await staffed.fetchval("select count(*) from trace where kind = 'permission_changed'") == 2


@pytest.mark.parametrize(
    ("post", "to", "id_", "code"),
    [
        ("nobody", "wang", "x", "registry.post_unknown"),
        ("desk", "zhang", "x", "registry.same_person"),
        ("desk", "wang", "far", "registry.post_taken"),
        ("old", "wang", "x", "registry.post_not_held"),
    ],
)
async def test_a_hand_over_that_makes_no_sense_is_refused(
    conn: asyncpg.Connection, post: str, to: str, id_: str, code: str
) -> None:
    old = Post("old", "li", "hall", ("approver",), "330212", None, date(2020, 1, 1))
    roster = Roster(UNITS, PEOPLE, (*POSTS, old))
    with pytest.raises(Refusal) as caught:
        await hand_over(
            conn, roster, post, to=roster.people[to], begins=date(2026, 4, 1), id_=id_, actor="o", now=NOW
        )
    assert caught.value.code == code


async def test_who_is_on_duty(staffed: asyncpg.Connection) -> None:
    day, night = (
        Shift("s1", "town", "desk", "lead", at(2, 8), at(2, 20)),
        Shift("s2", "town", "desk", "", at(2, 20), at(3, 8)),
    )
    await save_shifts(staffed, [night, day], actor="operator", now=NOW)
    found = [one.id for one in await on_duty(staffed, ["town"], at(2, 12), at(2, 13))]
    assert found == ["s1"]
    assert [one.id for one in await on_duty(staffed, ["town"], at(2, 19), at(2, 21))] == ["s1", "s2"]
    assert await on_duty(staffed, ["town"], at(3, 8), at(3, 9)) == ()
    assert await on_duty(staffed, ["hall"], at(2, 0), at(3, 0)) == ()


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


async def test_a_post_that_has_gone_is_refused(staffed: asyncpg.Connection) -> None:
    gone = Deputy("d9", "ghost", "desk", date(2026, 3, 1), date(2026, 3, 8))
    with pytest.raises(Refusal) as caught:
        await save_deputies(staffed, [gone], actor="o", now=NOW)
    assert caught.value.code == "registry.post_unknown"


def test_deputies_and_shifts_from_files(tmp_path: Path) -> None:
    csv = tmp_path / "d.csv"
    csv.write_text(
        "编号,被代理岗位,代理岗位,起始日期,终止日期,事由\nd1,chief,desk,2026-03-01,2026-03-08,leave\n"
    )
    assert read_deputies(csv, ROSTER) == (STANDS_IN,)
    book = Workbook()
    assert book.active is not None
    book.active.append(["id", "unit", "post", "role", "starts_at", "ends_at"])
    book.active.append(["s1", "hall", "desk", "lead", "2026-03-02 08:00", "2026-03-02 20:00"])
    book.save(tmp_path / "s.xlsx")
    (shift,) = read_shifts(tmp_path / "s.xlsx", ROSTER, zone=SHANGHAI)
    assert (shift.unit, shift.starts_at.astimezone(UTC)) == ("hall", at(2, 0))
    (tmp_path / "p.csv").write_text("工号,姓名\nzhang,张三\n")
    assert read_people(tmp_path / "p.csv") == (PEOPLE[0],)


def test_every_fault_of_a_duty_list_is_told(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(
        "id,post,acting,valid_from,valid_to\n"
        "d1,cheif,desk,2026-03-01,2026-03-08\n"
        "d2,chief,dest,2026-03-01,2026-03-08\n"
        "d3,chief,chief,2026-03-01,2026-03-08\n"
        "d4,chief,desk,,2026-03-08\n"
        "d1,chief,desk,2026-03-09,2026-03-08\n"
    )
    assert faults(lambda: read_deputies(tmp_path / "d.csv", ROSTER)) == [
        (2, "registry.post_not_listed"),
        (3, "registry.acting_not_listed"),
        (4, "registry.deputy_of_oneself"),
        (5, "registry.cell_empty"),
        (6, "registry.code_repeated"),
        (6, "registry.dates_reversed"),
    ]
    (tmp_path / "s.csv").write_text(
        "id,unit,post,starts_at,ends_at\n"
        "s1,town,far,2026-03-02 08:00,2026-03-02 20:00\n"
        "s2,town,desk,2026-03-02 20:00,2026-03-02 08:00\n"
        "s3,town,desk,tomorrow,2026-03-02 08:00\n"
    )
    assert faults(lambda: read_shifts(tmp_path / "s.csv", ROSTER, zone=SHANGHAI)) == [
        (2, "registry.post_elsewhere"),
        (3, "registry.dates_reversed"),
        (4, "registry.bad_date"),
    ]


def test_the_nearest_post_is_named(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(
        "id,post,acting,valid_from,valid_to\nd1,cheif,desk,2026-03-01,2026-03-08\n"
    )
    with pytest.raises(Refusal) as refused:
        read_deputies(tmp_path / "d.csv", ROSTER)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    assert (errors[0].facts["post"], errors[0].facts["nearest"]) == ("cheif", "chief")
