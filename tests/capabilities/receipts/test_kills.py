"""Processes that put the log together, killed at any moment: what was vouched for stays so."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import asyncpg

import fakes.publisher
from fakes.logbook import a_log, write
from yuzhi.capabilities.receipts import Checkpoint, audit, open_checkpoint, publish
from yuzhi.capabilities.receipts._merkle import consistency_path, continues
from yuzhi.capabilities.receipts._tiles import TileNodes

ROUNDS = 10


async def publisher(dsn: str, home: Path) -> asyncio.subprocess.Process:
    script = Path(fakes.publisher.__file__)
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), dsn, str(home), stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(script.parents[1])},
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def test_kill_nine_at_any_moment(fresh_database: str, pool: asyncpg.Pool, tmp_path: Path) -> None:
    log = a_log(pool, tmp_path)
    chance = random.Random(8311)
    before: Checkpoint | None = None
    written = 0
    grown = 0
    for round_ in range(ROUNDS):
        working = [await publisher(fresh_database, tmp_path) for _ in range(1 + round_ % 2)]
        for _ in range(chance.randrange(4, 16)):
            some = chance.randrange(1, 120)
            await write(pool, [(written + n, 1) for n in range(some)])
            written += some
            await asyncio.sleep(chance.random() * 0.02)
        for process in working:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        note = log.folder.checkpoint()
        if note is None:
            continue
        after = open_checkpoint(note, log.verifiers()).checkpoint
        if before is not None:
            path = consistency_path(TileNodes(log.folder.read_tile, after.size), before.size, after.size)
            assert continues(before.size, before.root, after.size, after.root, path)
            grown += after.size > before.size
        before = after

    assert grown >= ROUNDS // 2
    async with asyncio.timeout(20):
        done = await publish(log)
        # The server may not yet have seen that the last one is gone, or a checkpoint not be due yet.
        while done is None or done.size < written:
            await asyncio.sleep(0.05)
            done = await publish(log)
    audited = await audit(log)
    assert (audited.entries, audited.waiting, audited.altered) == (written, 0, ())
