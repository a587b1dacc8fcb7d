"""Is the process alive, is it ready to serve."""

from typing import Any

from litestar import Request, get
from msgspec import Struct

from yuzhi.doors.api._needs import asker, needs
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.wording import word
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


class Impairment(Struct, frozen=True):
    """Something that works less well than it should: its code, what is the matter, what to do."""

    code: str
    says: str
    do: str


class WarningsView(Struct, frozen=True):
    """How the system is: `ok`, or `impaired` with what is wrong. Only posts are told what."""

    status: str
    warnings: tuple[Impairment, ...]


@get("/status")
async def warnings(request: Request[Any, Any, Any]) -> WarningsView:
    """Say how the system is, and to posts what is wrong with it."""
    handed, who = needs(request), asker(request)
    found = await handed.adviser.warnings(handed.packs())
    told = [(one, word(one, language_of(request))) for one in found]
    is_post = who.actor is not None and who.actor.hand == "post"
    return WarningsView(
        status="impaired" if found else "ok",
        warnings=tuple(Impairment(one.code, said.says, said.do) for one, said in told) if is_post else (),
    )


HANDLERS = (live, ready)
