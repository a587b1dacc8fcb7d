"""Editions and re-organisations in the database: written once, audited, and read back the same."""

import asyncio
import json
from datetime import UTC, date, datetime

import asyncpg
import msgspec
import pytest
import shapely

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.territory import (
    CHANNEL,
    Boundary,
    Change,
    Edition,
    Landmark,
    Territory,
    ancestors,
    level_of,
    load_atlas,
    load_boundaries,
    load_landmarks,
    load_terrain,
    reorganise,
    save_import,
)

NOW = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
TODAY = NOW.date()
DAY = date(2024, 7, 1)
CLERK = "post-data-steward"


def territory(code: str, name: str, *known_as: str) -> Territory:
    return Territory(code, name, level_of(code), next(iter(ancestors(code)), None), aliases=known_as)


def square(code: str, west: float, south: float, side: float) -> Boundary:
    return Boundary(code, shapely.to_wkb(shapely.box(west, south, west + side, south + side)), "GCJ02")


CITY = (
    territory("3302", "宁波市", "甬"),
    territory("330203", "海曙区"),
    territory("330212", "鄞州区"),
    territory("330212006", "首南街道"),
    territory("330212008", "东胜街道"),
    territory("330212006002", "陈婆渡社区"),
)
EDITION = Edition(
    territories=CITY,
    boundaries=(
        square("330212006", 0, 0, 1),
        square("330212006002", 0, 0, 0.5),
        square("330212008", 1, 0, 1),
    ),
    landmarks=(
        Landmark("万达广场", "330212006", "商场", ("鄞州万达",), 0.9, 0.9),
        Landmark("水街", "330212006"),
    ),
)


async def saved(conn: asyncpg.Connection, edition: Edition = EDITION, *, closing: date | None = None) -> str:
    view = await save_import(conn, edition, actor=CLERK, now=NOW, close_missing_on=closing)
    return f"+{view.added} ~{view.changed} ={view.unchanged} b{view.boundaries} l{view.landmarks}"


async def audit(conn: asyncpg.Connection, relation: str = "territory") -> list[tuple[str, object, object]]:
    rows = await conn.fetch(
        "select key, before::text, after::text from ground_audit where relation = $1 order by id", relation
    )
    return [(row[0], row[1] and json.loads(row[1]), row[2] and json.loads(row[2])) for row in rows]


async def test_what_is_saved_is_loaded_again(conn: asyncpg.Connection) -> None:
    assert await saved(conn) == "+6 ~0 =0 b3 l2"
    atlas = await load_atlas(conn)
    assert dict(atlas.territories) == {one.code: one for one in CITY}
    assert await load_boundaries(conn, TODAY) == tuple(sorted(EDITION.boundaries, key=lambda one: one.code))
    assert set(map(str, await load_landmarks(conn))) == set(map(str, EDITION.landmarks))


async def test_saving_twice_changes_and_audits_nothing(conn: asyncpg.Connection) -> None:
    await saved(conn)
    before = await conn.fetchval("select count(*) from ground_audit")
    assert await saved(conn) == "+0 ~0 =6 b0 l0"
    assert await conn.fetchval("select count(*) from ground_audit") == before == 6 + 3 + 2


async def test_every_change_is_audited_with_who_and_when(conn: asyncpg.Connection) -> None:
    await saved(conn)
    renamed = msgspec.structs.replace(CITY[3], name="首南新街道")
    await saved(conn, Edition(territories=(renamed,)))
    key, before, after = (await audit(conn))[-1]
    assert key == "330212006"
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["name"], after["name"]) == ("首南街道", "首南新街道")
    assert after["polygon_sha256"] == before["polygon_sha256"]
    assert "polygon" not in after
    assert await conn.fetch("select distinct at, actor from ground_audit") == [(NOW, CLERK)]


