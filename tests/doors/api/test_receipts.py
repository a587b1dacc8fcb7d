"""Receipts through the whole: API, log and page on one installation."""

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from httpx import ASGITransport, AsyncClient
from litestar import Litestar

from fakes.apps import an_app
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import Log, check_leaf, check_receipt, place_of, publish
from yuzhi.settings import Settings
from yuzhi.wiring.office import Assembly, assembled

ASK = {
    "procedure": "citizen-request", "kind": "complaint", "channel": "web", "subject": "路灯不亮",
    "detail": "小区门口的路灯三天不亮了。", "requester": {"name": "张三丰", "phone": "13812341234"},
}  # fmt: skip
RESIDENT = {"X-Yuzhi-Requester": "0197d2a5-0000-7000-8000-000000000001"}
OTHER = {"X-Yuzhi-Requester": "0197d2a5-0000-7000-8000-000000000002"}


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path) -> AsyncIterator[Assembly]:
    settings = Settings(
        home=tmp_path, database_url=fresh_database, development_sign_in=True, log_origin="city.example/log",
        public_address="https://city.example",
    )  # fmt: skip
    async with assembled(settings, fresh_database, name="yuzhi test") as made:
        yield made


@pytest.fixture
async def client(city: Assembly) -> AsyncIterator[AsyncClient]:
    async with served(city) as made:
        yield made


@asynccontextmanager
async def served(city: Assembly) -> AsyncIterator[AsyncClient]:
    with an_app(city.for_api()) as app:
        transport = ASGITransport(app)  # type: ignore[arg-type]
        async with AsyncClient(transport=transport, base_url="https://city.example") as made:
            yield made


async def token_of(client: AsyncClient) -> str:
    """Open the page as a browser does; the client keeps its cookie."""
    page = await client.get("/verify?lang=en")
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


