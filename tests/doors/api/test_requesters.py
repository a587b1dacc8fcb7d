"""Who asked over HTTP: masked, read for a purpose, told to residents, corrected, erased, found by number."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx import Response

from fakes.town import ASK, CITY, NEAR, Browser, Town, a_town
from yuzhi.capabilities import matters, vault
from yuzhi.capabilities.receipts import check_receipt, publish
from yuzhi.capabilities.registry import Post, PostList, save_posts

API = "/api/v1"
WANG = {
    "name": "王小明", "phone": "138-0000-1111", "email": "wang@example.org", "address": "下应街道东兴社区3幢",
}  # fmt: skip


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


async def opened(town: Town, **said: Any) -> dict[str, Any]:
    """Open a matter as nobody known, who tells who they are."""
    async with town.client() as browser:
        answer = await browser.post(f"{API}/matters", {**ASK, "requester": WANG, **said})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@asynccontextmanager
async def resident(town: Town, matter: dict[str, Any]) -> AsyncIterator[Browser]:
    """Lend a browser signed in with a matter's number and code."""
    async with town.client(address="192.0.2.7") as browser:
        given = {"number": matter["number"], "code": matter["tracking_code"]}
        answer = await browser.post(f"{API}/sign-in/tracking", given)
        assert answer.status_code == 200, answer.text
        yield browser


