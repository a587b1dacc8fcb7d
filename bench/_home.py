"""An installation of its own for a measurement: its database, the ground of the demonstration city, a server.

Nothing is shared with other installations, and nothing is left behind.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from yuzhi.doors.cli import demo
from yuzhi.settings import Settings
from yuzhi.wiring.bulk import demo_of
from yuzhi.wiring.database import ready
from yuzhi.wiring.office import Assembly, assembled, now

ROOT = Path(__file__).parents[1]
DATA = ROOT / "src" / "yuzhi" / "data"
DISTRICT = demo.DISTRICT


class Home:
    """A running database with a city's ground, and the processes started on it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            home=folder, development_sign_in=True, anonymous_limit=0, signed_in_limit=0, log_level="error"
        )

    @property
    def environment(self) -> dict[str, str]:
        """Settings for a process of this installation."""
        told = {
            "YUZHI_HOME": str(self.settings.home), "YUZHI_PORT": "0", "YUZHI_DEVELOPMENT_SIGN_IN": "true",
            "YUZHI_ANONYMOUS_LIMIT": "0", "YUZHI_SIGNED_IN_LIMIT": "0", "YUZHI_LOG_LEVEL": "error",
        }  # fmt: skip
        kept = {name: value for name, value in os.environ.items() if not name.startswith("YUZHI_")}
        return {**kept, **told}

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Assembly]:
        """Open the office here, in this process."""
        async with ready(self.settings) as dsn, assembled(self.settings, dsn, name="bench") as all_:
            yield all_

    def start(self, *words: str, **settings: str) -> subprocess.Popen[str]:
        """Start a `yuzhi` command; what it prints can be read."""
        code = "from yuzhi.wiring import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, *words],
            env={**self.environment, **settings},
            stdout=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self, *, workers: int = 1) -> Iterator[tuple[str, int]]:
        """Run the API server with some processes; give its address (host:port) and process id."""
        server = self.start("serve", "--json", YUZHI_WORKERS=str(workers))
        try:
            assert server.stdout is not None
            told = ""
            for line in server.stdout:
                told += line
                if line.startswith("}"):
                    break
            yield json.loads(told)["serving"].removeprefix("http://"), server.pid
        finally:
            server.terminate()
            server.communicate(timeout=60)


@contextmanager
def a_home() -> Iterator[Home]:
    """Make an installation with the ground and staff of the demonstration city; remove it afterwards."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is started here is ended here
    folder = Path(tempfile.mkdtemp(prefix="yuzhi-bench-", dir=os.environ.get("YUZHI_BENCH_FOLDER")))
    folder.chmod(0o755)  # as root the database is somebody else
    home = Home(folder)
    server = None
    try:
        server = home.start("db", "start")
        server.communicate()
        asyncio.run(_found(home))
        yield home
    finally:
        home.start("db", "stop").communicate()
        shutil.rmtree(folder, ignore_errors=True)


async def _found(home: Home) -> None:
    async with home.opened() as all_:
        await demo.make_ground(demo_of(all_), now())


def family_of(pid: int) -> list[int]:
    """Return a process and those it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(one for child in children for one in family_of(int(child)))]


def memory_of(pid: int) -> float:
    """Return the most memory that a process, or one of those it started, has held so far, in MB."""
    return max(_memory(one) for one in family_of(pid))


def _memory(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def busy_of(pid: int) -> float:
    """Return the seconds of processor time a process and those it started have used."""
    return sum(_busy(one) for one in family_of(pid))


def _busy(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
