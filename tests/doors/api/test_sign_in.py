"""Signing in, through the whole."""

from base64 import b32decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.town import ASK, HOST, Town, a_town
from yuzhi.capabilities.accounts._totp import code_at, step_at

SESSION = "__Host-yuzhi-session"


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


async def test_a_session_comes_in_a_cookie_no_script_reads(town: Town) -> None:
    async with town.client() as browser:
        answer = await browser.sign_in("acc-desk")
        assert answer.status_code == 200
        cookies = answer.headers.get_list("set-cookie")
        session = next(one for one in cookies if one.startswith(SESSION))
        for part in ("Path=/", "Secure", "HttpOnly", "SameSite=lax"):
            assert part in session
        assert "Domain" not in session
        told = answer.json()
        assert (told["account"], told["person"], told["means"]) == ("acc-desk", "desk", "password")
        assert [one["post"] for one in told["posts"]] == ["p-desk"]
        assert (await browser.get("/api/v1/matters")).status_code == 200


async def test_without_signing_in_one_is_nobody(town: Town) -> None:
    async with town.client() as browser:
        assert (await browser.get("/api/v1/session")).json()["code"] == "sign_in.needed"
        assert (await browser.get("/api/v1/session")).headers["www-authenticate"].startswith("Bearer")
        opened = await browser.post("/api/v1/matters", ASK)
        assert opened.status_code == 201
        seen = await browser.get(f"/api/v1/matters/{opened.json()['id']}")
        assert (seen.status_code, seen.json()["code"]) == (404, "matter.not_found")
        header = await browser.get("/api/v1/matters", headers={"X-Yuzhi-Post": "p-chief"})
        assert (header.status_code, header.json()["code"]) == (401, "sign_in.needed")


async def test_who_has_several_posts_chooses_one(town: Town) -> None:
    async with town.client() as browser:
        await browser.sign_in("acc-both")
        refused = await browser.get("/api/v1/matters")
        assert (refused.status_code, refused.json()["code"]) == (403, "sign_in.post_not_chosen")
        before = browser.http.cookies[SESSION]
        chosen = await browser.put("/api/v1/session/post", {"post": "p-both-far"})
        assert chosen.json()["post"] == "p-both-far"
        assert browser.http.cookies[SESSION] != before
        assert (await browser.get("/api/v1/matters")).status_code == 200
        theirs = await browser.put("/api/v1/session/post", {"post": "p-chief"})
        assert theirs.json()["code"] == "sign_in.unknown_post"
        for post, code in (("p-both-near", 200), ("p-chief", 401)):
            answer = await browser.get("/api/v1/matters", headers={"X-Yuzhi-Post": post})
            assert answer.status_code == code


async def test_a_post_sees_its_own_ground_only(town: Town) -> None:
    async with town.client() as browser:
        matter = (await browser.post("/api/v1/matters", ASK)).json()["id"]
    for name, post, code in (
        ("desk", "", 200), ("near", "", 200), ("far", "", 404), ("both", "p-both-near", 200),
        ("both", "p-both-far", 404),
    ):  # fmt: skip
        async with town.signed_in(f"acc-{name}", post=post) as browser:
            assert (await browser.get(f"/api/v1/matters/{matter}")).status_code == code, (name, post)


async def test_signing_out_ends_the_session_on_the_server(town: Town) -> None:
    async with town.signed_in("acc-desk") as browser:
        token = browser.http.cookies[SESSION]
        assert (await browser.delete("/api/v1/session")).status_code == 200
        assert SESSION not in browser.http.cookies
        browser.http.cookies.set(SESSION, token, domain=HOST)
        assert (await browser.get("/api/v1/session")).status_code == 401


async def test_one_lists_and_ends_ones_own_sessions(town: Town) -> None:
    async with town.signed_in("acc-desk") as one, town.signed_in("acc-desk") as other:
        told = (await one.get("/api/v1/session/all")).json()
        assert len(told["sessions"]) == 2
        others = next(row["id"] for row in told["sessions"] if row["id"] != told["this"])
        async with town.signed_in("acc-near") as stranger:
            refused = await stranger.delete(f"/api/v1/session/all/{others}")
            assert (refused.status_code, refused.json()["code"]) == (404, "session.unknown")
        assert (await one.delete(f"/api/v1/session/all/{others}")).status_code == 200
        assert (await other.get("/api/v1/session")).status_code == 401
        assert (await one.get("/api/v1/session")).status_code == 200


