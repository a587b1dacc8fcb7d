"""What people try who have no business here: fixation, forgery, others' things, headers, paths, files."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from fakes.gate import GOOD
from fakes.town import ASK, HOST, ORIGIN, Town, a_town
from yuzhi.capabilities.accounts import Passwords
from yuzhi.doors.api import create_app
from yuzhi.doors.api._addresses import client_address
from yuzhi.doors.api._allowance import Allowance
from yuzhi.settings import read_settings

SESSION = "__Host-yuzhi-session"
API = "/api/v1"


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path) as made:
        yield made


async def test_a_session_somebody_else_chose_is_none(town: Town) -> None:
    """Fixation: whatever token a browser comes with, it leaves with one nobody has seen before."""
    chosen = "A" * 43
    async with town.client() as browser:
        browser.http.cookies.set(SESSION, chosen, domain=HOST)
        await browser.sign_in("acc-desk")
        after = [one.value for one in browser.http.cookies.jar if one.name == SESSION]
        assert chosen not in after or len(set(after)) > 1
    async with town.client() as attacker:
        attacker.http.cookies.set(SESSION, chosen, domain=HOST)
        assert (await attacker.get(f"{API}/session")).status_code == 401


async def test_signing_in_again_ends_the_session_before(town: Town) -> None:
    async with town.client() as browser, town.client() as thief:
        await browser.sign_in("acc-desk")
        stolen = browser.http.cookies[SESSION]
        await browser.post(
            f"{API}/sign-in/password", {"name": "acc-desk", "password": "crouching heron 57 teapots"}
        )
        thief.http.cookies.set(SESSION, stolen, domain=HOST)
        assert (await thief.get(f"{API}/session")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "request.csrf"),
        ({"X-CSRF-Token": "0" * 64}, "request.csrf"),
        ({"X-CSRF-Token": "字"}, "request.csrf"),
        ({"Sec-Fetch-Site": "cross-site"}, "request.cross_site"),
        ({"Sec-Fetch-Site": "same-site"}, "request.cross_site"),
        ({"Origin": "https://evil.example"}, "request.cross_site"),
        ({"Origin": "null"}, "request.cross_site"),
        ({"Origin": f"https://{HOST}.evil.example"}, "request.cross_site"),
        ({"Origin": "https://["}, "request.cross_site"),
    ],
)
async def test_another_sites_request_changes_nothing(town: Town, headers: dict[str, str], code: str) -> None:
    async with town.signed_in("acc-desk") as browser:
        sent: Any = {name: value.encode() for name, value in headers.items()}
        answer = await browser.http.post(f"{API}/matters", json=ASK, headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert (await browser.post(f"{API}/matters", ASK)).status_code == 201


async def test_a_page_token_is_of_one_session_only(town: Town) -> None:
    async with town.signed_in("acc-desk") as one, town.signed_in("acc-desk") as other:
        one.csrf = other.csrf
        assert (await one.post(f"{API}/matters", ASK)).json()["code"] == "request.csrf"


async def test_nobody_is_signed_in_by_another_site(town: Town) -> None:
    """A forged sign-in would have its victim work in the attacker's account."""
    async with town.client() as browser:
        answer = await browser.http.post(
            f"{API}/sign-in/password", json={"name": "acc-desk", "password": "x"},
            headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (403, "request.cross_site")
        form = await browser.http.post(f"{API}/sign-in/password", data={"name": "acc-desk"})
        assert form.status_code == 400


async def test_no_number_or_id_leads_to_others_matters(town: Town) -> None:
    """IDOR: whatever is not one's own looks the same as what is not there."""
    async with town.client() as browser:
        matter = (await browser.post(f"{API}/matters", ASK)).json()
    nowhere = "00000000-0000-7000-8000-000000000000"
    async with town.signed_in("acc-far") as far:
        for name in (matter["id"], matter["number"]):
            for path in ("", "/journal", "/options", "/receipt", "/slip", "/files/" + "0" * 64):
                theirs = await far.get(f"{API}/matters/{name}{path}")
                none = await far.get(f"{API}/matters/{nowhere}{path}")
                assert theirs.status_code == none.status_code == 404
                assert theirs.json()["code"] == none.json()["code"]
        step = await far.post(f"{API}/matters/{matter['id']}/steps/sign", {})
        assert (step.status_code, step.json()["code"]) == (404, "matter.not_found")
        assert matter["id"] not in (await far.get(f"{API}/matters?order=newest")).text


async def raw(app: Litestar, path: bytes, headers: list[tuple[bytes, bytes]]) -> tuple[int, list[Any], bytes]:
    """Send a request as it stands; a client would have tidied it up."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path.decode("latin-1"), "raw_path": path, "query_string": b"", "root_path": "",
        "headers": headers, "server": (HOST, 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return said[0]["status"], said[0]["headers"], b"".join(part.get("body", b"") for part in said[1:])


@pytest.mark.parametrize(
    "name", [b"accept-language", b"x-yuzhi-post", b"origin", b"cookie", b"authorization"]
)
async def test_what_is_put_into_headers_does_not_come_out_of_them(town: Town, name: bytes) -> None:
    evil = b"en\r\nset-cookie: evil=1\r\n\r\n<script>"
    headers = [(b"host", HOST.encode()), (name, evil)]
    status, out, _ = await raw(town.app, b"/api/v1/session", headers)
    assert status in {400, 401, 403}
    assert not any(b"\r" in value or b"\n" in value or b"evil" in value for _, value in out)


async def test_a_host_header_leads_nowhere(town: Town) -> None:
    async with town.client() as browser:
        answer = await browser.http.get(f"{API}/sign-in/oidc", headers={"Host": "evil.example"})
        assert "evil.example" not in answer.text + str(answer.headers)
        answer = await browser.http.post(
            f"{API}/matters", json=ASK, headers={"Host": "evil.example", "Origin": "https://good.example"}
        )
        assert answer.json()["code"] == "request.cross_site"


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..%2f..%2fkeys%2faccounts.key", "%00", "a" * 64, "." * 64]
)
async def test_no_attachment_leads_out_of_the_files(town: Town, name: str) -> None:
    async with town.signed_in("acc-desk") as browser:
        matter = (await browser.post(f"{API}/matters", ASK)).json()["id"]
        answer = await browser.get(f"{API}/matters/{matter}/files/{name}")
        assert answer.status_code == 404
        assert "root:" not in answer.text


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"\xef\xbb\xbf<html><body onload=alert(1)>",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
        b"GIF89a/*<svg/onload=alert(1)>*/=1;",
    ],
)
async def test_a_script_in_a_file_never_runs(town: Town, content: bytes) -> None:
    """It is not taken, whatever its first bytes or its headers say it is."""
    async with town.signed_in("acc-desk") as browser:
        headers = {"X-CSRF-Token": browser.csrf, "Content-Type": "image/png"}
        answer = await browser.http.post(f"{API}/files", content=content, headers=headers)
        assert answer.json()["code"] in {"file.type_not_allowed", "file.picture_broken"}


async def test_what_is_given_out_is_never_run(town: Town) -> None:
    content = b"%PDF-1.7 <script>alert(1)</script>" + bytes(60)
    async with town.signed_in("acc-desk") as browser:
        headers = {"X-CSRF-Token": browser.csrf, "Content-Type": "text/html"}
        kept = await browser.http.post(f"{API}/files", content=content, headers=headers)
        given = {**ASK, "attachments": [{"kind": "photo", "file": kept.json()["file"]}]}
        matter = (await browser.post(f"{API}/matters", given)).json()["id"]
        out = await browser.get(f"{API}/matters/{matter}/files/{kept.json()['file']}")
        assert out.headers["content-type"] == "application/pdf"
        assert out.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in out.headers["content-security-policy"]
        assert out.headers["x-content-type-options"] == "nosniff"


async def test_time_does_not_tell_who_has_an_account(town: Town) -> None:
    """With the real hashing: the median for a name nobody has is that of one somebody has."""
    gate = town.assembly.for_api().entrance.gate
    assert isinstance(gate.passwords, Passwords)

    async def took(client: AsyncClient, name: str, n: int) -> float:
        await town.pool.execute("delete from attempt")
        began = time.process_time()  # what else the machine does is not to count
        await client.post(f"{API}/sign-in/password", json={"name": name, "password": f"wrong {n}"})
        return time.process_time() - began

    async with a_real_town(town) as client:
        # Signing in keeps a password that was hashed more weakly anew.
        given = {"name": "acc-desk", "password": GOOD}
        assert (await client.post(f"{API}/sign-in/password", json=given)).status_code == 200
        for name in ("acc-desk", "acc-nobody"):
            await took(client, name, 0)
        pairs = [(await took(client, "acc-desk", n), await took(client, "acc-nobody", n)) for n in range(15)]
    known, unknown = (statistics.median(times) for times in zip(*pairs, strict=True))
    assert 0.7 < unknown / known < 1.4, (known, unknown)


def a_real_town(town: Town) -> AsyncClient:
    """Return a client of the town with the hashing that is used in earnest."""
    return AsyncClient(transport=ASGITransport(create_app(town.assembly.for_api())), base_url=ORIGIN)  # type: ignore[arg-type]


async def test_who_asks_too_often_waits(fresh_database: str, tmp_path: Path) -> None:
    async with a_town(fresh_database, tmp_path, anonymous_limit=40, signed_in_limit=80) as town:
        async with town.client() as browser:
            codes = [(await browser.get(f"{API}/session")).status_code for _ in range(15)]
            assert codes == [401] * 10 + [429] * 5
            assert int((await browser.get(f"{API}/session")).headers["retry-after"]) >= 1
        async with town.client(address="192.0.2.99") as other:
            assert (await other.get(f"{API}/session")).status_code == 401
        async with town.signed_in("acc-desk", address="192.0.2.98") as known:
            codes = [(await known.get(f"{API}/session")).status_code for _ in range(25)]
            assert codes.count(429) in {4, 5, 6}


def test_counting_does_not_fill_the_memory() -> None:
    allowance = Allowance(60, most=100)
    assert [allowance.take("one", 0.0) for _ in range(16)] == [0] * 15 + [1]
    assert allowance.take("one", 1.0) == 0
    for n in range(1000):
        allowance.take(str(n), 1.0)
    assert len(allowance) == 100


PROXIES = read_settings({"YUZHI_TRUSTED_PROXIES": "10.0.0.0/8,::1"}).trusted_proxies


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.1", "198.51.100.1", "203.0.113.1"),  # no proxy of ours: nothing it says is believed
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # what stands before was sent by the client
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
        ("::1", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.1", "198.51.100.1:8080", "198.51.100.1"),
        ("10.0.0.1", ",".join(["10.0.0.9"] * 10_000), "10.0.0.9"),
        ("", "198.51.100.1", "unknown"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: str, address: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == address


async def test_what_came_in_the_clear_goes_no_further(fresh_database: str, tmp_path: Path) -> None:
    plain = {"X-Forwarded-Proto": "http"}
    async with a_town(fresh_database, tmp_path, trusted_proxies=PROXIES, hsts_days=3) as town:
        async with town.client(address="10.0.0.1") as browser:
            page = await browser.get("/desk//search?q=%E8%B7%AF&to=//elsewhere.example", headers=plain)
            assert page.status_code == 308
            assert page.headers["location"] == f"{ORIGIN}/desk//search?q=%E8%B7%AF&to=//elsewhere.example"
            assert page.headers["strict-transport-security"] == f"max-age={3 * 86400}"
            given = {"name": "acc-desk", "password": GOOD}
            sent = await browser.http.post(f"{API}/sign-in/password", json=given, headers=plain)
            assert (sent.status_code, sent.json()["code"]) == (403, "request.not_secure")
            assert (await browser.get(f"{API}/welcome", headers=plain)).status_code == 403
            assert (await browser.get("/health/live", headers=plain)).status_code == 200
            safe = {"X-Forwarded-Proto": "http, https"}
            assert (await browser.get(f"{API}/welcome", headers=safe)).status_code == 200
        async with town.client(address="192.0.2.7") as nobody_of_ours:
            assert (await nobody_of_ours.get(f"{API}/welcome", headers=plain)).status_code == 200


async def test_a_thousand_sign_ins_do_not_stop_the_rest(town: Town) -> None:
    async with town.client() as browser:
        tries = [browser.sign_in("acc-desk", f"wrong {n}") for n in range(60)]
        others = [browser.get("/health/live") for _ in range(5)]
        answers = await asyncio.gather(*tries, *others)
    assert {answer.status_code for answer in answers[60:]} == {200}
    assert {answer.status_code for answer in answers[:60]} <= {401, 429, 503}


async def test_a_files_name_alone_opens_it_to_nobody(town: Town) -> None:
    """The journal tells the digests files go by, and may be published: others attach none of them."""
    picture = b"%PDF-1.7 what was seen from the window"
    async with town.client(address="192.0.2.5") as resident:
        kept = (await resident.http.post(f"{API}/files", content=picture)).json()["file"]
        with_it = {**ASK, "attachments": [{"kind": "photo", "file": kept}]}
        assert (await resident.post(f"{API}/matters", with_it)).status_code == 201
        assert (await resident.post(f"{API}/matters", with_it)).status_code == 201
    async with town.client(address="198.51.100.7") as thief:
        answer = await thief.post(f"{API}/matters", with_it)
        assert (answer.status_code, answer.json()["code"]) == (404, "file.not_found")
    async with town.signed_in("acc-far") as officer:
        assert (await officer.post(f"{API}/matters", with_it)).json()["code"] == "file.not_found"
        # Whoever has the content itself needs nobody's leave.
        sent = {"X-CSRF-Token": officer.csrf, "Origin": ORIGIN}
        again = await officer.http.post(f"{API}/files", content=picture, headers=sent)
        assert again.json()["file"] == kept


async def test_a_telephone_that_changed_its_address_still_attaches_what_it_sent(town: Town) -> None:
    async with town.client(address="192.0.2.5") as at_home:
        kept = (await at_home.http.post(f"{API}/files", content=b"%PDF-1.7 x")).json()["file"]
    async with town.client(address="198.51.100.7") as on_the_way:
        with_it = {**ASK, "attachments": [{"kind": "photo", "file": kept}]}
        assert (await on_the_way.post(f"{API}/matters", with_it)).status_code == 201