def code_of(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def reveal(
    browser: Browser, matter: dict[str, Any], *fields: str, purpose: str = "contact"
) -> Response:
    path = f"{API}/matters/{matter['id']}/requester/reveal"
    return await browser.post(path, {"purpose": purpose, "fields": list(fields)})


async def test_masked_unless_read_for_a_purpose_and_residents_see_who_did(town: Town) -> None:
    matter = await opened(town)
    path = f"{API}/matters/{matter['id']}/requester"
    async with town.signed_in("acc-near") as near:
        shown = (await near.get(path)).json()
        assert (shown["name"], shown["phone"], shown["email"]) == ("王**", "138****1111", "w***@example.org")
        assert not [value for value in WANG.values() if value in str(shown)]
        read = await reveal(near, matter, "name", "phone")
        assert read.json()["fields"] == {"name": "王小明", "phone": "138-0000-1111"}
        assert code_of(await reveal(near, matter, "address")) == (403, "vault.field_not_needed")
        assert code_of(await reveal(near, matter, "name", purpose="curiosity")) == (400, "request.malformed")
        assert code_of(await reveal(near, matter, "name", purpose="own")) == (403, "vault.purpose_not_yours")
        assert code_of(await near.get(f"{path}/accesses")) == (403, "vault.not_yours")
    async with resident(town, matter) as theirs:
        told = (await theirs.get(f"{path}/accesses")).json()
        assert [(one["act"], one["actor"], one["purpose"], one["fields"]) for one in told["accesses"]] == [
            ("read", "p-near", "contact", ["name", "phone"])
        ]
        assert told["units"] == {"near": "下应街道"}
    async with town.signed_in("acc-chief") as chief:
        lines = (await chief.get(f"{API}/traces?kind=unmasked")).json()["traces"]
        assert [(one["actor"], one["purpose"], one["matter"]) for one in lines] == [
            ("post:p-near", "contact", matter["id"])
        ]


async def test_who_may_not_see_the_matter_learns_nothing(town: Town) -> None:
    matter = await opened(town)
    for asking in ("acc-far", ""):
        async with town.signed_in(asking) if asking else town.client() as browser:
            for answer in (
                await browser.get(f"{API}/matters/{matter['id']}/requester"),
                await reveal(browser, matter, "name"),
                await browser.put(f"{API}/matters/{matter['id']}/requester", {"name": "x"}),
                await browser.delete(f"{API}/matters/{matter['id']}/requester"),
            ):
                assert code_of(answer) == (404, "matter.not_found")


async def test_residents_put_right_what_is_kept_and_never_what_is_masked(town: Town) -> None:
    matter = await opened(town)
    path = f"{API}/matters/{matter['id']}/requester"
    async with resident(town, matter) as theirs:
        masked = (await theirs.get(path)).json()
        again = await theirs.put(path, {"phone": masked["phone"]})
        assert code_of(again) == (422, "vault.masked_value")
        assert (await theirs.put(path, {"phone": "13900002222", "email": ""})).json()[
            "phone"
        ] == "139****2222"
        own = (await reveal(theirs, matter, "phone", "email", purpose="own")).json()["fields"]
        assert own == {"phone": "13900002222"}


async def test_erasing_leaves_journal_and_receipt_whole(town: Town) -> None:
    matter = await opened(town)
    log = town.assembly.for_worker().log
    await publish(log)
    path = f"{API}/matters/{matter['id']}"
    async with town.signed_in("acc-near") as near:
        assert code_of(await near.delete(f"{path}/requester")) == (403, "power.missing")
    async with resident(town, matter) as theirs:
        assert (await theirs.delete(f"{path}/requester")).json() == {"erased": 1}
        assert (await theirs.delete(f"{path}/requester")).json() == {"erased": 0}
        assert (await theirs.get(f"{path}/requester")).json()["is_erased"] is True
        receipt = await theirs.get(f"{path}/receipt")
    async with town.signed_in("acc-near") as near:
        assert code_of(await reveal(near, matter, "name")) == (404, "vault.erased")
        assert (await near.get(path)).status_code == 200
    assert (await matters.verify(town.assembly.store)).faults == ()
    assert check_receipt(receipt.content, log.verifiers()).faults == ()
    row = await town.pool.fetchrow("select * from vault_person")
    assert row is not None
    assert [row[name] for name in ("wrapped", "name", "phone", "email", "address", "phone_hash")] == [
        None
    ] * 6


async def test_a_telephone_number_finds_only_matters_one_may_see(town: Town) -> None:
    near_one = await opened(town)
    await opened(town, territory="330212002")
    await opened(town, requester={"phone": "13800002222"})
    for name, count in (("acc-near", 1), ("acc-far", 1), ("acc-desk", 2)):
        async with town.signed_in(name) as browser:
            given = {"purpose": "contact", "phone": "+86 138 0000 1111"}
            found = (await browser.post(f"{API}/requesters/search", given)).json()["rows"]
            assert len(found) == count, name
            if name == "acc-near":
                assert found[0]["id"] == near_one["id"]
                assert code_of(await browser.post(f"{API}/requesters/search", {"purpose": "contact"})) == (
                    422, "vault.seek_by_one",
                )  # fmt: skip
    async with town.client() as nobody:
        answer = await nobody.post(f"{API}/requesters/search", {"purpose": "own", "phone": "13800001111"})
        assert answer.json() == {"rows": []}
    assert "1111" not in str(await town.pool.fetch("select * from trace where kind = 'person_sought'"))


async def test_a_whistle_blower_is_known_to_one_duty_and_never_to_the_unit_complained_about(
    town: Town,
) -> None:
    report = await opened(town, kind="report", about_units=["near"])
    path = f"{API}/matters/{report['id']}/requester"
    async with town.signed_in("acc-near") as near:
        assert (await near.get(f"{API}/matters/{report['id']}")).status_code == 200
        shown = (await near.get(path)).json()
        assert [value for name, value in shown.items() if name not in {"id", "is_erased"} and value] == [
            "***"
        ]
        assert code_of(await reveal(near, report, "name")) == (403, "vault.not_yours")
        given = {"purpose": "contact", "phone": WANG["phone"]}
        assert (await near.post(f"{API}/requesters/search", given)).json() == {"rows": []}
    async with town.signed_in("acc-chief") as chief:  # a supervisor of the whole city, without that duty
        assert code_of(await reveal(chief, report, "name")) == (403, "vault.not_yours")
    async with town.signed_in("acc-desk") as desk:  # the duty the pack names
        assert (await reveal(desk, report, "name")).json()["fields"] == {"name": "王小明"}
    # The desk's own unit, had it been complained about, would not learn it either.
    about_desk = await opened(town, kind="report", about_units=["hotline"])
    async with town.signed_in("acc-desk") as desk:
        assert code_of(await reveal(desk, about_desk, "name")) == (403, "vault.not_yours")


async def test_retention_tells_before_it_acts(town: Town) -> None:
    matter = await opened(town)
    now = datetime.now(UTC)
    steward = Post("p-steward", "chief", "hotline", ("data_steward",), CITY)
    local = Post("p-local", "both", "near", ("data_steward",), NEAR)
    async with town.pool.acquire() as conn:
        await save_posts(conn, PostList((), (steward, local)), actor="test", now=now)
        person = await conn.fetchval("select requester from matter where id = $1", UUID(matter["id"]))
        await vault.release(conn, {person: now - timedelta(days=5 * 366)})
    await town.assembly.ground.load()
    async with town.signed_in("acc-both", post="p-local") as both:
        assert code_of(await both.get(f"{API}/admin/retention")) == (403, "administration.out_of_reach")
    async with town.signed_in("acc-near") as near:
        assert code_of(await near.post(f"{API}/admin/retention")) == (403, "power.missing")
    async with town.signed_in("acc-chief", post="p-steward") as chief:
        due = (await chief.get(f"{API}/admin/retention")).json()["due"]
        assert [(one["retention"], one["persons"]) for one in due] == [("request", 1)]
        assert (await chief.post(f"{API}/admin/retention")).json() == {"erased": 1}
        assert (await chief.post(f"{API}/admin/retention")).json() == {"erased": 0}
        assert [one["facts"]["persons"] for one in (await traces_of(town, "erased"))] == [1]


async def traces_of(town: Town, kind: str) -> list[dict[str, Any]]:
    async with town.signed_in("acc-chief", post="p-chief") as chief:
        found: list[dict[str, Any]] = (await chief.get(f"{API}/traces?kind={kind}")).json()["traces"]
        return found


async def test_those_who_read_the_trace_see_who_read_what_in_a_matter(town: Town) -> None:
    matter, other = await opened(town), await opened(town)
    async with town.signed_in("acc-near") as near:
        assert (await reveal(near, matter, "phone")).status_code == 200
        assert (await reveal(near, other, "name")).status_code == 200
    async with town.signed_in("acc-chief") as chief:
        told = (await chief.get(f"{API}/matters/{matter['id']}/requester/accesses")).json()
        assert [(one["actor"], one["purpose"], one["fields"]) for one in told["accesses"]] == [
            ("p-near", "contact", ["phone"])
        ]
        assert told["people"] == {"p-near": "near"}
        lines = (await chief.get(f"{API}/traces?kind=trace_read&matter={matter['id']}")).json()["traces"]
        assert [one["subject"] for one in lines] == ["personal data"]
    async with resident(town, matter) as theirs:
        assert (await theirs.get(f"{API}/matters/{matter['id']}/requester/accesses")).json()["people"] == {}
