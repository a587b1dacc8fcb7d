"""Matters that go by themselves: only where the pack says so, after its rule, sure and without danger."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fakes.learnt_city import AS_SHIPPED, HOUR, LAMP, PACK, learnt_city
from fakes.served import Served


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with learnt_city(fresh_database, tmp_path, request.param) as made:
        yield made


async def sent(city: Served) -> dict[str, str]:
    now = datetime.now(UTC)
    done = await city.assembly.for_worker().sending.send_due(now - HOUR, now)
    return {str(matter): unit for matter, unit in done.sent.items()}


async def route_suggested(city: Served, **said: str) -> dict[str, Any]:
    asked = {"procedure": PACK, "kind": "complaint", "channel": "hotline", **LAMP, **said}
    found: dict[str, Any] = (await city.post("/suggestions", asked)).json()["route"]
    return found


@pytest.mark.parametrize(
    "city", ["learnt: {threshold: 80, after: [to-desk], automatic: true}"], indirect=True
)
async def test_a_sure_one_goes_and_the_trace_says_why(city: Served) -> None:
    opened = await city.opened(**LAMP)
    danger = await city.opened(**{**LAMP, "detail": "路灯杆漏电，有人触电受伤"})
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
    assert (await route_suggested(city))["goes_by_itself"]
    given = {"procedure": PACK, "kind": "complaint", "channel": "hotline", **LAMP}
    english = await city.ask("POST", "/suggestions", json=given, headers={"Accept-Language": "en"})
    route = english.json()["route"]
    assert "were handled there" in route["units"][0]["reason"]
    assert route["trace"].endswith("It goes by itself.")
    told = await route_suggested(city, detail="路灯杆漏电，有人触电受伤")
    assert not told["goes_by_itself"]
    assert "信号，转人工" in told["trace"]


@pytest.mark.parametrize(
    ("city", "why"),
    [
        (AS_SHIPPED, "已达门限 0.95"),
        (AS_SHIPPED, "业务包只许建议，转人工"),
        ("", "业务包不允许自动分拨"),
        ("learnt: {threshold: 100, after: [to-desk], automatic: true}", "门限 1.00；"),
        ("learnt: {threshold: 80, after: [utilities], automatic: true}", "业务包不允许自动分拨"),
    ],
    indirect=["city"],
)
async def test_otherwise_it_is_suggested_and_stays_with_people(city: Served, why: str) -> None:
    opened = await city.opened(**LAMP)
    assert await sent(city) == {}
    assert (await city.get(f"/matters/{opened['id']}")).json()["state"] == "received"
    told = await route_suggested(city)
    assert told["units"][0]["unit"] == "near"
    assert not told["goes_by_itself"]
    assert why in told["trace"]
