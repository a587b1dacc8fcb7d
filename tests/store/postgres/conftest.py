"""What tests of the embedded server share: a folder its user may pass."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

IN_MEMORY = Path("/dev/shm")


def _suits() -> bool:
    """Say whether memory will do: what was written there outlives a kill, and a busy disk slows nothing."""
    if not IN_MEMORY.is_dir() or shutil.disk_usage(IN_MEMORY).free < 1 << 30:
        return False
    return os.access(IN_MEMORY, os.W_OK) and not os.statvfs(IN_MEMORY).f_flag & os.ST_NOEXEC


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A short path that is open to the server's user, unlike pytest's own when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="yz-", dir=IN_MEMORY if _suits() else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
