"""CloudEvents over HTTP: from a token or signed, kept to be judged, and no more of them than may wait."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fakes.served import RESIDENT, Served, served
from fakes.town import a_town, all_duties
from yuzhi.capabilities.deliveries import signed_headers
from yuzhi.capabilities.sensors import _queries

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = bytes(range(32))
STRUCTURED, BATCHED = "application/cloudevents+json", "application/cloudevents-batch+json"
EVENT: dict[str, Any] = {
    "specversion": "1.0", "id": "1", "source": "urn:covers", "type": "city.cover_tilt", "subject": "c1",
    "data": {"value": 45},
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    keys = ("whsec_" + base64.b64encode(KEY).decode(),)
    async with served(own_database, tmp_path_factory.mktemp("home"), reading_keys=keys) as made:
        yield made


async def waiting(city: Served) -> list[Any]:
    async with city.pool.acquire() as conn:
        rows = await conn.fetch("delete from sensor_inbox returning body")
    return [reading for row in rows for reading in json.loads(row["body"])]


async def test_events_wait_to_be_judged(city: Served) -> None:
    answer = await city.ask("POST", "/readings", json=EVENT, headers={"Content-Type": STRUCTURED})
    assert (answer.status_code, answer.json()) == (202, {"readings": 1, "refused": []})
    batch = [EVENT, 7, {**EVENT, "data": [{"value": 1}, {"value": 2, "sensor": "c2"}]}]
    answer = await city.ask("POST", "/readings", json=batch, headers={"Content-Type": BATCHED})
    told = answer.json()
    assert (answer.status_code, told["readings"]) == (202, 3)
    assert [(one["place"], one["code"]) for one in told["refused"]] == [(1, "sensor.no_cloudevent")]
    assert [(one["sensor"], one["value"]) for one in await waiting(city)] == [
        ("c1", 45), ("c1", 45), ("c1", 1), ("c2", 2),
    ]  # fmt: skip
    seen = (await city.get("/sensors/status")).json()
    assert (seen["sensors"], seen["waiting"]) == (0, 0)


async def test_signed_events_need_nobody_signed_in(city: Served) -> None:
    body = json.dumps(EVENT).encode()
    headers = {"Content-Type": STRUCTURED, **signed_headers([KEY], "m1", datetime.now(UTC), body)}
    assert (await city.ask("POST", "/readings", "", content=body, headers=headers)).status_code == 202
    answer = await city.ask("POST", "/readings", "", content=body + b" ", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature.wrong")
    for by in ("", RESIDENT):
        answer = await city.ask("POST", "/readings", by, json=EVENT, headers={"Content-Type": STRUCTURED})
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.needed")
    assert (await city.get("/sensors/status", RESIDENT)).status_code == 401
    assert len(await waiting(city)) == 1


async def test_what_is_no_event_is_refused_whole(city: Served) -> None:
    answer = await city.ask("POST", "/readings", json={"value": 3})
    assert (answer.status_code, answer.json()["code"]) == (400, "sensor.no_cloudevent")
    assert answer.json()["detail"]
    assert await waiting(city) == []


async def test_no_more_wait_than_may(city: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_queries, "MOST_WAITING", 2)
    codes = [
        (await city.ask("POST", "/readings", json=EVENT, headers={"Content-Type": STRUCTURED})).status_code
        for _ in range(4)
    ]
    assert codes == [202, 202, 429, 429]
    assert (await city.get("/sensors/status")).json()["counts"]["refused.busy"] == 2
    await waiting(city)


async def test_a_token_is_enough(fresh_database: str, tmp_path: Path) -> None:
    async with a_town(fresh_database, tmp_path) as town, town.client() as browser:
        token = await all_duties(town)
        headers = {"Content-Type": STRUCTURED, "Authorization": f"Bearer {token}"}
        answer = await browser.http.post("/api/v1/readings", content=json.dumps(EVENT), headers=headers)
        assert answer.status_code == 202, answer.text
