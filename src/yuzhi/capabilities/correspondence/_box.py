"""A box of mail on disk (Maildir): whatever is in `new` waits; nothing is there by half, nothing twice.

A mail is written to `tmp`, made durable and moved to `new`, as every mail server does it. What became a
matter is removed, for it is kept there; what did not is set aside by its code, to be looked at, and dropped
after a month.
"""

import os
import socket
import stat
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from yuzhi.base.refusal import Refusal

MOST_WAITING = 5_000
SET_ASIDE_FOR = timedelta(days=30)
MOST_SET_ASIDE = 20_000

_counter = count()


class Box:
    """One box. Its folders are made when they are first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, raw: bytes, now: datetime) -> Path:
        """Keep a mail, durably; raise Refusal `mail.box_full` when too many wait."""
        if len(self._names("new")) >= MOST_WAITING:
            raise Refusal("mail.box_full", most=MOST_WAITING, retry_after=60)
        for name in ("tmp", "new", "cur"):
            (self._folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        host = socket.gethostname().replace("/", "-")
        name = f"{now.timestamp():.6f}.P{os.getpid()}Q{next(_counter)}.{host}"
        written, kept = self._folder / "tmp" / name, self._folder / "new" / name
        with written.open("xb") as out:
            out.write(raw)
            out.flush()
            os.fsync(out.fileno())
        written.rename(kept)
        _sync(self._folder / "new")
        return kept

    def waiting(self, most: int) -> Sequence[Path]:
        """Return the oldest mails that wait."""
        return [self._folder / "new" / name for name in self._names("new")[:most]]

    def read(self, mail: Path, most: int) -> bytes:
        """Return a mail, nothing if somebody else has taken it.

        Raises Refusal `mail.too_large`, and `mail.unreadable` for what is no plain file.
        """
        try:
            told = mail.lstat()
            if not stat.S_ISREG(told.st_mode):
                raise Refusal("mail.unreadable", trouble="no plain file")
            if told.st_size > most:
                raise Refusal("mail.too_large", most=most)
            return mail.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise Refusal("mail.unreadable", trouble=type(error).__name__) from error

    def done(self, mail: Path) -> None:
        """Remove a mail that was taken in."""
        mail.unlink(missing_ok=True)

    def set_aside(self, mail: Path, code: str) -> None:
        """Set a mail aside by its code; when too many are, it is dropped."""
        folder = self._folder / "set-aside" / code
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if sum(1 for _ in folder.iterdir()) >= MOST_SET_ASIDE:
            self.done(mail)
        else:
            with suppress(FileNotFoundError):  # somebody else was quicker
                mail.rename(folder / mail.name)

    def forget(self, now: datetime) -> int:
        """Drop what was set aside long ago; return how many."""
        before = (now - SET_ASIDE_FOR).timestamp()
        old = [one for one in (self._folder / "set-aside").glob("*/*") if one.lstat().st_mtime < before]
        for one in old:
            one.unlink(missing_ok=True)
        return len(old)

    def set_aside_counts(self) -> dict[str, int]:
        """Return how many are set aside, by code."""
        found = sorted((self._folder / "set-aside").glob("*"))
        return {one.name: sum(1 for _ in one.iterdir()) for one in found if one.is_dir()}

    def _names(self, folder: str) -> list[str]:
        try:
            names = [one.name for one in (self._folder / folder).iterdir()]
        except FileNotFoundError:
            return []
        return sorted(name for name in names if not name.startswith("."))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