async def raw(app: Litestar, path: str) -> tuple[int, bytes]:
    """Ask for a path exactly as it is written; a client would tidy it up first."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"city.example")], "server": ("city.example", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)
    return said[0]["status"], b"".join(part.get("body", b"") for part in said[1:])


def log_of(city: Assembly) -> Log:
    return city.for_worker().log


async def opened(client: AsyncClient, city: Assembly) -> dict[str, Any]:
    answer = await client.post("/api/v1/matters", json=ASK, headers=RESIDENT)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    await publish(log_of(city))
    return found


async def test_a_resident_gets_a_receipt_that_holds(client: AsyncClient, city: Assembly) -> None:
    matter = await opened(client, city)
    answer = await client.get(f"/api/v1/matters/{matter['number']}/receipt", headers=RESIDENT)
    assert answer.status_code == 200
    assert f"receipt-{matter['number']}.json" in answer.headers["content-disposition"]
    keys = log_of(city).verifiers()
    checked = check_receipt(answer.content, keys)
    assert (checked.number, checked.faults) == (matter["number"], ())
    for words in ("张三丰", "13812341234", "路灯"):
        assert words not in answer.text


async def test_others_get_none(client: AsyncClient, city: Assembly) -> None:
    matter = await opened(client, city)
    for what in ("receipt", "slip"):
        answer = await client.get(f"/api/v1/matters/{matter['id']}/{what}", headers=OTHER)
        assert (answer.status_code, answer.json()["code"]) == (404, "matter.not_found")


async def test_the_slip_leads_to_the_page_with_number_and_hash(client: AsyncClient, city: Assembly) -> None:
    matter = await opened(client, city)
    svg = await client.get(f"/api/v1/matters/{matter['id']}/slip", headers=RESIDENT)
    png = await client.get(f"/api/v1/matters/{matter['id']}/slip?form=png", headers=RESIDENT)
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.startswith("<svg")
    assert "script" not in svg.text
    assert png.content.startswith(b"\x89PNG")


async def test_the_log_is_open_and_its_tiles_never_change(client: AsyncClient, city: Assembly) -> None:
    await opened(client, city)
    checkpoint = await client.get("/log/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert checkpoint.text.splitlines()[:2] == ["city.example/log", "1"]
    assert checkpoint.headers["cache-control"] == "no-cache"
    tile = await client.get("/log/tile/0/000.p/1")
    assert (tile.status_code, len(tile.content)) == (200, 32)
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]
    assert tile.headers["access-control-allow-origin"] == "*"
    keys = await client.get("/log/keys")
    assert keys.text.splitlines() == [str(key) for key in log_of(city).verifiers()]


@pytest.mark.parametrize(
    "path",
    [
        "0/001", "0/000", "1/000", "../checkpoint", "..%2fcheckpoint", "0/../../../keys/log.key",
        "0/..%2f..%2f..%2fkeys%2flog.key",
        "%2e%2e/%2e%2e/keys/log.key", "0/000.p/01", "0/000.p/1%00", "entries/000.p/1", "",
        "0/%5c..%5c000", "x" * 3000,
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_the_tiles(client: AsyncClient, city: Assembly, path: str) -> None:
    await opened(client, city)
    with an_app(city.for_api()) as app:
        status, content = await raw(app, f"/log/tile/{path}")
    assert (status, b"PRIVATE" in content, b"city.example/log" in content) == (404, False, False)


async def test_entries_are_given_out_only_where_they_are_public(fresh_database: str, tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, database_url=fresh_database, development_sign_in=True, log_entries_public=True
    )
    async with (
        assembled(settings, fresh_database, name="yuzhi test") as city,
        served(city) as client,
    ):
        await opened(client, city)
        answer = await client.get("/log/tile/entries/000.p/1")
    body = answer.content[2:]
    assert int.from_bytes(answer.content[:2], "big") == len(body)
    assert json.loads(body)["step"] == "open"
    assert place_of("entries/000.p/1") is not None


async def test_a_slip_is_checked_by_whoever_holds_it(client: AsyncClient, city: Assembly) -> None:
    matter = await opened(client, city)
    receipt = (await client.get(f"/api/v1/matters/{matter['id']}/receipt", headers=RESIDENT)).json()
    leaf = receipt["entries"][0]["leaf"]
    answer = await client.get(f"/log/slip/{matter['number']}/{leaf}")
    assert check_leaf(answer.text, leaf, log_of(city).verifiers()) == 1
    unknown = await client.get(f"/log/slip/{matter['number']}/{'0' * 64}")
    nobody = await client.get(f"/log/slip/2026030200000000/{leaf}")
    assert (unknown.status_code, nobody.status_code) == (404, 404)
    assert unknown.json() == nobody.json()


async def test_the_page_is_plain_and_strict(client: AsyncClient, city: Assembly) -> None:
    await opened(client, city)
    for language, word in (("zh", "查验回执"), ("en", "Check a receipt")):
        page = await client.get(f"/verify?lang={language}")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{language}">' in page.text
        assert word in page.text
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=|javascript:", page.text) == []
        for asset in re.findall(r'(?:src|href)="(/verify/[^"]+)"', page.text):
            assert (await client.get(asset)).status_code == 200
    assert (await client.get("/verify/page.html")).status_code == 404


async def test_a_browser_that_cannot_check_has_the_server_do_it(client: AsyncClient, city: Assembly) -> None:
    matter = await opened(client, city)
    receipt = (await client.get(f"/api/v1/matters/{matter['id']}/receipt", headers=RESIDENT)).content
    token = {"csrf_token": await token_of(client)}
    pasted = await client.post("/verify?lang=en", data=token, files={"receipt": (None, receipt)})
    assert f"The receipt of {matter['number']} holds" in pasted.text
    file = {"file": ("r.json", receipt, "application/json")}
    uploaded = await client.post("/verify?lang=en", data=token, files=file)
    assert 'class="sound"' in uploaded.text
    altered = receipt.replace(b'\\"open\\"', b'\\"shut\\"')
    assert altered != receipt
    found = await client.post("/verify?lang=en", data=token, files={"receipt": (None, altered)})
    assert (found.status_code, 'class="unsound"' in found.text) == (200, True)
    assert "Its content does not fit its hash." in found.text
    leaf = json.loads(receipt)["entries"][0]["leaf"]
    slip = await client.post(
        "/verify?lang=en", data={**token, "number": matter["number"], "leaf": leaf.upper()}
    )
    assert 'class="sound"' in slip.text


@pytest.mark.parametrize(
    "form",
    [
        {}, {"receipt": ""}, {"receipt": "<script>alert(1)</script>"}, {"number": '"><script>', "leaf": "x"},
        {"receipt": "{}"}, {"receipt": "\udc80"}, {"number": "1", "leaf": "\x00"},
    ],
)  # fmt: skip
async def test_whatever_is_handed_in_gets_an_answer(client: AsyncClient, form: dict[str, str]) -> None:
    data = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    answer = await client.post("/verify?lang=en", data={**data, "csrf_token": await token_of(client)})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "><script>" not in answer.text.replace("</title>", "")


async def test_only_the_page_itself_sends_its_form(client: AsyncClient, city: Assembly) -> None:
    token = await token_of(client)
    assert await token_of(client) == token  # another page opened beside it does not make the first one old
    async with served(city) as other:
        for browser, given in ((client, ""), (client, "x"), (client, "字"), (other, token)):
            answer = await browser.post("/verify?lang=en", data={"receipt": "{}", "csrf_token": given})
            assert (answer.status_code, "Check again" in answer.text) == (403, True)
        assert await token_of(other) != token


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no node here to run the page's script with")
async def test_the_browser_finds_what_the_server_finds(
    client: AsyncClient, city: Assembly, tmp_path: Path
) -> None:
    matter = await opened(client, city)
    for n in range(5):
        await client.post("/api/v1/matters", json={**ASK, "subject": f"第 {n} 件"})
    log = log_of(city)
    async with asyncio.timeout(10):
        while (done := await publish(log)) is None or done.size < 6:  # noqa: ASYNC110 - a second must pass
            await asyncio.sleep(0.1)
    receipt = (await client.get(f"/api/v1/matters/{matter['id']}/receipt", headers=RESIDENT)).text
    data = json.loads(receipt)
    cases = {
        "sound": receipt,
        "reworded": receipt.replace('\\"open\\"', '\\"shut\\"'),
        "misplaced": json.dumps({**data, "entries": [{**data["entries"][0], "index": 1}]}),
        "other": json.dumps({**data, "number": "2026030200000000", "origin": "elsewhere"}),
        "unsigned": receipt.replace("city.example/log\\n6\\n", "city.example/log\\n7\\n"),
    }
    said = run_script(tmp_path, cases, [str(key) for key in log.verifiers()])
    for name, text in cases.items():
        assert said[name] == finding(text, log), name
    assert said["sound"] == []
    assert all(said[name] for name in cases if name != "sound")


def finding(text: str, log: Log) -> object:
    """Return what the server finds, as the script tells it."""
    try:
        checked = check_receipt(text.encode(), log.verifiers())
    except Refusal as refusal:
        return refusal.code
    return [[fault.seq, fault.code] for fault in checked.faults]


def run_script(folder: Path, cases: dict[str, str], keys: list[str]) -> dict[str, Any]:
    script = (files("yuzhi") / "data" / "verify" / "verify.js").read_text(encoding="utf-8")
    (folder / "verify.mjs").write_text(script, encoding="utf-8")
    (folder / "cases.json").write_text(json.dumps({"cases": cases, "keys": keys}), encoding="utf-8")
    (folder / "run.mjs").write_text(
        """
        import { readFileSync } from "node:fs";
        import { checkReceipt, parseKeys } from "./verify.mjs";
        const { cases, keys } = JSON.parse(readFileSync(new URL("cases.json", import.meta.url)));
        const said = {};
        for (const [name, text] of Object.entries(cases)) {
          try {
            const found = await checkReceipt(text, parseKeys(keys.join("\\n")));
            said[name] = found.faults.map(({ seq, code }) => [seq, code]);
          } catch (error) {
            said[name] = error.code ?? String(error.stack);
          }
        }
        process.stdout.write(JSON.stringify(said));
        """,
        encoding="utf-8",
    )
    done = subprocess.run(
        [NODE or "node", str(folder / "run.mjs")], capture_output=True, check=True, timeout=60
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
