"""Deliveries over HTTP: what became of letters, sending one again, and acknowledgements that come back."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import deliveries as room
from yuzhi.capabilities.deliveries import DeliveriesPage, TracedView
from yuzhi.doors.api._needs import asking, needs
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api.matters import matter_id

# `state` itself is a name the framework keeps for its own.
State = Annotated[str, QueryParameter(name="state", description="queued, sending, sent, acknowledged, dead")]


class Acknowledged(Struct, frozen=True):
    """How many deliveries an acknowledgement was about."""

    deliveries: int


@get("/deliveries")
async def listed(
    request: AnyRequest,
    in_state: State = "",
    channel: FromQuery[str | None] = None,
    matter: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> DeliveriesPage:
    """List deliveries about matters this post may see, newest first; `dead` have failed for good."""
    handed, by, _ = asking(request)
    return await room.deliveries(
        handed.pool, by, state=in_state, channel=channel,
        matter=await matter_id(handed, matter) if matter else None, after=after, most=most,
    )  # fmt: skip


@get("/deliveries/{delivery:uuid}")
async def shown(request: AnyRequest, delivery: FromPath[UUID]) -> TracedView:
    """Show one delivery with every attempt and the reason of each, and the same letter's other ways."""
    handed, by, _ = asking(request)
    return await room.trace(handed.pool, by, delivery)


@post("/deliveries/{delivery:uuid}/resend", status_code=200)
async def resend(request: AnyRequest, delivery: FromPath[UUID]) -> TracedView:
    """Send a delivery that failed for good once more."""
    handed, by, now = asking(request)
    if not handed.post.duties & by.duties:
        raise Refusal("delivery.not_your_duty", duty=sorted(handed.post.duties))
    await room.trace(handed.pool, by, delivery)  # one that may not be seen is not found
    if not await room.resend(handed.pool, delivery, now):
        raise Refusal("delivery.not_dead", delivery=str(delivery))
    return await room.trace(handed.pool, by, delivery)


@post("/acknowledgements/{channel:str}", status_code=200)
async def acknowledge(request: AnyRequest, channel: FromPath[str]) -> Acknowledged:
    """Take what a channel's other side says became of a message, signed in the Standard Webhooks format."""
    handed = needs(request)
    found = await room.acknowledge(
        handed.post.room, channel, {name.lower(): value for name, value in request.headers.items()},
        await request.body(), handed.now(),
    )  # fmt: skip
    return Acknowledged(deliveries=found)


HANDLERS = (listed, shown, resend, acknowledge)
