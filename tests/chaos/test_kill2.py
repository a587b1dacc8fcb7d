"""Ten times the server, the worker and the database are killed under load; what was acknowledged is there.

The processes are the real ones, `yuzhi serve` and `yuzhi worker` on their embedded database, ended with
SIGKILL in any order and begun again. Clients try again with the same key until they are told.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from yuzhi.store.postgres.server import Server

ROUNDS = 2
CLIENTS = 6
UNDER_LOAD = 0.8  # seconds of load before each round of kills
YUZHI = Path(sys.executable).with_name("yuzhi")
RESIDENT = "0197d2a5-0000-7000-8000-000000000001"
ASK = {"procedure": "citizen-request", "kind": "complaint", "channel": "web", "subject": "路灯不亮"}


class Installation:
    """A home with an embedded database, and the processes that run on it."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.server = Server(home / "postgres")
        self._log = (home / "processes.log").open("ab")
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("YUZHI_")},
            "YUZHI_HOME": str(home), "YUZHI_PORT": str(port), "YUZHI_DEVELOPMENT_SIGN_IN": "true",
            "YUZHI_ANONYMOUS_LIMIT": "0",
        }  # fmt: skip
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def begin(self, name: str) -> None:
        """Begin a process, in place of the one that was killed."""
        if (old := self._processes.get(name)) is not None:
            old.wait()
        self._processes[name] = subprocess.Popen(
            [YUZHI, name], env=self._environment, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )

    def kill(self, name: str) -> None:
        """Kill a process where it stands: `serve`, `worker`, or `postgres`."""
        pid = self.server.status().pid if name == "postgres" else self._processes[name].pid
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [YUZHI, *words], env=self._environment, capture_output=True, text=True, check=False
        )

    def end(self) -> None:
        """End everything."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()
        self.server.stop()
        self._log.close()


@pytest.fixture
def installation() -> Iterator[Installation]:
    # Short, for a socket's path may not be long, and open, for as root the database server is somebody else.
    home = Path(tempfile.mkdtemp(prefix="yz-"))
    home.chmod(0o755)
    made = Installation(home)
    yield made
    made.end()
    shutil.rmtree(home, ignore_errors=True)


@dataclass
class Told:
    """What clients were told: the matter of each key, and how many entries a matter had at least."""

    matters: dict[str, UUID] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)
    tried: int = 0


class Client:
    """Opens matters and urges them, one after the other, trying again until it is told."""

    def __init__(self, http: httpx.AsyncClient, told: Told, is_over: asyncio.Event) -> None:
        self._http = http
        self._told = told
        self._is_over = is_over

    async def work(self) -> None:
        while not self._is_over.is_set():
            key = str(uuid4())
            opened = await self._ask("/api/v1/matters", ASK, {"Idempotency-Key": key}, {201})
            matter = UUID(opened.json()["id"])
            self._told.matters[key], self._told.versions[matter] = matter, 1
            # An answer that was lost leaves the step taken: then the same version again is stale.
            urged = await self._ask(f"/api/v1/matters/{matter}/steps/urge", {"version": 1}, {}, {200, 409})
            assert urged.status_code == 200 or urged.json()["code"] == "matter.stale", urged.text
            self._told.versions[matter] = 2

    async def _ask(
        self, path: str, body: Mapping[str, object], headers: Mapping[str, str], done: set[int]
    ) -> httpx.Response:
        while True:
            self._told.tried += 1
            with suppress(httpx.TransportError):
                answer = await self._http.post(path, json=body, headers=headers)
                if answer.status_code in done:
                    return answer
                assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.02)


async def ready(installation: Installation) -> None:
    """Wait until requests are served."""
    async with httpx.AsyncClient(base_url=installation.address) as http, asyncio.timeout(120):
        while True:
            with suppress(httpx.TransportError):
                if (await http.get("/health/ready")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


async def kill_some(installation: Installation, chance: Random) -> None:
    """Kill all three, each at a moment of its own, and begin the processes again."""
    victims = ["serve", "worker", "postgres"]
    chance.shuffle(victims)
    for name in victims:
        await asyncio.sleep(chance.random() * 0.1)
        await asyncio.to_thread(installation.kill, name)
    for name in ("serve", "worker"):
        await asyncio.to_thread(installation.begin, name)


async def test_what_was_acknowledged_is_there(installation: Installation) -> None:
    chance, told, is_over = Random(1), Told(), asyncio.Event()
    for name in ("serve", "worker"):
        installation.begin(name)
    await ready(installation)
    headers = {"X-Yuzhi-Requester": RESIDENT}
    async with httpx.AsyncClient(base_url=installation.address, headers=headers, timeout=10) as http:
        clients = [asyncio.create_task(Client(http, told, is_over).work()) for _ in range(CLIENTS)]
        for _ in range(ROUNDS):
            before = len(told.matters)
            await ready(installation)
            await asyncio.sleep(UNDER_LOAD)
            assert len(told.matters) > before, "there is load when they are killed"
            await kill_some(installation, chance)
        await ready(installation)
        is_over.set()
        await asyncio.gather(*clients)
    await check(installation, told)


async def check(installation: Installation, told: Told) -> None:
    """See that nothing acknowledged is missing, nothing is there twice, and the journal is whole."""
    conn = await asyncpg.connect(installation.server.dsn)
    try:
        there = {row["id"]: row["seq"] for row in await conn.fetch("select id, seq from matter")}
        opened = await conn.fetchval("select count(*) from entry where seq = 1")
        rows = await conn.fetch("select key, response from idempotency")
    finally:
        await conn.close()
    answered = {row["key"]: UUID(json.loads(row["response"])["id"]) for row in rows}
    assert len(told.matters) > ROUNDS * CLIENTS
    assert answered == told.matters, "each key has the matter its client was told of, and no other"
    assert set(there) == set(told.matters.values()), "no matter is there twice, none is missing"
    assert opened == len(there)
    short = {matter: version for matter, version in told.versions.items() if there[matter] < version}
    assert short == {}, "every step that was acknowledged is there"

    verified = await asyncio.to_thread(installation.run, "journal", "verify", "--json")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert json.loads(verified.stdout)["faults"] == []
