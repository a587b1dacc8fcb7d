"""A resident's own matters follow their telephone: claimed with number and code, and nobody else's."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes.town import ASK, PHONE, Town, a_town, by_phone


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


def tracking(opened: dict[str, Any]) -> dict[str, str]:
    return {"number": opened["number"], "code": opened["tracking_code"]}


async def listed(browser: Any) -> list[str]:
    answer = await browser.get("/api/v1/my/matters")
    assert answer.status_code == 200, answer.text
    return [one["number"] for one in answer.json()["rows"]]


async def test_what_was_opened_before_signing_in_follows_to_another_device(town: Town) -> None:
    async with town.client() as browser:
        before, others = [(await browser.post("/api/v1/matters", ASK)).json() for _ in range(2)]
        await by_phone(town, browser)
        assert await listed(browser) == []
        claimed = await browser.post("/api/v1/my/matters", tracking(before))
        assert claimed.json() == {"matter": before["id"], "number": before["number"]}
        while_in = (await browser.post("/api/v1/matters", ASK)).json()
        assert await listed(browser) == [while_in["number"], before["number"]]
    async with town.pool.acquire() as conn:
        await conn.execute("delete from phone_code")
    async with town.client() as elsewhere:
        await by_phone(town, elsewhere)
        assert await listed(elsewhere) == [while_in["number"], before["number"]]
        for name in (before["id"], before["number"], while_in["id"]):
            assert (await elsewhere.get(f"/api/v1/matters/{name}")).status_code == 200
        path = f"/api/v1/matters/{before['id']}"
        assert (await elsewhere.get(f"{path}/journal")).status_code == 200
        options = (await elsewhere.get(f"{path}/options")).json()["options"]
        assert [one["step"] for one in options if one["is_allowed"] and one["step"] == "withdraw"]
        done = await elsewhere.post(f"{path}/steps/withdraw", {"reason": "settled"})
        assert done.status_code == 200, done.text
        assert (await elsewhere.get(f"/api/v1/matters/{others['id']}")).status_code == 404
        assert (await elsewhere.delete(f"/api/v1/my/matters/{before['id']}")).status_code == 204
        assert await listed(elsewhere) == [while_in["number"]]
        assert (await elsewhere.get(path)).status_code == 404


async def test_another_telephone_sees_nothing_of_it(town: Town) -> None:
    async with town.client() as browser:
        opened = (await browser.post("/api/v1/matters", ASK)).json()
        await by_phone(town, browser)
        await browser.post("/api/v1/my/matters", tracking(opened))
    async with town.client() as stranger:
        await by_phone(town, stranger, "13800138000")
        assert await listed(stranger) == []
        assert (await stranger.get(f"/api/v1/matters/{opened['id']}")).status_code == 404
        wrong = {"number": opened["number"], "code": "AAAAA-AAAAA"}
        refused = await stranger.post("/api/v1/my/matters", wrong)
        assert (refused.status_code, refused.json()["code"]) == (401, "sign_in.wrong")


async def test_who_reports_wrongdoing_is_tied_to_no_telephone(town: Town) -> None:
    async with town.client() as browser:
        opened = (await browser.post("/api/v1/matters", {**ASK, "kind": "report"})).json()
        await by_phone(town, browser)
        refused = await browser.post("/api/v1/my/matters", tracking(opened))
        assert (refused.status_code, refused.json()["code"]) == (409, "claim.kept_secret")
        assert await listed(browser) == []
    assert await town.pool.fetchval("select count(*) from resident_matter") == 0


async def test_who_complains_about_a_unit_is_tied_to_no_telephone(town: Town) -> None:
    said = {**ASK, "about_units": ["near"], "requester": {"name": "陈晓", "phone": PHONE}}
    async with town.client() as browser:
        opened = (await browser.post("/api/v1/matters", said)).json()
        await by_phone(town, browser)
        refused = await browser.post("/api/v1/my/matters", tracking(opened))
        assert refused.json()["code"] == "claim.kept_secret"


async def test_only_who_signed_in_by_telephone_has_any(town: Town) -> None:
    async with town.client() as nobody:
        opened = (await nobody.post("/api/v1/matters", ASK)).json()
        assert (await nobody.get("/api/v1/my/matters")).json()["code"] == "claim.phone_needed"
        await nobody.post("/api/v1/sign-in/tracking", tracking(opened))
        assert (await nobody.get("/api/v1/my/matters")).json()["code"] == "sign_in.only_one_matter"
    async with town.signed_in("acc-desk") as desk:
        assert (await desk.get("/api/v1/my/matters")).json()["code"] == "claim.phone_needed"


async def test_who_is_erased_is_claimed_no_more(town: Town) -> None:
    async with town.client() as browser:
        said = {**ASK, "requester": {"name": "陈晓", "phone": PHONE}}
        opened = (await browser.post("/api/v1/matters", said)).json()
        await by_phone(town, browser)
        await browser.post("/api/v1/my/matters", tracking(opened))
        assert await listed(browser) == [opened["number"]]
        erased = await browser.delete(f"/api/v1/matters/{opened['id']}/requester")
        assert erased.status_code < 300, erased.text
        assert await listed(browser) == []
