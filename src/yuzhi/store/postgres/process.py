"""One server process brought up, waited for and brought down; who shares it is not known here."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.account import Account
from yuzhi.store.postgres.binaries import Binaries
from yuzhi.store.postgres.cluster import ENVIRONMENT, run_as, server_options, socket_folder
from yuzhi.store.postgres.configuration import PORT
from yuzhi.store.postgres.postmaster import (
    LOCK_FILE,
    Postmaster,
    is_taken,
    left_over,
    lives,
    locked_by,
    running,
    serves,
)

LOG_LIMIT = 8 << 20  # bytes; a longer log is put aside at the next start
MOMENT = 10.0  # seconds, for what passes by itself
BLINK = 0.01
_MOMENTARY = ("pre-existing shared memory block", f'lock file "{LOCK_FILE}" already exists')
_DETACH = '"$0" "$@" >&2 & echo $!'  # the shell ends at once, so the server is nobody's child


def log_of(folder: Path) -> Path:
    """Return the file in which the server of `folder` tells of this start and of those before."""
    return folder / "postgres.log"


def settled(folder: Path, account: Account, until: float) -> Postmaster | None:
    """Return the running server once it is ready, or None once there is none."""
    while found := running(folder / "data", account.uid):
        if found.status == "ready":
            return found
        _wait(folder, until)
    return None


def bring_up(
    folder: Path, account: Account, binaries: Binaries, *, detached: bool, until: float
) -> subprocess.Popen[bytes] | None:
    """Run a server and return once it is ready: our child, or None for a detached one.

    Raises Refusal `database.will_not_start` and `database.not_ready` with the end of the log (a server
    that is not ready in time goes on), `database.left_over` if a killed one's processes do not end.
    """
    _clear(folder, until)
    log = log_of(folder)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.rename(log.with_suffix(".log.1"))
    command = [str(binaries.program("postgres")), *server_options(folder)]
    again_until = min(until, time.monotonic() + MOMENT)
    while True:
        begins = log.stat().st_size if log.exists() else 0
        pid, child = _spawn(account, command, log, detached=detached)
        while lives(pid):
            found = running(folder / "data", account.uid)
            if found is not None and found.status == "ready":
                return child
            _wait(folder, until, begins)
        if child is not None:
            child.wait()
        told = _told(folder, begins)
        if time.monotonic() > again_until or not any(words in told for words in _MOMENTARY):
            raise Refusal("database.will_not_start", folder=str(folder), told=told)
        time.sleep(10 * BLINK)


def bring_down(folder: Path, account: Account, until: float) -> bool:
    """Stop the server of `folder` (SIGINT, at last SIGQUIT) and tell whether there was one."""
    found = running(folder / "data", account.uid)
    if found is None:
        return False
    for kind, end in ((signal.SIGINT, until), (signal.SIGQUIT, max(until, time.monotonic()) + MOMENT)):
        with suppress(ProcessLookupError):
            os.kill(found.pid, kind)
        if _ends(lambda: serves(found.pid, folder / "data", account.uid), end):
            _ends(lambda: lives(found.pid), time.monotonic() + 1)  # its last breath, or a new process's first
            return True
    raise Refusal("database.will_not_stop", folder=str(folder), pid=found.pid)


def _ends(is_on: Callable[[], bool], until: float) -> bool:
    while is_on():
        if time.monotonic() > until:
            return False
        time.sleep(BLINK)
    return True


def _clear(folder: Path, until: float) -> None:
    """Put away what a killed server left, as far as PostgreSQL would stumble over it."""
    while left := left_over(folder / "data"):
        if time.monotonic() > until:
            raise Refusal("database.left_over", folder=str(folder), pids=left)
        time.sleep(BLINK)
    for lock in (folder / "data" / LOCK_FILE, socket_folder(folder) / f".s.PGSQL.{PORT}.lock"):
        if (pid := locked_by(lock)) and is_taken(pid):
            lock.unlink()  # by a zombie or a foreign process: no server of ours is alive


def _spawn(
    account: Account, command: list[str], log: Path, *, detached: bool
) -> tuple[int, subprocess.Popen[bytes] | None]:
    told = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        child = subprocess.Popen(  # noqa: S603  our own binaries; the shell gets them as arguments
            ["/bin/sh", "-c", _DETACH, *command] if detached else command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if detached else told,
            stderr=told,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,  # a Ctrl-C is for us; we then stop the server in good order
            **run_as(account),
        )
    finally:
        os.close(told)
    return (int(child.communicate()[0]), None) if detached else (child.pid, child)


def _wait(folder: Path, until: float, begins: int = 0) -> None:
    if time.monotonic() > until:
        raise Refusal("database.not_ready", folder=str(folder), told=_told(folder, begins))
    time.sleep(BLINK)


def _told(folder: Path, begins: int) -> str:
    """Return the end of what the log tells from byte `begins` on."""
    try:
        with log_of(folder).open("rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - 2000, begins))
            return log.read().decode(errors="replace").strip()
    except FileNotFoundError:
        return ""
