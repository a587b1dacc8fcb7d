"""Schemathesis over the whole OpenAPI document: as nobody, and with a token that may do everything."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from litestar import Litestar

from fakes.served import listening
from fakes.town import Town, a_town, all_duties

# The stream of changes never ends. What Open311 answers is told by its own document, GeoReport v2.
LEFT_OUT = r"^/api/v1/changes$|^/open311/"
SENT_ELSEWHERE = {"POST /api/v1/admin/packs"}
"""What the configuration leaves out, with its reason."""
CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = 2


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
            "allow_header_conformance", "--max-examples", str(EXAMPLES),
            "--seed", "1", "--exclude-path-regex", LEFT_OUT, "--no-color", "--continue-on-failure",
            "--no-shrink", "--suppress-health-check", "all", "--phases", "examples,coverage,fuzzing",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=town.assembly.settings.home,
        )  # fmt: skip
        out, _ = await running.communicate()
    told = out.decode(errors="replace")
    assert running.returncode == 0, told[-20_000:]
    tried = re.search(r"Selected: (\d+)/", told)
    assert tried is not None, told[-20_000:]
    assert int(tried[1]) == len(asked_for(town.app))


def asked_for(app: Litestar) -> set[str]:
    """Return what is told and nothing leaves out: with a wrong filter less is tried and passes."""
    paths = app.openapi_schema.to_schema()["paths"]
    told = {f"{method.upper()} {path}" for path, ways in paths.items() for method in ways}
    return {one for one in told if not re.search(LEFT_OUT, one.partition(" ")[2])} - SENT_ELSEWHERE
