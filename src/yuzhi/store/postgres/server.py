"""Our own supervisor of one PostgreSQL server: started as our child, joined, left, stopped.

Two lock files order the processes of one folder, and the kernel frees both when a process is killed:
`server.lock` is held while a server is started or stopped; `users.lock` is shared by the processes
that use it, so that the last one to leave stops it. No SQL is spoken here.
"""

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.account import Account, account_for
from yuzhi.store.postgres.binaries import find_binaries, readable_by
from yuzhi.store.postgres.cluster import (
    ELSEWHERE,
    configure,
    data_version,
    make,
    place,
    prepare,
    socket_folder,
)
from yuzhi.store.postgres.configuration import DATABASE, PORT, ROLE, SUPERUSER
from yuzhi.store.postgres.postmaster import running
from yuzhi.store.postgres.process import BLINK, MOMENT, bring_down, bring_up, log_of, settled


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a server; `major` is the PostgreSQL version of the data, once there is data."""

    folder: Path
    is_running: bool
    is_ready: bool  # takes connections
    is_detached: bool  # goes on until it is stopped
    pid: int | None
    started_at: datetime | None
    major: int | None


class Server:
    """The PostgreSQL server of `folder`. Every refusal it raises begins with `database.`.

    As a context manager it starts the server, or joins the one that runs, and on leaving stops it
    unless another process uses it or it was started detached.
    """

    def __init__(self, folder: Path, *, binaries: Path | None = None, elsewhere: Path = ELSEWHERE) -> None:
        self._given = folder.expanduser().absolute()
        self._elsewhere = elsewhere
        self._binaries = binaries
        self._child: subprocess.Popen[bytes] | None = None
        self._share: int | None = None  # our hold on users.lock

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    @property
    def folder(self) -> Path:
        """Where all of it is: as given, or what a link there leads to (see `cluster.place`)."""
        return self._given.resolve()

    @property
    def dsn(self) -> str:
        """The address of the platform's database, for asyncpg, SQLAlchemy and libpq."""
        return self._address(ROLE, DATABASE)

    @property
    def superuser_dsn(self) -> str:
        """The address for work on the whole cluster: roles, databases, settings."""
        return self._address(SUPERUSER, "postgres")

    @property
    def log(self) -> Path:
        """What the server tells, of this start and of those before."""
        return log_of(self.folder)

    def start(self, *, detached: bool = False, timeout: float = 120) -> None:
        """Start the server, made first if there is none, or join the one that runs; return once it is ready.

        Detached, it goes on when we end, until `stop`. `timeout` (seconds) covers recovery after a
        crash; a server that is still at it is left to go on, and `database.not_ready` raised.
        """
        until = time.monotonic() + timeout
        with self._changing(until, may_place=True) as account:
            self._reap()
            if settled(self.folder, account, until) is None:
                self._bring_up(account, detached=detached, until=until)
            if detached:
                self._detached.touch(mode=0o600)
            elif self._share is None:
                self._share = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._share, fcntl.LOCK_SH)

    def release(self, *, timeout: float = 60) -> None:
        """Have done with the server: stop it if we were its last user and it was not started detached."""
        if self._share is None:
            return
        until = time.monotonic() + timeout
        with self._changing(until) as account:
            is_last = _try_lock(self._share)
            self._leave()
            if is_last and not self._detached.exists():
                self._bring_down(account, until)

    def stop(self, *, timeout: float = 60) -> bool:
        """Stop the server for all who use it; tell whether there was one.

        Sessions end at once and a checkpoint is written (SIGINT). A server that has not ended after
        `timeout` seconds is ended without (SIGQUIT) and recovers at its next start, nothing lost.
        """
        if not self.folder.is_dir():
            return False
        until = time.monotonic() + timeout
        with self._changing(until) as account:
            self._leave()
            return self._bring_down(account, until)

    def status(self) -> Status:
        """Return what is known now, waiting for nothing."""
        self._reap()
        found = running(self._data, account_for(self._data).uid) if self._data.is_dir() else None
        return Status(
            folder=self.folder,
            is_running=found is not None,
            is_ready=found is not None and found.status == "ready",
            is_detached=found is not None and self._detached.exists(),
            pid=found.pid if found else None,
            started_at=found.started_at if found else None,
            major=data_version(self._data),
        )

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _detached(self) -> Path:
        return self.folder / "detached"

    def _address(self, role: str, database: str) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(socket_folder(self.folder)))}&port={PORT}"

    @contextmanager
    def _changing(self, until: float, *, may_place: bool = False) -> Iterator[Account]:
        """Hold server.lock, and tell as a Refusal what the operating system denies us."""
        try:
            if may_place:
                place(self._given, self._elsewhere)
            account = prepare(self.folder)
            lock = os.open(self.folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                while not _try_lock(lock):
                    if time.monotonic() > until:
                        raise Refusal("database.busy", folder=str(self.folder))
                    time.sleep(BLINK)
                yield account
            finally:
                os.close(lock)
        except OSError as failed:
            told = f"{failed.strerror or failed}: {failed.filename or self.folder}"
            raise Refusal("database.folder_unusable", folder=str(self.folder), told=told) from failed

    def _leave(self) -> None:
        if self._share is not None:
            os.close(self._share)
            self._share = None

    def _bring_up(self, account: Account, *, detached: bool, until: float) -> None:
        binaries = readable_by(account, find_binaries(self._binaries), self.folder / "binaries")
        version = data_version(self._data)
        if version is None:
            make(self.folder, account, binaries)
        elif version != binaries.major:
            raise Refusal(
                "database.other_version", folder=str(self.folder), data=version, binaries=binaries.major
            )
        self._reap(MOMENT)  # of one killed just now
        configure(self.folder, account)
        self._detached.unlink(missing_ok=True)
        self._child = bring_up(self.folder, account, binaries, detached=detached, until=until)

    def _bring_down(self, account: Account, until: float) -> bool:
        was_running = bring_down(self.folder, account, until)
        self._detached.unlink(missing_ok=True)
        self._reap(MOMENT)
        return was_running

    def _reap(self, wait: float = 0) -> None:
        """Let a child that ended go, or it stays a zombie."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(wait)
                self._child = None


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
