"""How the machine stands, over HTTP, for those on duty; scripts that watch it ask the same."""

from typing import Any

from litestar import Request, get
from msgspec import Struct

from yuzhi.capabilities.condition import ConditionView, condition_of, warnings_of
from yuzhi.doors.api._needs import administering
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api.status import Impairment
from yuzhi.doors.wording import word
from yuzhi.store.postgres.pool import acquired


class SystemView(Struct, frozen=True):
    """How the machine stands, and what is wrong with it, the gravest first."""

    condition: ConditionView
    warnings: tuple[Impairment, ...]


@get("/admin/system")
async def system(request: Request[Any, Any, Any]) -> SystemView:
    """Tell database, processes, queues and their lag, sensors, disk, and what to do about what is wrong."""
    handed, _, now = administering(request, "system.read")
    async with acquired(handed.pool) as conn:
        seen = await condition_of(conn, handed.admin.machine, handed.packs(), now)
    found = [*warnings_of(seen, handed.office.calendar), *await handed.adviser.warnings(handed.packs())]
    told = [(one.code, word(one, language_of(request))) for one in found]
    return SystemView(seen, tuple(Impairment(code, said.says, said.do) for code, said in told))


HANDLERS = (system,)
