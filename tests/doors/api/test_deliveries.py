"""Letters over HTTP: the inbox, what became of deliveries, sending again, acknowledgements."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from httpx import Response

from fakes.mailroom import SECRET
from fakes.served import CLERK, FAR, NEAR, RESIDENT, Served, served
from yuzhi.capabilities.deliveries import carry_due, deliver_due
from yuzhi.capabilities.deliveries._signing import secret_of, signed_headers

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANNELS = f"""
alarm_duty = "intake_desk"

[channels.bus]
kind = "webhook"
to = ["units"]
hosts = ["http://127.0.0.1:9"]
secrets = ["{SECRET}"]
units = {{ near = "http://127.0.0.1:9/hook" }}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(own_database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    home = tmp_path_factory.mktemp("home")
    (home / "channels.toml").write_text(CHANNELS, encoding="utf-8")
    async with served(own_database, home, channels=home / "channels.toml") as made:
        yield made


def code(answer: Response) -> str:
    found: str = answer.json()["code"]
    return found


async def delivered(city: Served) -> None:
    """Let the worker make its rounds."""
    while (await deliver_due(city.needs.post.room, city.needs.now)).claimed:
        pass


async def given(city: Served) -> str:
    """Open a matter, give it to the near office, and let letters go out."""
    matter: str = (await city.opened(RESIDENT, channel="web"))["id"]
    answer = await city.step(matter, "dispatch", lead="near")
    assert answer.status_code == 200, answer.text
    await delivered(city)
    return matter


async def test_the_office_and_whoever_asked_find_their_letters(city: Served) -> None:
    matter = await given(city)
    office = (await city.get("/notices", NEAR, params={"unread": True})).json()
    mine = next(one for one in office["rows"] if one["matter"] == matter)
    assert mine["letter"] == "dispatched"
    assert office["unread"] >= 1
    asked = (await city.get(f"/matters/{matter}/notices", RESIDENT)).json()["rows"]
    assert [one["letter"] for one in asked] == ["received"]
    assert (await city.get(f"/matters/{matter}/notices", CLERK)).json()["rows"] == []
    assert code(await city.get(f"/matters/{matter}/notices", FAR)) == "matter.not_found"
    assert all(one["matter"] != matter for one in (await city.get("/notices", FAR)).json()["rows"])


async def test_read_is_read_by_those_it_is_for(city: Served) -> None:
    matter = await given(city)
    (mine,) = (await city.get(f"/matters/{matter}/notices", NEAR)).json()["rows"]
    before = (await city.get("/notices", NEAR)).json()["unread"]
    assert (await city.post("/notices/read", {"ids": [mine["id"]]}, FAR)).json() == {"read": 0}
    assert (await city.post("/notices/read", {"ids": [mine["id"]]}, RESIDENT)).json() == {"read": 0}
    assert (await city.post("/notices/read", {"ids": [mine["id"], str(uuid4())]}, NEAR)).json() == {"read": 1}
    assert (await city.post("/notices/read", {"ids": [mine["id"]]}, NEAR)).json() == {"read": 0}
    assert (await city.get("/notices", NEAR)).json()["unread"] == before - 1
    (after,) = (await city.get(f"/matters/{matter}/notices", NEAR)).json()["rows"]
    assert after["read_at"]


async def test_pages_of_an_inbox(city: Served) -> None:
    for _ in range(5):
        await given(city)
    whole = (await city.get("/notices", NEAR, params={"most": 200})).json()["rows"]
    found, after = [], None
    while True:
        page = (
            await city.get("/notices", NEAR, params={"most": 2, **({"after": after} if after else {})})
        ).json()
        found += page["rows"]
        if not (after := page["next"]):
            break
    assert found == whole
    assert code(await city.get("/notices", NEAR, params={"after": "x"})) == "list.bad_cursor"
    assert (await city.get("/notices", "")).json()["rows"] == []


async def dead(city: Served) -> str:
    """Return a delivery that failed for good."""
    matter = await given(city)
    await city.pool.execute(
        "update delivery set attempts = 15 where matter_id = $1 and channel = 'bus'", UUID(matter)
    )
    (channel,) = city.needs.post.room.channels
    await carry_due(city.needs.post.room, channel, city.needs.now)
    await delivered(city)
    found = await city.pool.fetchval(
        "select id::text from delivery where matter_id = $1 and channel = 'bus'", UUID(matter)
    )
    assert isinstance(found, str)
    return found


async def test_who_answers_for_it_is_told_and_sends_it_again(city: Served) -> None:
    delivery = await dead(city)
    listed = (await city.get("/deliveries", params={"state": "dead"})).json()["rows"]
    assert delivery in {one["id"] for one in listed}
    shown = (await city.get(f"/deliveries/{delivery}")).json()
    assert shown["delivery"]["reason"] == "http.no_connection"
    assert shown["attempts"][-1]["outcome"] == "failed"
    assert [one["channel"] for one in shown["others"]] == [""]
    alarms = [one for one in (await city.get("/notices")).json()["rows"] if one["letter"] == "undelivered"]
    assert shown["delivery"]["number"] in alarms[0]["title"]

    refused = await city.post(f"/deliveries/{delivery}/resend", None, NEAR)
    assert (refused.status_code, code(refused)) == (403, "delivery.not_your_duty")
    answer = await city.post(f"/deliveries/{delivery}/resend", None)
    assert answer.json()["delivery"]["state"] == "queued"
    again = await city.post(f"/deliveries/{delivery}/resend", None)
    assert (again.status_code, code(again)) == (409, "delivery.not_dead")


async def test_others_deliveries_are_not_found(city: Served) -> None:
    delivery = await dead(city)
    for by in (FAR, RESIDENT, ""):
        answer = await city.get(f"/deliveries/{delivery}", by)
        assert (answer.status_code, code(answer)) == (404, "delivery.unknown")
        rows = (await city.get("/deliveries", by)).json()["rows"]
        assert all(one["id"] != delivery for one in rows)


async def test_an_acknowledgement_over_http(city: Served) -> None:
    matter = await given(city)
    delivery = await city.pool.fetchval(
        "update delivery set state = 'sent', next_at = null where matter_id = $1 and channel = 'bus'"
        " returning id::text",
        UUID(matter),
    )
    body = json.dumps({"id": delivery, "outcome": "delivered"}).encode()
    headers = signed_headers((secret_of(SECRET),), "a", datetime.now(UTC), body)
    path = "/acknowledgements/bus"
    wrong = await city.ask("POST", path, "", content=body, headers={**headers, "webhook-signature": "v1,x"})
    assert (wrong.status_code, code(wrong)) == (401, "signature.wrong")
    answer = await city.ask("POST", path, "", content=body, headers=headers)
    assert answer.json() == {"deliveries": 1}
    shown = (await city.get(f"/deliveries/{delivery}")).json()["delivery"]
    assert (shown["state"], bool(shown["acknowledged_at"])) == ("acknowledged", True)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"state": "lost"}, "list.bad_filter"),
        ({"after": "!"}, "list.bad_cursor"),
        ({"matter": "1"}, "matter.not_found"),
    ],
)  # fmt: skip
async def test_questions_of_no_use(city: Served, asked: dict[str, str], told: str) -> None:
    assert code(await city.get("/deliveries", params=asked)) == told


async def test_those_with_the_duty_are_told(city: Served) -> None:
    assert city.needs.post.duties == {"intake_desk"}
    assert city.needs.post.room.told("") == ("hotline",)
    assert city.needs.post.room.told("330212001") == ("hotline",)


async def test_without_a_duty_named_it_is_those_with_the_power(fresh_database: str, tmp_path: Path) -> None:
    async with served(fresh_database, tmp_path) as plain:
        assert plain.needs.post.duties == {"administrator", "supervisor"}
        assert plain.needs.post.room.told("330212001") == ("hotline",)
