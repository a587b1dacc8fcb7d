"""What a study leaves in a pack's folder, and how it is read: names of files, its record, its issues."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from yuzhi.capabilities.understanding.issues import Issue
from yuzhi.store.whole import write_whole

ROUTER: Final = "router.npz"
ISSUES: Final = "issues.json"
STUDIED: Final = "studied.json"


class Studied(Struct, frozen=True):
    """What a night's study came to; `problem` is the code of a refusal where no model was made."""

    at: datetime
    closed: int
    version: str = ""
    is_promoted: bool = False
    problem: str = ""
    routes: int = 0
    issues: int = 0


def record(folder: Path, done: Studied) -> None:
    """Write down what a study came to."""
    write_whole(folder / STUDIED, msgspec.json.encode(done))


def record_issues(folder: Path, found: Sequence[Issue]) -> None:
    """Write down the hot issues that were found."""
    write_whole(folder / ISSUES, msgspec.json.encode(found))


def read_issues(path: Path) -> tuple[Issue, ...]:
    """Return the issues found last; none if there are none or they cannot be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Issue, ...])
    except (OSError, msgspec.MsgspecError):
        return ()


def read_studied(folder: Path) -> Studied | None:
    """Return what the last study came to, None if there was none or its record cannot be read."""
    try:
        return msgspec.json.decode((folder / STUDIED).read_bytes(), type=Studied)
    except (OSError, msgspec.MsgspecError):
        return None
