"""How the machine stands, the calendar, and packs in plain words, over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
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
    assert {one["name"] for one in condition["packs"]} >= {"citizen-request"}
    assert condition["limits"] == {"worker_away_minutes": 5, "backup_hours": 26}
    assert all(one["says"] and "condition." not in one["says"] for one in told["warnings"])
    answer = await stage.client.get("/api/v1/admin/system", headers={"X-Yuzhi-Post": GRID})
    assert (answer.status_code, answer.json()["code"]) == (403, "power.missing")


async def test_a_worker_is_seen_with_its_work_until_it_falls_silent(stage: Stage) -> None:
    told = await stage.get("/admin/system", ADMIN)
    [beat] = told["condition"]["beats"]
    assert (beat["name"], beat["state"]) == ("worker", "well")
    assert {"clocks", "letters", "log"} <= {one["name"] for one in beat["work"]}
    assert "condition.no_worker" not in [one["code"] for one in told["warnings"]]
    await stage.pool.execute(
        "insert into process_beat values (gen_random_uuid(), 'worker', 'far', 7, '1', now(), now() -"
        " interval '5 minutes', null, $1)",
        '{"clocks": {"begun_at": null, "done_at": null, "trouble": "", "troubled_at": null}}',
    )
    told = await stage.get("/admin/system", ADMIN)
    assert [one["state"] for one in told["condition"]["beats"]].count("gone") == 1
    assert "condition.process_gone" in [one["code"] for one in told["warnings"]]
    await stage.pool.execute("delete from process_beat where host = 'far'")


async def test_an_old_backup_and_a_spoilt_one_are_told(stage: Stage) -> None:
    insert = (
        "insert into backup values (gen_random_uuid(), now() - $1::interval, 'here', '/b', 9, 'x', '0110',"
        " now(), $2)"
    )
    await stage.pool.execute(insert, timedelta(hours=30), True)
    told = await stage.get("/admin/system", ADMIN)
    assert "condition.backup_old" in [one["code"] for one in told["warnings"]]
    await stage.pool.execute(insert, timedelta(hours=1), False)
    told = await stage.get("/admin/system", ADMIN)
    codes = [one["code"] for one in told["warnings"]]
    assert ("condition.backup_spoilt" in codes, "condition.backup_old" in codes) == (True, False)
    assert told["condition"]["backups"]["last"]["file"] == "/b"
    await stage.pool.execute("delete from backup")


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
    for bad in (
        "limit=5 hours&begun_at=9999-12-31T23:59:59Z", "limit=10000 months", "limit=10000 workdays",
        "limit=1 day&begun_at=0001-01-01T00:00:00Z", "limit=soon",
        "limit=5 workdays&begun_at=2026-01-01T10:00:00",
    ):  # fmt: skip
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
