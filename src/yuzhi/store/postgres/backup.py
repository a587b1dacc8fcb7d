"""A whole database into one file and back, by PostgreSQL's own pg_dump, pg_restore and psql.

Either ends whole or leaves nothing: the file appears when it is complete and was read through, and a
restore is one transaction.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import unquote, urlsplit, urlunsplit

from yuzhi.base.refusal import Refusal
from yuzhi.store.postgres.binaries import Binaries, find_binaries

_COUNT = """
select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
"""
_HEAD, _PIECE = 4096, 1 << 20  # bytes
_UNKNOWN_TO_OLDER = b"SET transaction_timeout = 0;\n"
"""Stands at the head of what pg_restore writes; servers before 17 do not know it, nor do we need it."""

_BEGIN = "begin; set local lock_timeout = '10s'; set local client_min_messages = warning;\n"
_EMPTY = """
do $$ declare name text; begin
  for name in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
  loop execute format('drop schema %I cascade', name); end loop;
end $$;
create schema public;
alter schema public owner to pg_database_owner;
grant usage on schema public to public;
"""


def backup(dsn: str, file: Path, *, binaries: Path | None = None) -> int:
    """Write the database at `dsn`, as it is at one instant, to `file` (mode 0600); return its bytes.

    The form is pg_dump's custom one, without owners and rights, so that any role can restore it. A
    file of that name is replaced once the new one is complete. Raises Refusal `database.backup_failed`
    with what was told, and `database.program_missing`.
    """
    tools = _Tools(dsn, find_binaries(binaries))
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    form = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s"]
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            tools.run("pg_dump", *form, f"--file={unfinished.absolute()}", tools.address)
            tools.read_through(unfinished)
            _sync(unfinished)
            unfinished.rename(file)
            _sync(file.absolute().parent)
        finally:
            unfinished.unlink(missing_ok=True)
    except (OSError, _FailedError) as failed:
        raise Refusal("database.backup_failed", file=str(file), told=str(failed)) from failed
    return file.stat().st_size


def read_through(file: Path, *, binaries: Path | None = None) -> None:
    """Read the whole of a backup; raise Refusal `database.backup_unreadable` if it is cut short or spoilt."""
    try:
        _Tools("", find_binaries(binaries)).read_through(file)
    except (OSError, _FailedError) as failed:
        raise Refusal("database.backup_unreadable", file=str(file), told=str(failed)) from failed


def restore(dsn: str, file: Path, *, replace: bool = False, binaries: Path | None = None) -> None:
    """Fill the empty database at `dsn` from a file of `backup`; one that is not empty only with `replace`.

    Emptying and filling are one transaction. Raises Refusal `database.backup_unreadable` (found before
    anything is touched), `database.not_empty` with `things` (the number of tables, views and sequences),
    `database.restore_failed` with what was told (all is as it was), and `database.program_missing`.
    """
    read_through(file, binaries=binaries)
    tools = _Tools(dsn, find_binaries(binaries))
    try:
        things = int(tools.run("psql", "--no-psqlrc", "-At", "-c", _COUNT, tools.address))
        if things and not replace:
            raise Refusal("database.not_empty", things=things)
        tools.pour(file, _BEGIN + _EMPTY if replace else _BEGIN)
    except (OSError, _FailedError) as failed:
        raise Refusal("database.restore_failed", file=str(file), told=str(failed)) from failed
    with suppress(_FailedError):  # only a service to the planner, which gathers figures by itself later
        tools.run("psql", "--no-psqlrc", "-c", "analyze", tools.address)


class _FailedError(Exception):
    """A program failed; the text is what it told."""


class _Tools:
    """The client programs, aimed at one database; a password goes by the environment, unseen by `ps`."""

    def __init__(self, dsn: str, binaries: Binaries) -> None:
        parts = urlsplit(dsn)
        user, at, host = parts.netloc.rpartition("@")
        name, _, password = user.partition(":")
        self.address = f"--dbname={urlunsplit(parts._replace(netloc=name + at + host))}"
        self._binaries = binaries
        self._environment = {**os.environ, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10"}
        if password:
            self._environment["PGPASSWORD"] = unquote(password)

    def run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  PostgreSQL's own programs, no shell
            [self._binaries.program(program), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            stdin=subprocess.DEVNULL,
            env=self._environment,
            umask=0o077,
        )
        if done.returncode:
            raise _FailedError(done.stderr.strip()[-2000:])
        return done.stdout

    def read_through(self, file: Path) -> None:
        """Read the whole of a backup, which finds one that is cut short or spoilt."""
        file.open("rb").close()
        self.run("pg_restore", "--file=/dev/null", str(file.absolute()))

    def pour(self, file: Path, begin: str) -> None:
        """Run a backup's statements after `begin`, and commit only if all of the file came out."""
        pg_restore, psql = (str(self._binaries.program(name)) for name in ("pg_restore", "psql"))
        whole = [pg_restore, "--no-owner", "--no-privileges", "--file=-", str(file.absolute())]
        with TemporaryFile() as told:
            taking = subprocess.Popen(  # noqa: S603  PostgreSQL's own programs, no shell
                [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", self.address],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=told,
                env=self._environment,
            )
            assert taking.stdin is not None
            is_whole = False
            with suppress(BrokenPipeError), taking.stdin:  # psql gave up: it told why
                taking.stdin.write(begin.encode())
                taking.stdin.flush()
                with subprocess.Popen(  # noqa: S603  PostgreSQL's own programs, no shell
                    whole, stdout=subprocess.PIPE, stderr=told
                ) as giving:
                    assert giving.stdout is not None
                    taking.stdin.write(giving.stdout.read(_HEAD).replace(_UNKNOWN_TO_OLDER, b""))
                    shutil.copyfileobj(giving.stdout, taking.stdin, _PIECE)
                if is_whole := giving.returncode == 0:
                    taking.stdin.write(b"commit;\n")
            if taking.wait() or not is_whole:
                told.seek(0)
                raise _FailedError(told.read().decode(errors="replace").strip()[:2000])


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