async def test_a_wrong_password_waits_and_says_how_long(town: Town) -> None:
    async with town.client() as browser:
        codes = []
        for _ in range(7):
            answer = await browser.sign_in("acc-desk", "wrong")
            codes.append((answer.status_code, answer.json()["code"]))
        assert codes == [(401, "sign_in.wrong")] * 6 + [(429, "sign_in.wait")]
        assert int(answer.headers["retry-after"]) >= 1
    async with town.signed_in("acc-desk", address="198.51.100.9"):
        pass


async def test_a_resident_signs_in_by_telephone(town: Town) -> None:
    async with town.client() as browser:
        asked = await browser.post("/api/v1/sign-in/phone", {"phone": "139 1234 5678"})
        assert (asked.status_code, asked.json()) == (202, {"done": True})
        async with town.pool.acquire() as conn:
            waiting = await conn.fetchrow("select * from delivery")
            assert (waiting["letter"], waiting["audience"], waiting["matter_id"]) == (
                "sign_in_code", "sign_in", None,
            )  # fmt: skip
        wrong = await browser.post("/api/v1/sign-in/phone/code", {"phone": "13912345678", "code": "x"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "sign_in.wrong")


async def test_a_tracking_code_opens_its_matter_and_nothing_else(town: Town) -> None:
    async with town.client() as browser:
        mine = (await browser.post("/api/v1/matters", ASK)).json()
        other = (await browser.post("/api/v1/matters", ASK)).json()
    async with town.client() as browser:
        given = {"number": mine["number"], "code": mine["tracking_code"].lower()}
        answer = await browser.post("/api/v1/sign-in/tracking", given)
        assert (answer.status_code, answer.json()["matter"]) == (200, mine["id"])
        assert (await browser.get(f"/api/v1/matters/{mine['id']}")).status_code == 200
        assert (await browser.get(f"/api/v1/matters/{mine['id']}/journal")).status_code == 200
        assert (await browser.get(f"/api/v1/matters/{mine['number']}")).status_code == 200
        for path in (
            f"/api/v1/matters/{other['id']}",
            f"/api/v1/matters/{other['number']}",
            "/api/v1/matters",
            "/api/v1/rates",
        ):
            refused = await browser.get(path)
            assert (refused.status_code, refused.json()["code"]) == (403, "sign_in.only_one_matter")
    async with town.client() as browser:
        for number, code in (
            (mine["number"], other["tracking_code"]), ("1234", mine["tracking_code"]), ("", ""),
        ):  # fmt: skip
            answer = await browser.post("/api/v1/sign-in/tracking", {"number": number, "code": code})
            assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.wrong")


async def test_a_repeated_opening_tells_the_same_code(town: Town) -> None:
    async with town.signed_in("acc-desk") as browser:
        key = {"Idempotency-Key": "one"}
        one = (await browser.post("/api/v1/matters", ASK, headers=key)).json()
        again = (await browser.post("/api/v1/matters", ASK, headers=key)).json()
    assert (one["number"], one["tracking_code"]) == (again["number"], again["tracking_code"])


async def test_what_is_wrong_with_a_body_is_told_without_it(town: Town) -> None:
    async with town.client() as browser:
        answer = await browser.post("/api/v1/sign-in/password", {"name": 7, "password": "secret words"})
        assert answer.status_code == 400
        assert "secret words" not in answer.text


async def test_every_answer_tells_browsers_what_not_to_do(town: Town) -> None:
    async with town.client() as browser:
        for path in ("/api/v1/session", "/nothing/here", "/health/live", "/openapi.json", "/verify"):
            answer = await browser.get(path)
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["strict-transport-security"].startswith("max-age=")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["cross-origin-opener-policy"] == "same-origin"
            assert "server" not in answer.headers
        assert (await browser.get("/api/v1/session")).headers["cache-control"] == "no-store"


async def test_plain_http_has_cookies_of_another_name(fresh_database: str, tmp_path: Path) -> None:
    async with (
        a_town(fresh_database, tmp_path, plain_http=True, public_address="http://127.0.0.1:8311") as town,
        town.client() as browser,
    ):
        answer = await browser.sign_in("acc-desk")
        session = next(one for one in answer.headers.get_list("set-cookie") if "yuzhi-session" in one)
        assert session.startswith("yuzhi-session=")
        assert "Secure" not in session


async def test_refusals_of_the_known_leave_a_trace(town: Town) -> None:
    async with town.client() as browser:
        matter = (await browser.post("/api/v1/matters", ASK)).json()["id"]
    async with town.signed_in("acc-far") as browser:
        await browser.get(f"/api/v1/matters/{matter}")
    lines = await town.pool.fetch("select * from trace where kind = 'refused'")
    assert [(line["actor"], line["account"], line["address"]) for line in lines] == [
        ("post:p-far", "acc-far", "192.0.2.1")
    ]
    assert lines[0]["subject"] == f"GET /api/v1/matters/{matter}"


async def test_a_second_factor_is_set_up_and_asked_for(town: Town) -> None:
    async with town.signed_in("acc-desk") as browser:
        begun = (await browser.post("/api/v1/session/second-factor")).json()
        assert begun["uri"].startswith("otpauth://totp/Yuzhi:acc-desk?")
        wrong = await browser.put("/api/v1/session/second-factor", {"code": "12345x"})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "second_factor.code_wrong")
        assert begun["picture"].startswith("data:image/svg+xml")
        assert (await browser.get("/api/v1/session/second-factor")).json() == {
            "is_set": False, "recovery_codes": 0,
        }  # fmt: skip
        secret = b32decode(begun["secret"])
        code = code_at(secret, step_at(datetime.now(UTC)))
        done = await browser.put("/api/v1/session/second-factor", {"code": code})
        assert done.status_code == 200
        assert (await browser.get("/api/v1/session/second-factor")).json() == {
            "is_set": True, "recovery_codes": 10,
        }  # fmt: skip
        other = await browser.post("/api/v1/session/second-factor")
        assert (other.status_code, other.json()["code"]) == (409, "second_factor.set_already")
        off = {"code": done.json()["codes"][0]}
        assert (await browser.post("/api/v1/session/second-factor/off", off)).status_code == 200
        assert (await browser.post("/api/v1/session/second-factor")).status_code == 200


