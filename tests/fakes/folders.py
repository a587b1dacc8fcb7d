"""Folders for servers under test: short (a socket's path may not be long), open to another user, fast."""

import os
import shutil
import tempfile
from pathlib import Path

IN_MEMORY = Path("/dev/shm")


def open_folder() -> Path:
    """Make a folder that any user may pass, in memory where there is room; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix="yz-", dir=IN_MEMORY if _suits(IN_MEMORY) else None))
    folder.chmod(0o755)
    return folder


def _suits(place: Path) -> bool:
    if not place.is_dir() or shutil.disk_usage(place).free < 1 << 30:
        return False
    return os.access(place, os.W_OK) and not os.statvfs(place).f_flag & os.ST_NOEXEC
