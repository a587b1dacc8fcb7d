"""Schemathesis over the whole OpenAPI document: as nobody, and with a token that may do everything."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.served import listening
from fakes.town import Town, a_town, all_duties

# The stream of changes never ends. What Open311 answers is told by its own document, GeoReport v2.
LEFT_OUT = r"^/api/v1/changes$|^/open311/"
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 2
SECONDS = 60


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(
        fresh_database, tmp_path, plain_http=True, public_address="http://127.0.0.1:8311"
    ) as made:
        yield made


@pytest.mark.parametrize("is_signed_in", [False, True], ids=["nobody", "everything"])
async def test_every_answer_is_a_documented_one(town: Town, *, is_signed_in: bool) -> None:
    header = f"Authorization: Bearer {await all_duties(town)}" if is_signed_in else "X-Nobody: 1"
    async with listening(town.app) as address:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run",
            f"{address}/openapi.json", "--header", header, "--checks", "all", "--exclude-checks",
            "allow_header_conformance", "--max-examples", str(EXAMPLES), "--max-time", str(SECONDS),
            "--seed", "1", "--exclude-path-regex", LEFT_OUT, "--no-color", "--continue-on-failure",
            "--no-shrink", "--suppress-health-check", "all", "--phases", "examples,coverage,fuzzing",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=town.assembly.settings.home,
        )  # fmt: skip
        out, _ = await running.communicate()
    told = out.decode(errors="replace")
    assert running.returncode == 0, told[-20_000:]
