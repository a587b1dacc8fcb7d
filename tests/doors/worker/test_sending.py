"""Matters that go by themselves: only where the pack says so, after its rule, sure and without danger."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.closed import BEGAN, close_matters
from fakes.packs import SHIPPED
from fakes.served import Served, served
from fakes.studying import in_a_thread
from yuzhi.capabilities.understanding.learning import StudyDesk

PACK = "citizen-request"
HOUR = timedelta(hours=1)
LAMP: dict[str, Any] = {
    "subject": "春晓苑路灯不亮", "detail": "春晓苑路灯坏了", "category": "urban/road/lamp",
    "territory": "330212001",
}  # fmt: skip


def packs_that_say(folder: Path, learnt: str) -> Path:
    """Copy the shipped packs, with what the routing of one says of learnt units."""
    packs = folder / "packs"
    shutil.copytree(SHIPPED, packs)
    routing = packs / PACK / "routing.yaml"
    routing.write_text(routing.read_text(encoding="utf-8") + learnt, encoding="utf-8")
    return packs


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    packs = packs_that_say(tmp_path, request.param)
    async with served(fresh_database, tmp_path, packs=(packs,)) as made:
        async with made.pool.acquire() as conn:
            await close_matters(conn, 220)
            folder = made.assembly.adviser.library.folder
            desk = StudyDesk(folder=folder, every=HOUR, packs=lambda: [PACK], run=in_a_thread)
            await desk.study(conn, PACK, BEGAN + timedelta(days=30))
        yield made


async def sent(city: Served) -> dict[str, str]:
    now = datetime.now(UTC)
    done = await city.assembly.for_worker().sending.send_due(now - HOUR, now)
    return {str(matter): unit for matter, unit in done.sent.items()}


@pytest.mark.parametrize("city", ["\nlearnt: {threshold: 80, after: [to-desk]}\n"], indirect=True)
async def test_a_sure_one_goes_and_the_trace_says_why(city: Served) -> None:
    opened = await city.opened(**LAMP)
    danger = await city.opened(**{**LAMP, "detail": "路灯杆漏电，有人触电晕倒了"})
    unplaced = await city.opened(subject="一件说不清的事", territory="330212001")
    assert opened["state"] == "received"
    assert await sent(city) == {opened["id"]: "near"}
    assert await sent(city) == {}
    seen = (await city.get(f"/matters/{opened['id']}")).json()
    assert seen["state"] == "dispatched"
    assert "门限 0.80" in seen["texts"]["reason"]
    assert "由其办理" in seen["texts"]["reason"]
    entries = (await city.get(f"/matters/{opened['id']}/journal")).json()["entries"]
    assert entries[-1]["by"]["hand"] == "routing"
    for left in (danger, unplaced):
        assert (await city.get(f"/matters/{left['id']}")).json()["state"] == "received"
    told = await city.post(
        "/suggestions", {"procedure": PACK, "kind": "complaint", "channel": "hotline", **LAMP}
    )
    assert told.json()["route"]["goes_by_itself"]
    assert "由其办理" in told.json()["route"]["units"][0]["reason"]
    given = {"procedure": PACK, "kind": "complaint", "channel": "hotline", **LAMP}
    english = await city.ask("POST", "/suggestions", json=given, headers={"Accept-Language": "en"})
    route = english.json()["route"]
    assert "were handled there" in route["units"][0]["reason"]
    assert route["trace"].endswith("It goes by itself.")


@pytest.mark.parametrize(
    "city",
    ["", "\nlearnt: {threshold: 100, after: [to-desk]}\n", "\nlearnt: {threshold: 80, after: [utilities]}\n"],
    indirect=True,
)
async def test_otherwise_it_stays_with_people(city: Served) -> None:
    opened = await city.opened(**LAMP)
    assert await sent(city) == {}
    assert (await city.get(f"/matters/{opened['id']}")).json()["state"] == "received"
