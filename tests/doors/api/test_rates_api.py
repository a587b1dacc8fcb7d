"""Rates, what presses, where it lies and who is on duty, over HTTP as screens ask for them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fakes.stage import CHIEF, COMMUNITY, DESK, GRID, HANDLER, TOWN, Stage, staged
from yuzhi.capabilities.registry import Shift, save_shifts

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF = {
    "answered": "received", "on_time": "concluded", "heard": "answered", "solved": "verdicts",
    "satisfied": "verdicts", "returned": "given", "disputed": "ever_answered", "supervised": "received",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(own_database: str, home: Path) -> AsyncIterator[Stage]:
    async with staged(own_database, home / "rates") as found:
        for number in range(4):
            await _worked_on(found, number)
        yield found


async def _worked_on(stage: Stage, number: int) -> None:
    matter = (await stage.opened(subject=f"占道经营 {number}"))["id"]
    if (await stage.get(f"/matters/{matter}"))["state"] == "received":
        await stage.take(matter, "dispatch", DESK, lead="order")
    if number == 0:
        return
    await stage.take(matter, "sign", HANDLER)
    if number == 1:
        await stage.take(matter, "supervise", CHIEF, reason="public_concern")
        return
    await stage.take(matter, "answer", HANDLER, outcome="solved", texts={"reply": "已清理，恢复通行。"})
    if number == 3:
        await stage.take(matter, "record-verdict", DESK, satisfaction="satisfied", solved=True)


async def listed(stage: Stage, path: str, **asked: Any) -> list[str]:
    found, after = [], ""
    while True:
        query = "&".join(f"{name}={value}" for name, value in {**asked, "after": after}.items() if value)
        page = await stage.get(f"{path}?most=2&{query}", CHIEF)
        found += [row["id"] for row in page["rows"]]
        if not (after := page["next"] or ""):
            return found


@pytest.mark.parametrize("by", ["all", "unit", "town", "kind", "category", "month"])
async def test_every_number_shown_is_the_length_of_the_list_behind_it(stage: Stage, by: str) -> None:
    asked = {"by": by, "territory": TOWN, "procedure": "citizen-request"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    groups = (await stage.get(f"/rates?{query}", CHIEF))["groups"]
    assert sum(one["received"] for one in groups) == 4
    assert sum(one["verdicts"] for one in groups) == 1
    assert sum(one["supervised"]["count"] for one in groups) == 1
    for one in groups:
        asked["group"] = one["group"]
        for figure in ("received", "open", "overdue"):
            assert len(await listed(stage, "/rates/matters", figure=figure, **asked)) == one[figure]
        for figure, of in OF.items():
            assert len(await listed(stage, "/rates/matters", figure=figure, **asked)) == one[figure]["count"]
            assert len(await listed(stage, "/rates/matters", figure=of, **asked)) == one[figure]["of"]


async def test_what_presses_is_counted_by_unit_and_listed(stage: Stage) -> None:
    hours = 14 * 24
    units = (await stage.get(f"/pressing?hours={hours}", CHIEF))["units"]
    assert [(one["unit"], one["late"], one["soon"]) for one in units] == [("order", 0, 2)]
    assert len(await listed(stage, "/pressing/matters", hours=hours, unit="order", how="soon")) == 2
    assert await listed(stage, "/pressing/matters", hours=hours, how="late") == []
    for wrong in ("0", "1000", "x"):
        answer = await stage.client.get(f"/api/v1/pressing?hours={wrong}", headers={"X-Yuzhi-Post": CHIEF})
        assert answer.status_code == 400


async def test_a_matter_without_a_point_lies_in_the_middle_of_its_territory(stage: Stage) -> None:
    middle = (await stage.get(f"/territories/{COMMUNITY}"))["middle"]
    cells = (await stage.get("/spread", CHIEF))["cells"]
    assert [(one["lon"], one["lat"]) for one in cells] == [(middle["lon"], middle["lat"])]
    assert cells[0]["open"] == (await stage.get("/matters/count", CHIEF))["count"]


async def test_who_is_on_duty_is_told_for_ones_own_ground(stage: Stage) -> None:
    now = datetime.now(UTC)
    shifts = [
        Shift(post, unit, post, "", now - timedelta(hours=1), now + timedelta(hours=1))
        for unit, post in (("order", HANDLER), ("east", GRID))
    ]
    async with stage.pool.acquire() as conn:
        await save_shifts(conn, shifts, actor="test", now=now)
    found = (await stage.get("/on-duty", CHIEF))["shifts"]
    assert {(one["unit"], one["person"]) for one in found} == {("order", "李强"), ("east", "张敏")}
    assert [one["unit"] for one in (await stage.get("/on-duty", GRID))["shifts"]] == ["east"]
    assert [one["unit"] for one in (await stage.get("/on-duty?unit=order", GRID))["shifts"]] == ["order"]
