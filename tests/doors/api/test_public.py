"""What everybody may see over HTTP: only what packs publish, coarsened, scrubbed, and no small number."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import shapely

from fakes.served import NEAR, Served, served
from yuzhi.settings import shipped_packs

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRID = "330212001001A"
OLD = "[number, kind, category, state, territory, opened_at, resolved_at, outcome]"
NEW = "[number, kind, subject, category, state, place, channel, opened_at, due_on, lead, outcome, reply]"
NOW = datetime(2026, 6, 15, 8, tzinfo=UTC)


class Watch:
    """The time as the tests set it."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


def talkative(folder: Path) -> Path:
    """Copy the shipped packs, with one that publishes what residents and offices wrote."""
    (shipped,) = shipped_packs()
    for file in shipped.rglob("*"):
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            if file.name == "grid-event.yaml":
                text = text.replace(f"fields: {OLD}\n  place: community", f"fields: {NEW}\n  place: town")
                text = text.replace("  states: [filed, dispatched", "  states: [reported, filed, dispatched")
            to = folder / file.relative_to(shipped)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_text(text, encoding="utf-8")
    assert "subject, category" in (folder / "grid-event/procedures/grid-event.yaml").read_text(
        encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(
    own_database: str, tmp_path_factory: pytest.TempPathFactory, watch: Watch
) -> AsyncIterator[Served]:
    """One town with a community and a grid, whose boundary is known."""
    home = tmp_path_factory.mktemp("home")
    async with served(own_database, home, packs=(talkative(home / "packs"),), now=watch) as made:
        async with made.pool.acquire() as conn:
            for code, level, parent in (
                ("330212001001", "community", "330212001"),
                (GRID, "grid", "330212001001"),
            ):
                box = shapely.to_wkb(shapely.box(121.5, 29.8, 121.6, 29.9)) if level == "community" else None
                await conn.execute(
                    "insert into territory (code, name, level, parent, polygon, datum)"
                    " values ($1, $1, $2, $3, $4, $5)",
                    code, level, parent, box, "WGS84" if box else None,
                )  # fmt: skip
        await made.assembly.ground.load()
        yield made


async def get(city: Served, path: str, **asked: Any) -> Any:
    answer = await city.get(f"/public/{path}", "", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def opened(city: Served, **said: Any) -> str:
    number: str = (await city.opened(**{"territory": GRID, "lon": 121.5123, "lat": 29.8123, **said}))[
        "number"
    ]
    return number


async def event(city: Served, **said: Any) -> str:
    asked = {
        "procedure": "grid-event",
        "kind": "event",
        "channel": "patrol",
        "category": "event/order/stalls",
    }
    return await opened(city, **{**asked, **said})


async def test_the_list_shows_what_the_pack_names_and_nothing_else(city: Served) -> None:
    number = await opened(city, subject="张三家漏水", detail="电话 13812345678", requester={"name": "张三"})
    (shown,) = [one for one in (await get(city, "matters"))["matters"] if one["number"] == number]
    assert set(shown) <= {
        "procedure", "number", "is_closed", "state", "says", "kind", "category", "territory", "middle",
        "opened_at", "changed_at",
    }  # fmt: skip
    assert shown["territory"]["name"] == "330212001001"  # the community, not the grid
    assert shown["middle"] == {"lon": 121.55, "lat": 29.85}  # its middle, not the point
    assert shown["kind"] == {"name": "complaint", "word": "投诉"}
    text = json.dumps(shown, ensure_ascii=False)
    assert "张三" not in text
    assert "121.5123" not in text
    english = (await city.get("/public/matters", "", headers={"Accept-Language": "en"})).json()["matters"]
    assert {one["kind"]["word"] for one in english} <= {"Complaint", "Event"}


async def test_one_matter_tells_how_it_came_where_it_stands(city: Served, watch: Watch) -> None:
    number = await opened(city)
    for step in ({"lead": "near"}, {}):
        watch.at += timedelta(minutes=10)
        name = "dispatch" if step else "sign"
        answer = await city.step(number, name, NEAR if name == "sign" else "p-desk", **step)
        assert answer.status_code == 200, answer.text
    shown = await get(city, f"matters/{number}")
    assert [line["state"]["name"] for line in shown["progress"]] == ["received", "dispatched", "handling"]
    assert shown["progress"][-1]["says"] == shown["matter"]["says"] == "承办单位正在办理。"
    times = [line["at"] for line in shown["progress"]]
    assert times == sorted(times)


async def test_states_that_are_not_published_are_passed_over(city: Served, watch: Watch) -> None:
    number = await opened(city)
    watch.at += timedelta(minutes=10)
    await city.step(number, "dispatch", "p-desk", lead="near")
    await city.step(number, "ask-return", NEAR, reason="not_our_duty")
    assert (await city.get(f"/public/matters/{number}", "")).status_code == 404  # objected
    await city.step(number, "refuse-return", "p-desk", reason="属于职责")
    shown = await get(city, f"matters/{number}")
    assert [line["state"]["name"] for line in shown["progress"]] == ["received", "dispatched", "dispatched"]


@pytest.mark.parametrize(
    "number", ["1", "2026061500000018", "x" * 300, "%00", "0197d2a5-0000-7000-8000-000000000001"]
)
async def test_what_is_not_public_is_not_found(city: Served, number: str) -> None:
    secret = await opened(city, kind="report")
    for asked in (number, secret):
        answer = await city.get(f"/public/matters/{asked}", "")
        assert (answer.status_code, answer.json()["code"]) == (404, "matter.not_found")
    assert secret not in json.dumps(await get(city, "matters", most=200))


async def test_words_that_a_pack_publishes_are_scrubbed(city: Served) -> None:
    number = await event(city, subject="业主张三的浙B12345挡路，电话13812345678")
    shown = (await get(city, f"matters/{number}"))["matter"]
    assert shown["subject"] == "业主【姓名】的【车牌】挡路，电话【电话】"
    assert shown["territory"]["name"] == "330212001"  # this pack publishes the town only
    assert shown["channel"]["name"] == "patrol"
    rejected = await city.step(
        number, "reject", "p-desk", reason="too_small", texts={"reply": "请联系李四 13912345678"}
    )
    assert rejected.status_code == 200, rejected.text
    assert (await city.get(f"/public/matters/{number}", "")).status_code == 404


async def test_replies_are_shown_where_the_pack_says_so(city: Served) -> None:
    number = await event(city)
    async with city.pool.acquire() as conn:
        await conn.execute("update matter set state = 'closed', outcome = 'solved' where number = $1", number)
    assert "reply" not in (await get(city, f"matters/{number}"))["matter"]


async def test_the_list_is_filtered_only_by_what_is_published(city: Served) -> None:
    one, two = await opened(city, category="urban/road/lamp"), await event(city)

    async def numbers(**asked: Any) -> set[str]:
        return {shown["number"] for shown in (await get(city, "matters", most=200, **asked))["matters"]}

    assert {one, two} <= await numbers()
    assert {one, two} <= await numbers(territory="330212001")
    assert one in await numbers(territory="330212001001")
    assert two not in await numbers(territory="330212001001")  # it is published down to the town only
    assert await numbers(territory=GRID) == set()
    assert one in await numbers(category="urban/road")
    assert two not in await numbers(category="urban/road")
    assert await numbers(category="urban/road/lam") == set()
    assert two in await numbers(procedure="grid-event")
    assert one not in await numbers(procedure="grid-event")
    assert one in await numbers(kind="complaint", status="open")
    assert one not in await numbers(status="closed")
    assert await numbers(procedure="nothing") == set()
    assert await numbers(opened_to="2020-01-01T00:00:00Z") == set()


async def test_pages_follow_each_other(city: Served, watch: Watch) -> None:
    for _ in range(5):
        watch.at += timedelta(seconds=1)
        await opened(city)
    whole = [one["number"] for one in (await get(city, "matters", most=200))["matters"]]
    found: list[str] = []
    after = None
    while True:
        page = await get(city, "matters", most=2, **({"after": after} if after else {}))
        found += [one["number"] for one in page["matters"]]
        after = page["next"]
        if after is None:
            break
    assert found == whole
    bad = await city.get("/public/matters", "", params={"after": "x"})
    assert bad.json()["code"] == "list.bad_cursor"


async def test_open_data_withholds_small_numbers(city: Served, watch: Watch) -> None:
    watch.at = datetime(2026, 3, 10, 8, tzinfo=UTC)
    for category, count in (("urban/road/lamp", 4), ("urban/road/damage", 3), ("utilities/water/outage", 2)):
        for _ in range(count):
            await opened(city, category=category)
    await opened(city, kind="report", category="urban/road/lamp")
    watch.at = NOW
    told = await get(city, "statistics", since="2026-03")
    assert (told["least"], told["level"]) == (5, "town")
    (line,) = told["lines"]
    # Seven and two: the two cannot be told, and so neither can the seven beside them.
    assert (line["territory"], line["category"], line["count"]) == ("330212001", "*", 9)
    assert line["note"] == "不足 5 件的合并统计"
    assert line["month"] == "2026-03"

    answer = await city.get("/public/statistics.csv", "", params={"since": "2026-03", "until": "2026-04"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["territory"], row["count"], row["closed"]) for row in rows] == [("330212001", "9", "0")]

    collection = (await city.get("/public/statistics.geojson", "", params={"since": "2026-03"})).json()
    (feature,) = collection["features"]
    assert feature["geometry"]["type"] == "Point"
    assert feature["properties"]["count"] == 9


async def test_months_with_next_to_nothing_show_no_number(city: Served, watch: Watch) -> None:
    watch.at = datetime(2026, 1, 10, 8, tzinfo=UTC)
    await opened(city)
    watch.at = NOW
    (line,) = (await get(city, "statistics", since="2026-01"))["lines"]
    assert (line["count"], line["note"], line["territory"]) == (None, "少于 5 件", "")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"since": "2026-06"}, "open_data.not_over"),
        ({"since": "2030-01"}, "open_data.not_over"),
        ({"since": "2026-13"}, "open_data.bad_month"),
        ({"since": "march"}, "open_data.bad_month"),
        ({"since": "2026-04", "until": "2026-03"}, "open_data.too_long"),
        ({"since": "2020-01", "until": "2026-03"}, "open_data.too_long"),
    ],
)
async def test_open_data_is_of_whole_months_only(city: Served, asked: dict[str, str], code: str) -> None:
    for ending in ("", ".csv", ".geojson"):
        assert (await city.get(f"/public/statistics{ending}", "", params=asked)).json()["code"] == code
