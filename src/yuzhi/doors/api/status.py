"""Is the process alive, is it ready to serve."""

from typing import Any

from litestar import Request, get
from msgspec import Struct

from yuzhi.doors.api._needs import needs
from yuzhi.store.postgres.pool import acquired


class StatusView(Struct, frozen=True):
    """A short word on how the process is."""

    status: str


@get("/health/live", sync_to_thread=False)
def live() -> StatusView:
    """Say that the process runs."""
    return StatusView("alive")


@get("/health/ready")
async def ready(request: Request[Any, Any, Any]) -> StatusView:
    """Say that the database answers; otherwise 503."""
    async with acquired(needs(request).pool) as conn:
        await conn.fetchval("select 1")
    return StatusView("ready")


HANDLERS = (live, ready)