async def test_changing_a_password_changes_the_session(town: Town) -> None:
    async with town.signed_in("acc-desk") as browser, town.signed_in("acc-desk") as other:
        before = browser.http.cookies[SESSION]
        given = {"old": "wrong", "new": "marble lantern 83 voyages"}
        assert (await browser.post("/api/v1/session/password", given)).status_code == 403
        given["old"] = "crouching heron 57 teapots"
        assert (await browser.post("/api/v1/session/password", given)).status_code == 200
        assert browser.http.cookies[SESSION] != before
        assert (await browser.get("/api/v1/session")).status_code == 200
        assert (await other.get("/api/v1/session")).status_code == 401


async def test_a_wall_stays_for_weeks_and_only_reads(town: Town) -> None:
    async with town.signed_in("acc-chief") as wall, town.signed_in("acc-chief") as chief:
        before = wall.http.cookies[SESSION]
        answer = await wall.post("/api/v1/session/screen")
        assert (answer.status_code, answer.json()["means"], answer.json()["post"]) == (
            200,
            "screen",
            "p-chief",
        )
        assert "max-age" in answer.headers["set-cookie"].lower()
        assert wall.http.cookies[SESSION] != before
        for path in ("session", "spread", "pressing", "on-duty", "issues", "territories", "procedures"):
            assert (await wall.get(f"/api/v1/{path}")).status_code == 200, path
        for path in ("matters", "traces", "admin/units", "search?q=x", "rates"):
            refused = await wall.get(f"/api/v1/{path}")
            assert (refused.status_code, refused.json()["code"]) == (403, "token.out_of_scope"), path
        for path in ("session/screen", "session/second-factor", "matters"):
            assert (await wall.post(f"/api/v1/{path}", {})).json()["code"] == "token.out_of_scope", path
        ends = await town.pool.fetchval("select ends_at - opened_at from session where means = 'screen'")
        assert ends == timedelta(days=30)
        assert (await chief.get("/api/v1/session")).status_code == 200
        assert (await wall.delete("/api/v1/session")).status_code == 200
        assert (await wall.get("/api/v1/session")).status_code == 401
