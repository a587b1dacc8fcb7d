"""How the machine stands, the calendar, and packs in plain words, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from fakes.stage import ADMIN, DESK, GRID, Stage, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(own_database: str, home: Path) -> AsyncIterator[Stage]:
    async with staged(own_database, home / "system") as found:
        yield found


async def test_what_waits_and_what_is_wrong_is_told_to_those_on_duty(stage: Stage) -> None:
    told = await stage.get("/admin/system", ADMIN)
    condition = told["condition"]
    assert {"clocks", "log", "search", "sensors"} <= {one["kind"] for one in condition["queues"]}
    assert condition["database"]["revision"] == condition["database"]["needed_revision"]
    assert condition["disk"]["free"] > 0
    # Nothing is called a worker here: the test runs it under a name of its own.
    assert "condition.no_worker" in [one["code"] for one in told["warnings"]]
    assert all(one["says"] and "condition." not in one["says"] for one in told["warnings"])
    answer = await stage.client.get("/api/v1/admin/system", headers={"X-Yuzhi-Post": GRID})
    assert (answer.status_code, answer.json()["code"]) == (403, "power.missing")


async def test_letters_that_lie_are_counted_with_the_oldest(stage: Stage) -> None:
    await stage.pool.execute(
        "insert into delivery (id, matter_id, seq, letter, audience, unit, state, next_at, created_at)"
        " values (gen_random_uuid(), gen_random_uuid(), 1, 'x', 'lead', 'order', 'dead', null, now()),"
        " (gen_random_uuid(), gen_random_uuid(), 1, 'x', 'lead', 'order', 'dead', null, now())"
    )
    told = await stage.get("/admin/system", ADMIN)
    assert told["condition"]["dead_letters"] == 2
    assert "condition.dead_letters" in [one["code"] for one in told["warnings"]]


async def test_a_year_is_told_as_it_counts(stage: Stage) -> None:
    told = await stage.get("/calendar/2026", GRID)
    assert told["sources"] == ["cn.csv"]
    assert told["workdays"] == 248
    days = {one["day"]: one for one in told["days"]}
    assert (days["2026-01-01"]["is_workday"], days["2026-01-01"]["name"]) == (False, "元旦")
    assert days["2026-01-04"]["is_workday"]
    beyond = await stage.client.get("/api/v1/calendar/2190", headers={"X-Yuzhi-Post": GRID})
    assert beyond.json()["code"] == "calendar.year_not_loaded"
    assert (await stage.client.get("/api/v1/calendar/2026")).status_code == 401


async def test_a_limit_is_tried(stage: Stage) -> None:
    query = "limit=2 workdays&begun_at=2025-12-31T10:00:00%2B08:00"
    told = await stage.get(f"/calendar/limit?{query}", DESK)
    assert told["last_day"] == "2026-01-05"
    assert told["due_at"].startswith("2026-01-06T00:00:00")
    # A weekend that is worked counts; the days off before it do not.
    assert [one["day"] for one in told["skipped"]] == ["2026-01-01", "2026-01-02", "2026-01-04"]
    for bad in ("limit=soon", "limit=5 workdays&begun_at=2026-01-01T10:00:00"):
        answer = await stage.client.get(f"/api/v1/calendar/limit?{bad}", headers={"X-Yuzhi-Post": DESK})
        assert answer.status_code in {400, 422}, bad


async def test_packs_are_listed_and_their_procedures_told(stage: Stage) -> None:
    packs = {one["name"]: one for one in (await stage.get("/packs", GRID))["packs"]}
    assert [one["is_in_force"] for one in packs["citizen-request"]["versions"]] == [True]
    assert packs["citizen-request"]["basis"]
    told = await stage.get("/procedures/citizen-request/explanation", GRID)
    assert "待派单" in told["text"]
    gone = await stage.client.get("/api/v1/procedures/x/explanation", headers={"X-Yuzhi-Post": GRID})
    assert gone.status_code == 404
