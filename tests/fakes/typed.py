"""Commands as they are typed, in a process of their own."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any


class Typed:
    """Types commands of one group, of one installation."""

    def __init__(self, dsn: str, home: Path, group: str) -> None:
        self.dsn, self.home, self.group = dsn, home, group

    async def __call__(self, *words: str) -> tuple[int, Any]:
        """Return the exit code and what was printed, or refused, as JSON."""
        environ = {
            **os.environ, "YUZHI_HOME": str(self.home), "YUZHI_DATABASE_URL": self.dsn, "YUZHI_LANGUAGE": "en"
        }  # fmt: skip
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from yuzhi.wiring import main; main()", self.group, *words, "--json",
            env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await running.communicate()
        told = out if running.returncode == 0 else err.splitlines()[-1]
        return running.returncode or 0, json.loads(told)