async def test_the_audit_is_only_added_to(conn: asyncpg.Connection) -> None:
    await saved(conn)
    for statement in (
        "delete from ground_audit",
        "update ground_audit set actor = 'nobody'",
        "truncate ground_audit",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with conn.transaction():
                await conn.execute(statement)


async def test_what_a_file_does_not_state_is_left_alone(conn: asyncpg.Connection) -> None:
    await saved(conn)
    await reorganise(
        conn, [Change("merge", DAY, ("330212008", "330212006"), ("330212006",))], actor=CLERK, now=NOW
    )
    assert await saved(conn, Edition(territories=CITY)) == "+0 ~0 =6 b0 l0"
    stated = {"valid_to": frozenset({"330212008"}), "aliases": frozenset({"3302"})}
    bare = msgspec.structs.replace(CITY[0], aliases=())
    assert await saved(conn, Edition(territories=(bare, *CITY[1:]), stated=stated)) == "+0 ~2 =4 b0 l0"
    atlas = await load_atlas(conn)
    assert atlas["330212008"].valid_to is None
    assert atlas["3302"].aliases == ()


async def test_a_new_name_keeps_the_old_one_as_an_alias(conn: asyncpg.Connection) -> None:
    await saved(conn)
    for name, aliases in (("明州", ("甬", "宁波市")), ("宁波市", ("甬", "明州"))):
        await saved(conn, Edition(territories=(territory("3302", name),)))
        assert (await load_atlas(conn))["3302"].aliases == aliases


async def test_what_an_edition_leaves_out_stays_and_is_told(conn: asyncpg.Connection) -> None:
    await saved(conn)
    towns = Edition(territories=(CITY[0], CITY[1], CITY[2], CITY[4]))
    view = await save_import(conn, towns, actor=CLERK, now=NOW)
    assert view.missing == ("330212006", "330212006002")
    assert view.closed == ()
    assert (await load_atlas(conn))["330212006"].valid_to is None


async def test_what_an_edition_leaves_out_can_be_closed(conn: asyncpg.Connection) -> None:
    await saved(conn)
    towns = Edition(territories=(CITY[0], CITY[1], CITY[2], CITY[4]))
    view = await save_import(conn, towns, actor=CLERK, now=NOW, close_missing_on=DAY)
    assert view.closed == ("330212006", "330212006002")
    atlas = await load_atlas(conn)
    assert atlas["330212006002"].valid_to == DAY
    assert [key for key, before, _ in await audit(conn) if before][-2:] == ["330212006", "330212006002"]
    assert await saved(conn, towns, closing=DAY) == "+0 ~0 =4 b0 l0"


async def test_the_parent_of_something_listed_is_not_missing(conn: asyncpg.Connection) -> None:
    await saved(conn)
    edition = Edition(territories=(CITY[4], CITY[5]))  # one town, and a community of the other
    assert (await save_import(conn, edition, actor=CLERK, now=NOW)).missing == ()


async def test_only_what_is_under_the_wanted_code_can_be_missing(conn: asyncpg.Connection) -> None:
    await saved(conn)
    edition = Edition(territories=(CITY[0], CITY[1]), under="330203")
    view = await save_import(conn, edition, actor=CLERK, now=NOW, close_missing_on=DAY)
    assert view.closed == ()


async def test_a_boundary_of_nobody_undoes_the_whole_import(conn: asyncpg.Connection) -> None:
    with pytest.raises(Refusal, match=r"territory\.unknown"):
        await saved(conn, Edition(territories=CITY, boundaries=(square("330299", 0, 0, 1),)))
    assert await conn.fetchval("select count(*) from territory") == 0
    assert await conn.fetchval("select count(*) from ground_audit") == 0


async def test_a_boundary_drawn_anew_is_told_by_its_digest(conn: asyncpg.Connection) -> None:
    await saved(conn)
    assert await saved(conn, Edition(boundaries=(square("330212006", 0, 0, 2),))) == "+0 ~0 =0 b1 l0"
    _, before, after = (await audit(conn))[-1]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["polygon_sha256"] != after["polygon_sha256"]


async def test_a_re_organisation_is_loaded_again(conn: asyncpg.Connection) -> None:
    await saved(conn)
    act = [
        Change("transfer", DAY, ("330212006",), ("330203009",), "甬政发〔2024〕1号"),
        Change("rename", DAY, ("330203",), ("330203",), names={"330203": "海曙新区"}),
    ]
    view = await reorganise(conn, act, actor=CLERK, now=NOW)
    assert view.opened == ("330203009", "330203009002")
    assert view.closed == ("330212006", "330212006002")
    assert view.changed == ("330203",)
    atlas = await load_atlas(conn)
    assert atlas.changes == tuple(act)
    assert atlas.full_name("330203009002") == "宁波市海曙新区首南街道陈婆渡社区"
    assert atlas.equivalents("330203") == ("330203", "330212006")
    assert [key for key, _, _ in await audit(conn, "territory_change")] == [
        str(row[0]) for row in await conn.fetch("select id from territory_change order by id")
    ]


async def test_boundaries_go_with_what_is_transferred(conn: asyncpg.Connection) -> None:
    await saved(conn)
    await reorganise(conn, [Change("transfer", DAY, ("330212006",), ("330203009",))], actor=CLERK, now=NOW)
    then = {one.code: one.wkb for one in await load_boundaries(conn, DAY)}
    assert then.keys() == {"330203009", "330203009002", "330212008"}
    assert then["330203009"] == EDITION.boundaries[0].wkb
    assert "330212006" in {one.code for one in await load_boundaries(conn, TODAY)}


async def test_boundaries_are_joined_by_a_merger(conn: asyncpg.Connection) -> None:
    await saved(conn)
    merger = Change("merge", DAY, ("330212008", "330212006"), ("330212006",))
    await reorganise(conn, [merger], actor=CLERK, now=NOW)
    drawn = {one.code: shapely.from_wkb(one.wkb) for one in await load_boundaries(conn, DAY)}
    assert drawn["330212006"].area == pytest.approx(2)


async def test_a_refused_act_leaves_nothing(conn: asyncpg.Connection) -> None:
    await saved(conn)
    before = await conn.fetchval("select count(*) from ground_audit")
    with pytest.raises(Refusal, match=r"territory\.unknown"):
        await reorganise(conn, [Change("rename", DAY, ("330299",), ("330298",))], actor=CLERK, now=NOW)
    assert await conn.fetchval("select count(*) from ground_audit") == before
    assert (await load_atlas(conn)).changes == ()


async def test_the_terrain_places_by_code_then_point_then_words(conn: asyncpg.Connection) -> None:
    await saved(conn)
    await reorganise(conn, [Change("transfer", DAY, ("330212006",), ("330203009",))], actor=CLERK, now=NOW)
    terrain = await load_terrain(conn, DAY)

    def place(code: str = "", lon: float | None = None, lat: float | None = None, words: str = "") -> str:
        return terrain.place(code, lon=lon, lat=lat, words=words)

    assert place("330212008", 0.1, 0.1, "首南街道") == "330212008"
    assert place("330212006002") == "330203009002"
    assert place("330299", 0.1, 0.1) == "330203009002"
    assert place(lon=7, lat=7, words="首南街道的路灯") == "330203009"
    assert place(words="首南街道或东胜街道") == "3302"
    assert place(words="路灯坏了") == ""
    assert place() == ""


async def test_a_code_that_was_split_is_not_placed_by_itself(conn: asyncpg.Connection) -> None:
    await saved(conn)
    act = [
        Change("transfer", DAY, ("330212006002",), ("330212021001",)),
        Change(
            "split",
            DAY,
            ("330212006",),
            ("330212021", "330212022"),
            names={"330212021": "首东街道", "330212022": "首西街道"},
        ),
    ]
    await reorganise(conn, act, actor=CLERK, now=NOW)
    terrain = await load_terrain(conn, DAY)
    assert terrain.place("330212006", lon=None, lat=None, words="") == ""
    assert terrain.place("330212006", lon=0.2, lat=0.2, words="") == "330212021001"
    assert terrain.place("330212006", lon=None, lat=None, words="首西街道") == "330212022"


async def test_processes_are_told_once_the_ground_has_changed(fresh_database: str) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    listening, writing = await asyncpg.connect(fresh_database), await asyncpg.connect(fresh_database)
    try:
        await listening.add_listener(CHANNEL, lambda _conn, _pid, _channel, room: told.put_nowait(room))
        await saved(writing)
        assert await asyncio.wait_for(told.get(), 5) == "territory"
        await reorganise(
            writing, [Change("transfer", DAY, ("330212006",), ("330203009",))], actor=CLERK, now=NOW
        )
        assert await asyncio.wait_for(told.get(), 5) == "territory"
    finally:
        await listening.close()
        await writing.close()


async def test_two_imports_at_once_follow_one_another(fresh_database: str) -> None:
    one, two = await asyncpg.connect(fresh_database), await asyncpg.connect(fresh_database)
    try:
        results = await asyncio.gather(saved(one), saved(two))
        assert sorted(results) == ["+0 ~0 =6 b0 l0", "+6 ~0 =0 b3 l2"]
    finally:
        await one.close()
        await two.close()
