"""The trace over HTTP, for those whose duty is to supervise; that they read it is in it, too."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, get
from litestar.params import FromQuery, QueryParameter

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.trace import Sought, TracePage
from yuzhi.doors.api._needs import administering
from yuzhi.doors.api._sound import AskedInstant, instant
from yuzhi.store.postgres.pool import acquired


@get("/traces")
async def traces(
    request: Request[Any, Any, Any],
    kind: FromQuery[str] = "",
    actor: FromQuery[str] = "",
    account: FromQuery[str] = "",
    subject: FromQuery[str] = "",
    matter: FromQuery[UUID | None] = None,
    at_from: AskedInstant = None,
    at_to: AskedInstant = None,
    after: FromQuery[str] = "",
    most: Annotated[int, QueryParameter(ge=1, le=trace.MOST_ROWS)] = 50,
) -> TracePage:
    """Search the trace of one's ground, the newest first: sign-ins, refusals, permissions, exports…"""
    handed, who, now = administering(request, "traces.read")
    words = (kind, actor, account, subject)
    if any("\0" in word or len(word) > trace.LONGEST for word in words):
        raise Refusal("list.bad_filter", name="kind")
    sought = Sought(*words, matter=matter, at_from=instant("at_from", at_from), at_to=instant("at_to", at_to))
    page = await trace.search(handed.pool, who.reach, sought, after=after, most=most)
    if not after:
        async with acquired(handed.pool) as conn:
            filters = dict(zip(("kind", "actor", "account", "of"), words, strict=True))
            await trace.note(
                conn, "trace_read", by=who.name, at=now, territory=who.ground, matter=matter, sought=filters
            )
    return page


HANDLERS = (traces,)
