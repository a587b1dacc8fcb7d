"""`yuzhi sensors load` and `status`: a list is taken whole or not at all, and what was counted is told."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from yuzhi.doors.cli import Command, run, sensors

TABLE = [Command("sensors", "yuzhi.doors.cli.sensors:app", "Sensors.")]
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def typed(fresh_database: str) -> str:
    """The address of a database that knows one city."""
    conn = await asyncpg.connect(fresh_database)
    await conn.execute("insert into territory (code, name, level) values ('3302', '宁波市', 'city')")
    await conn.close()
    return fresh_database


def type_(dsn: str, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    @asynccontextmanager
    async def connect() -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()

    def supply(_kind: type[object], /) -> object:
        return sensors.Needs(run=lambda ready: ready(), connect=connect, now=lambda: NOW)

    with pytest.raises(SystemExit) as left:
        run(TABLE, supply, words=words)  # type: ignore[arg-type]
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_a_list_is_taken_whole_or_not_at_all(
    typed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sensors.csv"
    file.write_text("id,name,territory\ng1,水尺,3302\ng2,水尺,9999\n", encoding="utf-8")
    code, _, said = type_(typed, capsys, "sensors", "load", str(file))
    assert code == 1
    assert f"{file}:3" in said
    assert json.loads(type_(typed, capsys, "sensors", "status", "--json")[1])["sensors"] == 0

    file.write_text("id,name,territory,lon,lat\ng1,水尺,3302,,\ng2,水尺,,121.5,29.8\n", encoding="utf-8")
    told = json.loads(type_(typed, capsys, "sensors", "load", str(file), "--json")[1])
    assert told == {"sensors": 2, "changed": 2}
    assert "sensors  2" in type_(typed, capsys, "sensors", "status")[1].replace("   ", " ")
    assert type_(typed, capsys, "sensors", "load", str(tmp_path / "none.csv"))[0] == 1


def test_running_says_when_it_is_ready(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(type_(typed, capsys, "sensors", "run", "--json")[1]) == {"sensors": "ready"}
