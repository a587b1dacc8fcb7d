import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yuzhi.doors.cli import Command, run
from yuzhi.doors.cli.db import Needs, without_password
from yuzhi.settings import Settings
from yuzhi.store.migrations import head
from yuzhi.wiring.database import for_db, reached

TABLE = [Command("db", "yuzhi.doors.cli.db:app", "The database.")]
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
Typed = Callable[..., tuple[int, str, str]]


def typing(needs: Needs, capsys: pytest.CaptureFixture[str]) -> Typed:
    def typed(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            run(TABLE, lambda _kind: needs, words=["db", *words])  # type: ignore[arg-type]
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return typed


@pytest.fixture
def elsewhere(empty_database: str, capsys: pytest.CaptureFixture[str]) -> Typed:
    """The commands on a database that is not ours to start."""

    @contextmanager
    def reach() -> Iterator[str]:
        yield empty_database

    return typing(Needs(server=None, reach=reach, binaries=None, now=lambda: NOON, chance=bytes), capsys)


def test_migrate_backup_and_restore(elsewhere: Typed, tmp_path: Path) -> None:
    assert json.loads(elsewhere("migrate", "--json")[1]) == {"before": None, "after": head()}
    assert json.loads(elsewhere("migrate", "--json")[1]) == {"before": head(), "after": head()}
    file = tmp_path / "城市.backup"
    code, out, _ = elsewhere("backup", str(file), "--json")
    assert (code, json.loads(out)["bytes"]) == (0, file.stat().st_size)
    code, _, err = elsewhere("restore", str(file))
    assert (code, "database.not_empty" in err) == (1, True)
    code, out, _ = elsewhere("restore", str(file), "--replace", "--json")
    assert (code, json.loads(out)["revision"]) == (0, head())


def test_a_backup_is_written_down_and_verified(elsewhere: Typed, tmp_path: Path) -> None:
    elsewhere("migrate")
    file, moved = tmp_path / "one", tmp_path / "moved"
    made = json.loads(elsewhere("backup", str(file), "--json")[1])
    file.rename(moved)
    told = json.loads(elsewhere("verify", str(moved), "--json")[1])
    assert (told["sound"], told["known"], told["revision"]) == (True, True, head())
    assert len(made["sha256"]) == 64
    moved.write_bytes(moved.read_bytes()[:2000])
    moved.rename(file)
    code, _, err = elsewhere("verify", str(file))
    assert (code, "database.backup_unreadable" in err) == (1, True)
    assert elsewhere("verify", str(tmp_path / "none"))[0] == 1


def test_a_backup_is_not_written_over_unasked(elsewhere: Typed, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    file.write_text("mine")
    code, _, err = elsewhere("backup", str(file))
    assert (code, "--replace" in err, file.read_text()) == (1, True, "mine")


def test_status_of_a_database_elsewhere(elsewhere: Typed) -> None:
    told = json.loads(elsewhere("status", "--json")[1])
    assert (told["embedded"], told["revision"], told["needed"]) == (False, None, head())


@pytest.mark.parametrize("command", ["start", "stop"])
def test_what_is_not_ours_is_not_started_or_stopped(elsewhere: Typed, command: str) -> None:
    code, _, err = elsewhere(command)
    assert (code, "YUZHI_DATABASE_URL" in err) == (1, True)


def test_our_own_server_from_beginning_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)  # as root the server is somebody else, who must get there
    settings = Settings(home=tmp_path)
    typed = typing(for_db(settings), capsys)
    assert json.loads(typed("status", "--json")[1])["running"] is False
    code, out, _ = typed("start", "--json")
    try:
        pid = json.loads(out)["pid"]
        told = json.loads(typed("status", "--json")[1])
        assert (code, told["running"], told["detached"], told["pid"]) == (0, True, True, pid)
        with reached(settings) as dsn:
            assert dsn == told["address"]
        assert json.loads(typed("status", "--json")[1])["pid"] == pid  # a user who leaves does not stop it
    finally:
        assert json.loads(typed("stop", "--json")[1]) == {"stopped": True}
    assert json.loads(typed("stop", "--json")[1]) == {"stopped": False}


def test_a_password_is_not_shown() -> None:
    assert without_password("postgresql://me:s:cr3t@host/db") == "postgresql://me:***@host/db"
    assert without_password("postgresql://me@host/db") == "postgresql://me@host/db"
