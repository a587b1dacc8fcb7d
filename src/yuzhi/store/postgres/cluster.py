"""The folder of our own server: its cluster made once, its configuration written at every start.

In it: `data` (owned by the server's user), `run` (its socket), and what only we write: the
configuration, the log, the lock files.
"""

import errno
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.account import Account, account_for, make_private_folder, own_account
from yuzhi.store.postgres.binaries import Binaries
from yuzhi.store.postgres.configuration import (
    DATABASE,
    PORT,
    ROLE,
    SUPERUSER,
    memory,
    pg_hba_conf,
    pg_ident_conf,
    postgresql_conf,
)

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}  # our own may hold PG* names
ELSEWHERE = Path("/var/lib/yuzhi")
SOCKET_PATH_LIMIT = 107  # bytes that fit into sockaddr_un.sun_path
_MAKING = (
    f"create role {ROLE} login createdb\n"
    f"create role yuzhi_reader nologin role {ROLE}\n"
    f"create database {DATABASE} owner {ROLE}\n"
)


def socket_folder(folder: Path) -> Path:
    """Return where the socket of the server in `folder` goes: `run`, or a short path if that is too long."""
    inside = folder / "run"
    path = os.fsencode(inside / f".s.PGSQL.{PORT}")
    if len(path) <= SOCKET_PATH_LIMIT and not set(b',"') & set(path):  # the setting is a list of names
        return inside
    return Path("/tmp", f"yuzhi-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}")  # noqa: S108  owner and mode are checked


def place(folder: Path, elsewhere: Path) -> None:
    """Let root keep a new cluster where its server's user can go.

    Below a folder closed to that user (a checkout in /root), `folder` becomes a link to a new folder in
    `elsewhere`: the closed one stays closed. A `folder` that holds something already is left alone.
    """
    if os.geteuid() != 0 or (folder.exists() and not folder.is_dir()):
        return
    if not account_for(folder / "data").stopped_at(folder / "data"):
        return
    if folder.is_dir():
        if any(folder.iterdir()):
            return
        folder.rmdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    elsewhere.mkdir(mode=0o755, parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=f"{folder.parent.name}-", dir=elsewhere))
    made.chmod(0o711)
    try:
        folder.symlink_to(made)
    except FileExistsError:  # another process was first
        made.rmdir()


def prepare(folder: Path) -> Account:
    """Make `folder` and its socket's, and return the user the server runs as.

    Raises the refusals of `account_for` and `make_private_folder`, and `database.folder_closed` with
    `closed`, the first folder on the way that the server's user may not pass.
    """
    account = account_for(folder / "data")
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(existing))
    if closed := account.stopped_at(folder / "data"):
        raise Refusal("database.folder_closed", folder=str(folder), closed=str(closed), user=account.name)
    mode = 0o700 if account == own_account() else 0o711
    for missing in [parent for parent in (folder, *folder.parents) if not parent.exists()][::-1]:
        missing.mkdir()
        missing.chmod(mode)
    make_private_folder(socket_folder(folder), account)
    return account


def configure(folder: Path, account: Account) -> None:
    """Write the configuration: outside `data`, where only we can change it."""
    texts = {
        "postgresql.conf": postgresql_conf(memory()),
        "pg_hba.conf": pg_hba_conf(),
        # Root may become any user, so to let it in under its own name gives nothing away.
        "pg_ident.conf": pg_ident_conf(account, own_account()),
    }
    for name, text in texts.items():
        unfinished = folder / f"{name}.new"
        unfinished.write_text(text, encoding="utf-8")
        unfinished.chmod(0o644)
        unfinished.rename(folder / name)
    local = folder / "local.conf"
    if not local.exists():
        local.write_text("# Your own settings of the database server; read after postgresql.conf.\n")
        local.chmod(0o644)


def server_options(folder: Path) -> list[str]:
    """Return the arguments of `postgres` for the server of `folder`; they overrule every file."""
    options = {
        "config_file": folder / "postgresql.conf",
        "hba_file": folder / "pg_hba.conf",
        "ident_file": folder / "pg_ident.conf",
        "listen_addresses": "",
        "unix_socket_directories": socket_folder(folder),
        "port": PORT,
    }
    told = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    return ["-D", str(folder / "data"), *told]


def make(folder: Path, account: Account, binaries: Binaries) -> None:
    """Make the cluster with our role and database; `data` appears when it is whole.

    UTF-8 throughout, and a locale that knows Chinese letters: under C, pg_trgm finds nothing in them.
    Raises Refusal `database.not_made` with what the program told.
    """
    unfinished = folder / "data.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    make_private_folder(unfinished, account)
    locale = ["--locale=C.UTF-8", *(["--locale-provider=builtin"] if binaries.major >= 17 else [])]
    where = ["-D", str(unfinished)]
    initdb = ["--username", SUPERUSER, "--encoding=UTF8", "--auth=peer", "--data-checksums", *locale]
    _run(account, [str(binaries.program("initdb")), *where, *initdb], "")
    single = ["--single", *where, "-c", "exit_on_error=on", SUPERUSER]
    _run(account, [str(binaries.program("postgres")), *single], _MAKING)
    unfinished.rename(folder / "data")


def _run(account: Account, command: list[str], given: str) -> None:
    done = subprocess.run(  # noqa: S603  our own binaries, no shell
        command,
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env=ENVIRONMENT,
        umask=0o077,
        **run_as(account),
    )
    if done.returncode:
        told = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Refusal("database.not_made", program=Path(command[0]).name, told=told)


def run_as(account: Account) -> dict[str, Any]:
    """Return the arguments of a subprocess that becomes `account`; none where that is us."""
    if account.uid == os.geteuid():
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": sorted(account.groups)}


def data_version(data: Path) -> int | None:
    """Return the PostgreSQL version the cluster in `data` is of, or None where there is none."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
