"""Finding PostgreSQL's programs, and copying them where the server's user can read them."""

import os
import shutil
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.account import Account, account_for, own_account
from yuzhi.store.postgres.binaries import Binaries, find_binaries, readable_by
from yuzhi.store.postgres.cluster import run_as

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root's server is somebody else")


@pytest.fixture
def room(home: Path) -> Path:
    """A folder of the test's own."""
    made = home / uuid4().hex[:8]
    made.mkdir()
    made.chmod(0o755)
    return made


@pytest.fixture
def nobody(room: Path) -> Account:
    return account_for(room / "none")


def fake_programs(prefix: Path, version: str = "postgres (PostgreSQL) 17.2") -> Path:
    """A tree laid out as the wheels do, whose server only tells its version, by a library beside it."""
    for part in ("bin", "lib", "share", "include"):
        (prefix / part).mkdir(parents=True)
    beside = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    beside.mkdir()
    (beside / "version").write_text(version)
    program = prefix / "bin/postgres"
    program.write_text(f'#!/bin/sh\ncat "$(dirname "$0")/../../../{beside.name}/version"\n')
    program.chmod(0o700)
    (prefix / "lib/libpq.so.5").write_bytes(b"pq")
    (prefix / "lib/libpq.so").symlink_to("libpq.so.5")
    (prefix / "lib/libpq.a").write_bytes(b"unused")
    return prefix


def test_the_wheel_has_all_we_run() -> None:
    found = find_binaries()
    assert found.version >= (18, 6)
    for program in ("postgres", "initdb", "pg_dump", "pg_restore", "psql"):
        assert found.program(program).is_file()


def test_a_folder_of_programs_or_what_holds_it(room: Path) -> None:
    prefix = fake_programs(room / "pack/tree")
    assert find_binaries(prefix) == find_binaries(prefix / "bin") == Binaries(prefix / "bin", (17, 2))
    with pytest.raises(Refusal, match=r"database\.program_missing.*psql"):
        find_binaries(prefix).program("psql")


@pytest.mark.parametrize("version", ["", "mysqld 8", "postgres (EnterpriseDB) x"])
def test_programs_of_something_else(room: Path, version: str) -> None:
    with pytest.raises(Refusal, match=r"database\.binaries_broken"):
        find_binaries(fake_programs(room / "pack/tree", version))


def test_programs_that_do_not_run(room: Path) -> None:
    prefix = fake_programs(room / "pack/tree")
    (prefix / "bin/postgres").write_bytes(b"\x7fELF")
    with pytest.raises(Refusal, match=r"database\.binaries_broken.*Exec format"):
        find_binaries(prefix)


def test_our_own_are_used_where_they_are(room: Path) -> None:
    found = find_binaries(fake_programs(room / "pack/tree"))
    assert readable_by(own_account(), found, room / "shelf") is found
    assert not (room / "shelf").exists()


@root_only
def test_closed_ones_are_copied_once(room: Path, nobody: Account) -> None:
    (room / "root").mkdir(mode=0o700)
    found = find_binaries(fake_programs(room / "root/pack/tree"))
    copied = readable_by(nobody, found, room / "shelf")
    told = subprocess.run(
        [copied.program("postgres"), "--version"],
        capture_output=True,
        text=True,
        check=True,
        **run_as(nobody),
    )
    assert "17.2" in told.stdout
    assert (copied.folder.parent / "lib/libpq.so").read_bytes() == b"pq"
    assert not (copied.folder.parent / "include").exists()
    assert not (copied.folder.parent / "lib/libpq.a").exists()
    made = copied.folder.stat().st_mtime_ns
    assert readable_by(nobody, found, room / "shelf") == copied
    assert copied.folder.stat().st_mtime_ns == made
    assert all(path.owner() == "root" for path in (room / "shelf").rglob("*"))


@root_only
def test_a_new_version_takes_the_place_of_the_old(room: Path, nobody: Account) -> None:
    (room / "root").mkdir(mode=0o700)
    found = find_binaries(fake_programs(room / "root/pack/tree"))
    old = readable_by(nobody, found, room / "shelf")
    (room / "shelf/.unfinished").mkdir()
    (room / "root/pack/tree/lib/libpq.so.5").write_bytes(b"newer")
    new = readable_by(nobody, found, room / "shelf")
    assert new.folder != old.folder
    assert not old.folder.exists()
    assert len(list((room / "shelf").iterdir())) == 1


@root_only
def test_open_ones_are_used_where_they_are(room: Path, nobody: Account) -> None:
    found = find_binaries(fake_programs(room / "pack/tree"))
    found.program("postgres").chmod(0o755)
    for folder in (room / "pack", *(path for path in (room / "pack").rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    assert readable_by(nobody, found, room / "shelf") is found
    (room / "pack/tree/lib/libpq.so.5").chmod(0o600)
    assert readable_by(nobody, found, room / "shelf") is not found


@root_only
def test_those_of_an_operating_system_are_not_moved(room: Path, nobody: Account) -> None:
    prefix = fake_programs(room / "pack/tree")
    (prefix / "share").rmdir()
    with pytest.raises(Refusal, match=r"database\.binaries_closed"):
        readable_by(nobody, find_binaries(prefix), room / "shelf")


@root_only
def test_a_server_runs_from_copied_programs(room: Path, nobody: Account) -> None:
    original = find_binaries().folder.parent
    (room / "root").mkdir(mode=0o700)
    package = room / "root" / original.parent.name
    shutil.copytree(original, package / original.name, ignore=shutil.ignore_patterns("include", "*.a"))
    shutil.copytree(
        original.parent.with_name(f"{package.name}.libs"), package.with_name(f"{package.name}.libs")
    )
    copied = readable_by(nobody, find_binaries(package / original.name), room / "shelf")
    for program in ("initdb", "postgres", "pg_dump"):
        subprocess.run(
            [copied.program(program), "--version"], check=True, capture_output=True, **run_as(nobody)
        )
