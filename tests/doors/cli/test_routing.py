"""`yuzhi routing explain` of a matter the rules left to a desk: what past matters teach, what came of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fakes.learnt_city import AS_SHIPPED, HOUR, LAMP, learnt_city
from fakes.served import Served
from yuzhi.doors.cli import Command, run
from yuzhi.doors.cli.routing import Needs, Opened
from yuzhi.settings import Settings
from yuzhi.wiring.office import assembled
from yuzhi.wiring.understanding import explained

TABLE = [Command("routing", "yuzhi.doors.cli.routing:app", "Routing.")]


@pytest.fixture
async def city(fresh_database: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    async with learnt_city(fresh_database, tmp_path, request.param) as made:
        yield made


async def explain(city: Served, dsn: str, home: Path, number: str, *words: str) -> None:
    """Type the command as in a shell beside the running city."""
    settings = Settings(home=home, database_url=dsn, packs=(home / "packs",))

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        async with assembled(settings, dsn, name="yuzhi test") as all_:
            await all_.ground.load()
            learnt = partial(explained, settings, all_.adviser, lambda: all_.ground.current)
            yield Opened(office=all_.office, pool=all_.pool, learnt=learnt)

    typed = ["routing", "explain", number, *words]
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(run, TABLE, lambda _kind: Needs(open=opened), words=typed)  # type: ignore[arg-type]
    assert not ended.value.code


@pytest.mark.parametrize("city", [AS_SHIPPED], indirect=True)
async def test_the_shipped_pack_suggests_and_leaves_it_to_people(
    city: Served, fresh_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = (await city.opened(**LAMP))["number"]
    await explain(city, fresh_database, tmp_path, number, "--json")
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["rule"] == "to-desk"
    assert told["later"] is None
    assert told["learnt"]["units"][0]["unit"] == "near"
    assert not told["learnt"]["goes_by_itself"]
    assert "业务包只许建议" in told["learnt"]["trace"]
    await explain(city, fresh_database, tmp_path, number)
    assert "units that past matters teach" in capsys.readouterr().out


@pytest.mark.parametrize(
    "city", ["learnt: {threshold: 80, after: [to-desk], automatic: true}"], indirect=True
)
async def test_what_went_by_itself_says_so(
    city: Served, fresh_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = (await city.opened(**LAMP))["number"]
    now = datetime.now(UTC)
    assert (await city.assembly.for_worker().sending.send_due(now - HOUR, now)).sent
    await explain(city, fresh_database, tmp_path, number, "--json")
    later = json.loads(capsys.readouterr().out)["later"]
    assert later["lead"] == "near"
    assert "门限 0.80" in later["reason"]
    await explain(city, fresh_database, tmp_path, number)
    assert "sent by itself" in capsys.readouterr().out
