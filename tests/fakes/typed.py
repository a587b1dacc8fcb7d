"""Commands as they are typed, each in a process of its own.

Loading the libraries takes longer than most commands do. One process loads them once, and for each command
a copy of it is made that goes on from there; that a command loads by itself is seen where one is killed.
"""

import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from yuzhi.wiring import COMMANDS, main

_LOADED = sorted({named.partition(":")[0] for one in COMMANDS for named in (one.app, one.needs) if named})


def run_typed(words: tuple[str, ...], environ: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a command with variables of the environment added; return its exit code and what it wrote."""
    copying = multiprocessing.get_context("forkserver")
    copying.set_forkserver_preload([__name__, *_LOADED])
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = copying.Process(target=_type, args=(words, dict(environ), out, err))
        process.start()
        process.join()
        assert process.exitcode is not None
        code = process.exitcode
        process.close()
        return code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8")


def _type(words: tuple[str, ...], environ: Mapping[str, str], out: Path, err: Path) -> None:
    """Be the `yuzhi` script, begun with nothing to read and two files to write to."""
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    for number, file in ((1, out), (2, err)):
        with file.open("wb") as opened:
            os.dup2(opened.fileno(), number)
    os.environ |= environ
    sys.argv = ["yuzhi", *words]
    main()


class Typed:
    """Types commands of one group, of one installation."""

    def __init__(self, dsn: str, home: Path, group: str) -> None:
        self.dsn, self.home, self.group = dsn, home, group

    async def __call__(self, *words: str) -> tuple[int, Any]:
        """Return the exit code and what was printed, or refused, as JSON."""
        environ = {"YUZHI_HOME": str(self.home), "YUZHI_DATABASE_URL": self.dsn, "YUZHI_LANGUAGE": "en"}
        code, out, err = await asyncio.to_thread(run_typed, (self.group, *words, "--json"), environ)
        return code, json.loads(out if code == 0 else err.splitlines()[-1])
