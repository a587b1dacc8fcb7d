import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from time import perf_counter

import asyncpg
import msgspec
import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import (
    CHANNEL,
    ImportView,
    Person,
    Post,
    PostList,
    Unit,
    UnitList,
    load_roster,
    save_posts,
    save_units,
)

NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)
HALL = Unit("hall", "区政府", "government", "330212", contact={"phone": "0574"})
TOWN = Unit("town", "街道", "town_office", "330212001", "hall", date(2020, 1, 1), date(2030, 1, 1))
ZHANG = Person("p1", "张三")
POST = Post("1", "p1", "town", ("handler", "supervisor"), "330212001", date(2026, 1, 1))


async def save(conn: asyncpg.Connection, *units: Unit) -> ImportView:
    return await save_units(conn, UnitList(units=units), actor="operator", now=NOW)


async def save_post(
    conn: asyncpg.Connection, *posts: Post, people: Sequence[Person] = (ZHANG,)
) -> ImportView:
    return await save_posts(conn, PostList(people=tuple(people), posts=posts), actor="operator", now=NOW)


async def audit(conn: asyncpg.Connection) -> list[tuple[str, str, object, object]]:
    rows = await conn.fetch("select * from ground_audit order by id")
    assert {(row["at"], row["actor"]) for row in rows} <= {(NOW, "operator")}
    return [(row["relation"], row["key"], _data(row["before"]), _data(row["after"])) for row in rows]


def _data(text: str | None) -> object:
    return json.loads(text) if text else None


async def test_what_is_saved_is_loaded(conn: asyncpg.Connection) -> None:
    # The child comes first: the order of a file does not matter.
    assert await save(conn, TOWN, HALL) == ImportView(added=2, changed=0, unchanged=0)
    assert await save_post(conn, POST) == ImportView(added=1, changed=0, unchanged=0)
    roster = await load_roster(conn)
    assert dict(roster.units) == {"hall": HALL, "town": TOWN}
    assert dict(roster.people) == {"p1": ZHANG}
    assert dict(roster.posts) == {"1": POST}


async def test_saving_again_changes_nothing_and_leaves_no_trace(conn: asyncpg.Connection) -> None:
    await save(conn, HALL, TOWN)
    await save_post(conn, POST)
    before = await audit(conn)
    assert await save(conn, HALL, TOWN) == ImportView(added=0, changed=0, unchanged=2)
    assert await save_post(conn, POST) == ImportView(added=0, changed=0, unchanged=1)
    assert await audit(conn) == before
    told = {(relation, key) for relation, key, *_ in before}
    assert told == {("unit", "hall"), ("unit", "town"), ("person", "p1"), ("post", "1")}


async def test_a_change_is_audited_with_what_was_and_what_is(conn: asyncpg.Connection) -> None:
    await save(conn, HALL)
    renamed = msgspec.structs.replace(HALL, name="区人民政府")
    assert await save(conn, renamed, TOWN) == ImportView(added=1, changed=1, unchanged=0)
    changes = {key: (before, after) for _, key, before, after in (await audit(conn))[1:]}
    before, after = changes["hall"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["name"], after["name"]) == ("区政府", "区人民政府")
    assert changes["town"][0] is None


async def test_a_renamed_person_is_audited(conn: asyncpg.Connection) -> None:
    await save(conn, HALL, TOWN)
    await save_post(conn, POST)
    assert await save_post(conn, POST, people=[Person("p1", "张三丰")]) == ImportView(
        added=0, changed=0, unchanged=1
    )
    assert (await load_roster(conn)).people["p1"].name == "张三丰"
    assert [(relation, key) for relation, key, *_ in await audit(conn)][-1] == ("person", "p1")


async def test_an_empty_list_is_no_trouble(conn: asyncpg.Connection) -> None:
    assert await save(conn) == ImportView(added=0, changed=0, unchanged=0)
    assert await save_post(conn, people=()) == ImportView(added=0, changed=0, unchanged=0)


async def test_a_post_in_a_unit_that_has_gone_is_refused_whole(conn: asyncpg.Connection) -> None:
    with pytest.raises(Refusal) as refused:
        await save_post(conn, POST)
    assert refused.value.code == "registry.unit_unknown"
    assert (await load_roster(conn)).people == {}


async def test_others_are_told_of_a_change_and_only_of_a_change(pool: asyncpg.Pool) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    async with pool.acquire() as listener, pool.acquire() as conn:

        def hear(*said: str) -> None:
            told.put_nowait(said[-1])

        await listener.add_listener(CHANNEL, hear)
        await save(conn, HALL)
        assert await asyncio.wait_for(told.get(), 5) == "registry"
        await save(conn, HALL)
        await conn.execute("select pg_notify($1, 'end')", CHANNEL)
        assert await asyncio.wait_for(told.get(), 5) == "end"
        await listener.remove_listener(CHANNEL, hear)


async def test_fifty_thousand_posts_load_in_seconds(conn: asyncpg.Connection) -> None:
    await save(conn, HALL)
    await save_post(conn, people=[ZHANG])
    units = [(f"u{i}", "单位", "office", f"3302{i % 100:02}") for i in range(50_000)]
    posts = [(str(i), "p1", f"u{i}", ["handler"], units[i][3]) for i in range(50_000)]
    await conn.copy_records_to_table("unit", records=units, columns=["code", "name", "kind", "territory"])
    columns = ["id", "person", "unit", "duties", "territory"]
    await conn.copy_records_to_table("post", records=posts, columns=columns)
    began = perf_counter()
    roster = await load_roster(conn)
    took = perf_counter() - began
    assert (len(roster.units), len(roster.posts)) == (50_001, 50_000)
    assert took < 5, f"{took:.2f} s"
