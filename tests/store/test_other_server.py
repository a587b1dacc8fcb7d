"""The store's promises on a PostgreSQL of the system's own, older than the one that comes along."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yuzhi.store.postgres.server import Server

INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
SUITE = ("tests/store/test_store.py", "tests/store/test_migrations.py")


@pytest.mark.skipif(not INSTALLED, reason="no PostgreSQL of the system's own below /usr/lib/postgresql")
@pytest.mark.skipif("YUZHI_TEST_DATABASE_URL" in os.environ, reason="this run has another server already")
def test_the_stores_promises_hold_on_another_server(home: Path) -> None:
    with Server(home / "other", binaries=INSTALLED[0].parent) as server:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
        } | {"YUZHI_TEST_DATABASE_URL": server.superuser_dsn}
        done = subprocess.run(  # our own tests, no shell
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITE],
            cwd=Path(__file__).parents[2],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert " passed" in done.stdout or "100%" in done.stdout
