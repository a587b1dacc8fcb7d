"""What those who administer read over HTTP: their powers, the tree of units, people, lists taken in."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio
from openpyxl import Workbook

from fakes.town import CITY, FAR, NEAR, Browser, Town, a_town

LOCAL = {"person": "near", "unit": "near", "duties": ["administrator"], "territory": NEAR}


@pytest_asyncio.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


async def sent(browser: Browser, what: str, content: bytes, *, trial: bool) -> dict[str, Any]:
    answer = await browser.http.post(
        f"/api/v1/admin/lists/{what}?name=list&trial={str(trial).lower()}",
        content=content,
        headers={"X-CSRF-Token": browser.csrf, "Accept-Language": "en"},
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def workbook(*rows: tuple[str | int | datetime, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def test_a_post_is_told_what_it_may_administer_and_whose_duty_the_rest_is(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief, town.signed_in("acc-far") as far:
        mine = (await chief.get("/api/v1/admin/powers")).json()
        theirs = (await far.get("/api/v1/admin/powers")).json()
    held = {one["power"] for one in mine["powers"] if one["is_held"]}
    assert {"people.manage", "traces.read", "system.read"} <= held
    assert (mine["is_whole"], mine["ground"], mine["person"]) == (True, [CITY], "chief")
    assert not [one for one in theirs["powers"] if one["is_held"]]
    assert not theirs["is_whole"]
    [managing] = [one for one in theirs["powers"] if one["power"] == "people.manage"]
    assert managing["duties"] == ["administrator"]
    async with town.client() as nobody:
        assert (await nobody.get("/api/v1/admin/powers")).status_code == 401


async def test_units_are_a_tree_of_ones_own_ground(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief:
        top = (await chief.get("/api/v1/admin/units?under=")).json()["units"]
        below = (await chief.get("/api/v1/admin/units?under=hotline")).json()["units"]
        found = (await chief.get("/api/v1/admin/units?q=首南")).json()["units"]
        await chief.put("/api/v1/admin/posts/p-local", LOCAL)
    assert [(one["code"], one["below"], one["held"]) for one in top] == [("hotline", 2, 2)]
    assert [one["code"] for one in below] == ["far", "near"]
    assert [one["code"] for one in found] == ["far"]
    async with town.signed_in("acc-near", post="p-local") as local:
        mine = (await local.get("/api/v1/admin/units?under=")).json()["units"]
        people = (await local.get("/api/v1/admin/people?most=1")).json()
    assert [one["code"] for one in mine] == ["near"]
    assert [one["id"] for one in people["people"]] == ["near"]


async def test_what_was_changed_is_there_at_once(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief:
        await chief.put("/api/v1/admin/people/ren", {"name": "任某"})
        given = {"person": "ren", "unit": "near", "duties": ["handler"], "territory": NEAR}
        assert (await chief.put("/api/v1/admin/posts/p-ren", given)).status_code == 200
        standing_in = {
            "post": "p-ren", "acting": "p-near", "valid_from": "2026-01-01", "valid_to": "2099-01-01",
        }  # fmt: skip
        assert (await chief.put("/api/v1/admin/deputies/d", standing_in)).status_code == 200
        [post] = (await chief.get("/api/v1/admin/posts?person=ren")).json()["posts"]
        [person] = (await chief.get("/api/v1/admin/people?q=任")).json()["people"]
        made = await chief.post("/api/v1/admin/accounts", {"name": "ren", "person": "ren"})
        [account] = (await chief.get("/api/v1/admin/accounts?q=任")).json()["accounts"]
    assert (post["person_name"], [one["acting"] for one in post["deputies"]]) == ("任某", ["p-near"])
    assert person["posts"] == ["p-ren"]
    assert made.status_code == 201
    assert account["name"] == "ren"


async def test_a_list_is_tried_with_every_fault_and_its_line_and_then_taken_in(town: Town) -> None:
    bad = "人员编号,姓名\n1,甲\n1,乙\n,丙\n".encode()
    good = workbook(("人员编号", "姓名"), (1, "甲"), ("far", "改了名"))
    async with town.signed_in("acc-chief") as chief:
        refused = await sent(chief, "people", bad, trial=False)
        tried = await sent(chief, "people", good, trial=True)
        before = await town.pool.fetchval("select count(*) from person")
        taken = await sent(chief, "people", good, trial=False)
        [listed] = (await chief.get("/api/v1/admin/people?q=甲")).json()["people"]
    assert [(one["line"], one["code"]) for one in refused["faults"]] == [
        (3, "registry.code_repeated"), (4, "registry.cell_empty"),
    ]  # fmt: skip
    assert refused["faults"][0]["says"]
    assert not refused["is_saved"]
    assert (tried["added"], tried["changed"], tried["is_saved"]) == (1, 1, False)
    assert before == 5
    assert (taken["added"], taken["changed"], taken["is_saved"]) == (1, 1, True)
    assert listed["id"] == "1"


async def test_a_list_reaches_no_further_than_whoever_takes_it_in(town: Town) -> None:
    posts = (
        "id,person,name,unit,duties,territory\n"
        f"q1,far,far,far,handler,{FAR}\n"  # elsewhere
        f"q2,near,near,near,administrator,{NEAR}\n"  # a duty for oneself
        f"q3,both,renamed,near,handler,{NEAR}\n"  # somebody who has a post elsewhere, too
        f"q4,both,both,near,handler,{NEAR}\n"
    ).encode()
    async with town.signed_in("acc-chief") as chief:
        await chief.put("/api/v1/admin/posts/p-local", LOCAL)
    async with town.signed_in("acc-near", post="p-local") as local:
        told = await sent(local, "posts", posts, trial=False)
        denied = await local.http.post(
            "/api/v1/admin/lists/people", content=b"", headers={"X-CSRF-Token": "wrong"}
        )
    assert [(one["line"], one["code"]) for one in told["faults"]] == [
        (2, "administration.out_of_reach"), (3, "administration.oneself"),
        (4, "administration.out_of_reach"), (5, "registry.person_two_names"),
    ]  # fmt: skip
    assert await town.pool.fetchval("select count(*) from post where id like 'q%'") == 0
    assert denied.status_code == 403


async def test_a_shift_out_of_a_workbook_keeps_its_time(town: Town) -> None:
    rows = workbook(
        ("id", "unit", "post", "starts_at", "ends_at"),
        ("s", "near", "p-near", datetime(2026, 3, 2, 8, 30), datetime(2026, 3, 2, 20)),  # noqa: DTZ001
    )
    async with town.signed_in("acc-chief") as chief:
        assert (await sent(chief, "shifts", rows, trial=False))["added"] == 1
    starts = await town.pool.fetchval("select starts_at from shift where id = 's'")
    assert starts == datetime(2026, 3, 2, 0, 30, tzinfo=UTC)  # half past eight in the city


async def test_what_is_no_list_is_refused(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief:
        for content in (b"", b"PK\x03\x04 not really", b"\xff\xfe\x00"):
            told = await sent(chief, "units", content, trial=True)
            assert told["count"] > 0, content
        unknown = await chief.http.post("/api/v1/admin/lists/nothing", headers={"X-CSRF-Token": chief.csrf})
        assert unknown.status_code in {400, 404}


async def test_sessions_of_others_are_seen_and_ended(town: Town) -> None:
    async with town.signed_in("acc-chief") as chief, town.signed_in("acc-far") as far:
        [seen] = (await chief.get("/api/v1/admin/accounts/acc-far/sessions")).json()["sessions"]
        ended = await chief.delete("/api/v1/admin/accounts/acc-far/sessions")
        gone = await far.get("/api/v1/session")
        own = await chief.get("/api/v1/admin/accounts/acc-chief/sessions")
    assert seen["means"] == "password"
    assert ended.json()["ended"] == 1
    assert gone.status_code == 401
    assert own.json()["code"] == "administration.oneself"
