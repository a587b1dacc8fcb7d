"""Wapiti over the served pages and the API, as nobody and with a token: nothing above what is informational.

Wapiti runs in an environment of its own, outside the project: `uv tool run` makes it from the package index
and keeps it. Where no index is reached and none was kept, the test says so and is skipped.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes.served import listening
from fakes.town import Town, a_town, all_duties

UV = str(Path(sys.executable).with_name("uv"))
WAPITI = (UV, "tool", "run", "--from", "wapiti3==3.2.3", "wapiti")
# Those left out look for other people's software, or for an answer at an address that is not on this machine.
MODULES = (
    "backup,cookieflags,crlf,csrf,exec,file,htaccess,http_headers,https_redirect,information_disclosure,"
    "ldap,methods,permanentxss,redirect,sql,upload,xss"
)
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(
        fresh_database, tmp_path, plain_http=True, public_address="http://127.0.0.1:8311"
    ) as made:
        yield made


async def run(*words: str) -> tuple[int, str]:
    running = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await running.communicate()
    return running.returncode or 0, out.decode(errors="replace")


@pytest.mark.parametrize("is_signed_in", [False, True], ids=["nobody", "everything"])
async def test_wapiti_finds_nothing(town: Town, tmp_path: Path, *, is_signed_in: bool) -> None:
    code, told = await run(*WAPITI, "--version")
    if code:
        pytest.skip(f"Wapiti cannot be had here: {told[-200:]}")
    report = tmp_path / "report.json"
    header = f"Authorization: Bearer {await all_duties(town)}" if is_signed_in else "X-Nobody: 1"
    async with listening(town.app) as address:
        code, told = await run(
            *WAPITI, "--url", f"{address}/verify", "--start", f"{address}/health/live",
            "--scope", "domain", "--swagger", f"{address}/openapi.json",
            "--exclude", f"{address}/api/v1/changes", "--header", header, "--module", MODULES,
            "--max-scan-time", "15", "--max-attack-time", "4", "--timeout", "5", "--endpoint", NOWHERE,
            "--no-bugreport", "--flush-session", "--store-session", str(tmp_path / "s"),
            "--store-config", str(tmp_path / "c"), "--format", "json",
            "--output", str(report), "--verbose", "0",
        )  # fmt: skip
    assert code == 0, told[-3000:]
    found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert found["infos"]["crawled_pages_nbr"] > 0
    told_of = {
        kind: [(one["method"], one["path"], one["info"][:200], one["level"]) for one in findings]
        for part in ("vulnerabilities", "anomalies")
        for kind, findings in found[part].items()
        if findings
    }
    assert told_of == {}
