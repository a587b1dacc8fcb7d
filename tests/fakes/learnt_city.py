"""A small served city that has learnt from its settled matters, with a routing that may use it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from fakes.closed import BEGAN, close_matters
from fakes.packs import SHIPPED
from fakes.served import Served, served
from fakes.studying import in_a_thread
from yuzhi.capabilities.understanding.learning import StudyDesk

PACK = "citizen-request"
HOUR = timedelta(hours=1)
LAMP: dict[str, Any] = {
    "subject": "春晓苑路灯不亮", "detail": "春晓苑路灯坏了", "category": "urban/road/lamp",
    "territory": "330212001",
}  # fmt: skip
AS_SHIPPED = "as shipped"


def packs_that_say(folder: Path, learnt: str) -> Path:
    """Copy the shipped packs, with what the routing of one says of learnt units (`AS_SHIPPED`: as it is)."""
    packs = folder / "packs"
    shutil.copytree(SHIPPED, packs)
    routing = packs / PACK / "routing.yaml"
    if learnt != AS_SHIPPED:
        lines = routing.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("learnt:")]
        routing.write_text("\n".join([*kept, learnt, ""]), encoding="utf-8")
    return packs


@asynccontextmanager
async def learnt_city(dsn: str, folder: Path, learnt: str) -> AsyncIterator[Served]:
    """Serve the city after a study of 220 settled matters."""
    async with served(dsn, folder, packs=(packs_that_say(folder, learnt),)) as made:
        async with made.pool.acquire() as conn:
            await close_matters(conn, 220)
            desk = StudyDesk(
                folder=made.assembly.adviser.library.folder,
                every=HOUR,
                packs=lambda: [PACK],
                run=in_a_thread,
            )
            await desk.study(conn, PACK, BEGAN + timedelta(days=30))
        yield made
