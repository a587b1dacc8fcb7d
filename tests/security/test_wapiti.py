"""Wapiti over the served pages and the API, as nobody and with a token: nothing above what is informational.

They are served as they are in earnest, over TLS and with the cookies that only go there.

Wapiti runs in an environment of its own, outside the project: `uv tool run` makes it from the package index
and keeps it. Where no index is reached and none was kept, the test says so and is skipped.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from fakes.certificates import a_certificate
from fakes.served import listening
from fakes.town import Town, a_town, all_duties

UV = str(Path(sys.executable).with_name("uv"))
WAPITI = (UV, "tool", "run", "--from", "wapiti3==3.2.3", "wapiti")
# Those left out look for other people's software, or for an answer at an address that is not on this machine.
MODULES = (
    "backup,cookieflags,crlf,csrf,exec,file,htaccess,http_headers,https_redirect,information_disclosure,"
    "ldap,methods,permanentxss,redirect,sql,upload,xss"
)
SCAN, ATTACK = 15, 0.6  # seconds at most, the second for each of the modules
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(fresh_database, tmp_path, public_address="https://127.0.0.1:8311") as made:
        yield made


async def run(*words: str) -> tuple[int, str]:
    running = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await running.communicate()
    return running.returncode or 0, out.decode(errors="replace")


@pytest.fixture(scope="module")
def wapiti() -> tuple[str, ...]:
    """How Wapiti is run here; making it ready takes its time, once."""
    tried = subprocess.run([*WAPITI, "--version"], capture_output=True, text=True, check=False, timeout=120)
    if tried.returncode:
        pytest.skip(f"Wapiti cannot be had here: {tried.stderr[-200:]}")
    return WAPITI


def unlock(folder: Path, over: Event) -> None:
    """Let Wapiti's notebook be written while it is read, as long as it runs.

    When the time of an attack is over Wapiti leaves what it was reading open, and then could not write. It
    may throw its first notebook away and begin another.
    """
    while not over.wait(0.05):
        for file in folder.glob("*.db"):
            with closing(sqlite3.connect(file, timeout=0)) as notes, suppress(sqlite3.OperationalError):
                notes.execute("pragma journal_mode = wal")


@pytest.mark.parametrize("is_signed_in", [False, True], ids=["nobody", "everything"])
async def test_wapiti_finds_nothing(
    town: Town, tmp_path: Path, wapiti: tuple[str, ...], *, is_signed_in: bool
) -> None:
    report = tmp_path / "report.json"
    header = f"Authorization: Bearer {await all_duties(town)}" if is_signed_in else "X-Nobody: 1"
    a_certificate(tmp_path)
    async with listening(town.app, tmp_path / "server.pem") as address:
        words = (
            *wapiti, "--url", f"{address}/verify", "--start", f"{address}/health/live",
            "--scope", "domain", "--swagger", f"{address}/openapi.json",
            "--exclude", f"{address}/api/v1/changes", "--header", header, "--module", MODULES,
            "--max-scan-time", str(SCAN), "--max-attack-time", str(ATTACK), "--timeout", "3",
            "--verify-ssl", "0", "--tasks", "4", "--depth", "1", "--endpoint", NOWHERE,
            "--no-bugreport", "--flush-session", "--store-session", str(tmp_path / "s"),
            "--store-config", str(tmp_path / "c"), "--format", "json",
            "--output", str(report), "--verbose", "0",
        )  # fmt: skip
        over = Event()
        unlocking = asyncio.create_task(asyncio.to_thread(unlock, tmp_path / "s", over))
        code, told = await run(*words)
        over.set()
        await unlocking
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
