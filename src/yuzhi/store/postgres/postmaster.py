"""What a data folder says of its server (`postmaster.pid`), believed only if such a process is alive.

The file stays behind after a kill, and its number may since belong to anybody.
"""

import os
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

LOCK_FILE = "postmaster.pid"
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A live server on a data folder; `status` is starting, ready, stopping or standby."""

    pid: int
    started_at: datetime
    port: int
    socket_folder: Path
    status: str


def running(data: Path, uid: int) -> Postmaster | None:
    """Return the server alive on `data`, run by `uid`, or None; `data` is an absolute, resolved path."""
    pid = locked_by(data / LOCK_FILE)
    if pid is None or not serves(pid, data, uid):
        return None
    try:
        lines = (data / LOCK_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:  # it ended just now
        return None
    told = [line.strip() for line in lines] + [""] * 8
    return Postmaster(
        pid=pid,
        started_at=datetime.fromtimestamp(int(told[2]) if told[2].isdecimal() else 0, UTC),
        port=int(told[3]) if told[3].isdecimal() else 0,
        socket_folder=Path(told[4]),
        status=told[7] or "starting",
    )


def locked_by(lock: Path) -> int | None:
    """Return the process a lock file of PostgreSQL names, dead or alive, or None without such a file."""
    try:
        first = lock.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdecimal() and 0 < int(first) < 1 << 31 else None


def lives(pid: int) -> bool:
    """Tell whether there is a process `pid`, of whatever kind and user, that is no zombie."""
    if not is_taken(pid):
        return False
    try:
        state = _PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return not _PROC.joinpath("self").exists()
    return state.rpartition(")")[2].split()[0] != "Z"


def is_taken(pid: int) -> bool:
    """Tell whether the number `pid` is in use, be it by a zombie: then PostgreSQL believes its lock file."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def serves(pid: int, data: Path, uid: int) -> bool:
    """Tell whether process `pid` is a PostgreSQL server of `uid` on `data`; a zombie is none."""
    if not _PROC.joinpath("self/cmdline").exists():
        return _serves_by_ps(pid, data, uid)
    process = _PROC / str(pid)
    try:
        words = process.joinpath("cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        if process.stat().st_uid != uid or os.path.basename(words[0]) not in {b"postgres", b"postmaster"}:  # noqa: PTH119  bytes
            return False
        named = [os.path.realpath(word) for flag, word in pairwise(words) if flag == b"-D"]
        return os.fsencode(data) in named or process.joinpath("cwd").samefile(data)
    except OSError:
        return False


def _serves_by_ps(pid: int, data: Path, uid: int) -> bool:
    told = subprocess.run(  # noqa: S603  a number and fixed words
        ["/bin/ps", "-p", str(pid), "-o", "uid=", "-o", "command="],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(None, 1)
    return len(told) == 2 and told[0] == str(uid) and "postgres" in told[1] and f"-D {data}" in told[1]


def left_over(data: Path) -> list[int]:
    """Return the processes still working in `data`: those of a killed server end a moment after it.

    Knows nothing where there is no /proc or it is closed to us; PostgreSQL then looks at its shared memory.
    """
    return [int(entry.name) for entry in _PROC.glob("[0-9]*") if _works_in(entry, data)]


def _works_in(process: Path, data: Path) -> bool:
    try:
        return process.joinpath("cwd").samefile(data)
    except OSError:
        return False
