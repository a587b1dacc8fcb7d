import csv
import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from fakes.bulk import MAPPING, NOW, SHANGHAI, a_file, a_row
from fakes.packs import ROOT
from fakes.typed import run_typed
from yuzhi.capabilities import matters
from yuzhi.capabilities.territory import read_edition, save_import
from yuzhi.store.postgres.store import PostgresStore

SHARED = Path(os.environ.get("YUZHI_SHARED") or ROOT.parent / "shared")
MESSAGES = SHARED / "data" / "teddy_c" / "messages_train.csv.gz"
TEDDY = ROOT / "src/yuzhi/data/mappings/teddy_c.toml"
DIVISIONS = ROOT / "src/yuzhi/data/demo/divisions.csv"
ROWS = 4000


@pytest.fixture
async def database(fresh_database: str) -> str:
    """A database that knows one district."""
    conn = await asyncpg.connect(fresh_database)
    edition = read_edition([DIVISIONS])
    await save_import(conn, edition, actor="test", now=NOW)
    await conn.close()
    return fresh_database


def settings(database: str, home: Path) -> dict[str, str]:
    return {"YUZHI_DATABASE_URL": database, "YUZHI_HOME": str(home), "YUZHI_LANGUAGE": "en"}


def command(database: str, home: Path, *words: str) -> subprocess.Popen[str]:
    """Start `yuzhi` as anybody would."""
    return subprocess.Popen(
        [sys.executable, "-c", "from yuzhi.wiring import main; main()", *words],
        env={**os.environ, **settings(database, home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def typed(database: str, home: Path, *words: str) -> tuple[int, str, str]:
    return run_typed(words, settings(database, home))


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "town.toml"
    file.write_text(MAPPING, encoding="utf-8")
    return file


def spoil(mapping: Path, old: str, new: str) -> None:
    mapping.write_text(MAPPING.replace(old, new), encoding="utf-8")


def report_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as content:
        return list(csv.reader(content))


async def test_refused_rows_are_reported_with_line_reason_and_value(
    database: str, mapping: Path, tmp_path: Path
) -> None:
    rows = [a_row(1), a_row(2, at="soon"), a_row("=3", title=""), a_row(4, field="火星")]
    report = tmp_path / "refused.csv"
    code, out, err = typed(
        database, tmp_path, "import", "matters", str(a_file(tmp_path, rows)), "--mapping", str(mapping),
        "--report", str(report), "--json",
    )  # fmt: skip
    assert code == 0, err
    told = json.loads(out)
    assert (told["rows"], told["loaded"], told["refused"]) == (4, 1, 3)
    assert told["refused_by_code"] == {
        "time.unreadable": 1,
        "opening.subject_missing": 1,
        "value.not_in_table": 1,
    }
    written = report_of(report)
    assert written[0] == ["line", "key", "code", "reason", "value"]
    by_line = {row[0]: row[1:] for row in written[1:]}
    assert by_line["3"][1] == "time.unreadable"
    assert by_line["3"][3] == "soon"
    assert by_line["4"][0] == "'=3", "no spreadsheet takes a cell for a formula"
    assert by_line["5"][3] == "火星"
    assert all(row[3] for row in written[1:])


async def test_what_is_wrong_with_the_mapping_is_told_before_anything_is_written(
    database: str, mapping: Path, tmp_path: Path
) -> None:
    file = a_file(tmp_path, [a_row(1)])
    spoil(mapping, '"title"', '"titel"')
    code, _, err = typed(
        database, tmp_path, "import", "matters", str(file), "--mapping", str(mapping), "--json"
    )
    told = json.loads(err)
    assert (code, told["code"], told["errors"][0]["code"]) == (1, "mapping.refused", "mapping.column_unknown")
    assert told["errors"][0]["facts"]["nearest"] == "title"
    code, _, err = typed(
        database,
        tmp_path,
        "import",
        "matters",
        str(file),
        "--mapping",
        str(TEDDY),
        "--territory",
        "110101",
        "--json",
    )
    assert (code, json.loads(err)["code"]) == (1, "territory.unknown")
    assert await count(database) == 0


async def count(database: str) -> int:
    conn = await asyncpg.connect(database)
    found: int = await conn.fetchval("select count(*) from matter")
    await conn.close()
    return found


async def wait_for_some(database: str) -> int:
    conn = await asyncpg.connect(database)
    until = time.monotonic() + 60
    while not (found := await conn.fetchval("select count(*) from matter")):
        assert time.monotonic() < until, "nothing went in"
    await conn.close()
    return int(found)


@pytest.mark.parametrize("processes", ["1", "2"])
async def test_killed_in_the_middle_and_run_again_each_row_is_in_once(
    database: str, mapping: Path, tmp_path: Path, processes: str
) -> None:
    file = a_file(tmp_path, [a_row(no) for no in range(ROWS)])
    words: Sequence[str] = (
        "import", "matters", str(file), "--mapping", str(mapping), "--json", "--processes", processes,
    )  # fmt: skip
    running = command(database, tmp_path, *words)
    await wait_for_some(database)
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=30)
    some = await count(database)
    assert 0 < some < ROWS
    code, out, err = typed(database, tmp_path, *words)
    assert code == 0, err
    told = json.loads(out)
    assert told["loaded"] + told["there"] == ROWS
    assert told["there"] >= some
    conn = await asyncpg.connect(database)
    assert await conn.fetchval("select count(*) from matter") == ROWS
    keys = "select count(distinct key) from idempotency where actor = 'import:town'"
    assert await conn.fetchval(keys) == ROWS
    assert await conn.fetchval("select count(*) from entry") == ROWS
    await conn.close()


async def test_a_file_that_breaks_off_goes_in_up_to_there(
    database: str, mapping: Path, tmp_path: Path
) -> None:
    file = a_file(tmp_path, [a_row(no, text=f"{no * 7919 % 10007}" * 20) for no in range(2000)], packed=True)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    words = ("import", "matters", str(file), "--mapping", str(mapping), "--json")
    code, out, err = typed(database, tmp_path, *words)
    assert (code, json.loads(err)["code"]) == (1, "file.truncated")
    some = json.loads(out)["loaded"]
    assert 0 < some < 2000
    file.write_bytes(whole)
    code, out, _ = typed(database, tmp_path, *words)
    told = json.loads(out)
    assert (code, told["there"], told["loaded"]) == (0, some, 2000 - some)


async def test_the_real_messages_go_in_by_one_command(database: str, tmp_path: Path) -> None:
    if not MESSAGES.exists():
        pytest.skip(f"the real messages are not at {MESSAGES}")
    code, out, err = typed(
        database, tmp_path, "import", "matters", str(MESSAGES), "--mapping", str(TEDDY), "--json"
    )
    assert code == 0, err
    told = json.loads(out)
    assert (told["rows"], told["loaded"], told["refused"]) == (7367, 7367, 0)
    csv.field_size_limit(1 << 20)
    with gzip.open(MESSAGES, "rt", encoding="utf-8") as content:
        times = sorted(
            datetime.fromisoformat(row["created"]).replace(tzinfo=SHANGHAI)
            for row in csv.DictReader(content)
            if row["created"]
        )
    conn = await asyncpg.connect(database)
    opened = {row["opened_at"] for row in await conn.fetch("select opened_at from matter")}
    assert await conn.fetchval("select count(*) from matter") == 7367
    assert set(times) <= opened
    later = "select count(*) from entry e join matter m on m.id = e.matter_id where e.at <> m.opened_at"
    assert await conn.fetchval(later) == 0
    assert await conn.fetchval("select count(*) from delivery") == 0
    await conn.close()
    async with asyncpg.create_pool(database, min_size=1, max_size=2) as pool:
        found = await matters.verify(PostgresStore(pool, matters.TABLES))
    assert (found.matters, found.faults) == (7367, ())
