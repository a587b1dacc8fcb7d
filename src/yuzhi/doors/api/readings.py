"""Readings of instruments over HTTP: CloudEvents go in, and how the sensors are comes out."""

from typing import Any

import msgspec
from litestar import Request, get, post
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import sensors
from yuzhi.capabilities.deliveries import check_signature
from yuzhi.capabilities.sensors import StatusView
from yuzhi.doors.api._needs import asker, asking, needs
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.wording import word
from yuzhi.store.postgres.pool import acquired

AnyRequest = Request[Any, Any, Any]


class RefusedEvent(Struct, frozen=True):
    """An event of a batch that held no readings: its place in the batch, its id, and why."""

    place: int
    id: str
    code: str
    says: str


class TakenIn(Struct, frozen=True):
    """How many readings were taken in to be judged, and which events of the batch were refused."""

    readings: int
    refused: tuple[RefusedEvent, ...]


@post("/readings", status_code=202)
async def take_readings(request: AnyRequest) -> TakenIn:
    """Take in CloudEvents 1.0 (structured, batched, binary) that hold readings, from a token or signed."""
    handed, now = needs(request), needs(request).now()
    body = await request.body()
    if "webhook-signature" in request.headers:
        check_signature(handed.reading_keys, request.headers, body, now)
    else:
        _, by, _ = asking(request)
        if by.hand != "post" or asker(request).session_token:
            raise Refusal("sign_in.needed")
    told = sensors.read_events(request.headers, body, now)
    readings = [reading for one in told for reading in one.readings]
    if readings:
        await sensors.put_in_inbox(handed.pool, msgspec.json.encode(readings), now)
    language = language_of(request)
    refused = tuple(
        RefusedEvent(place, one.id, one.refusal.code, word(one.refusal, language).says)
        for place, one in enumerate(told)
        if one.refusal is not None
    )
    return TakenIn(readings=len(readings), refused=refused)


@get("/sensors/status")
async def status(request: AnyRequest) -> StatusView:
    """Say how the sensors are: alarms that go on, and what was counted, refused and dropped."""
    handed, by, _ = asking(request)
    if by.hand != "post":
        raise Refusal("sign_in.needed")
    async with acquired(handed.pool) as conn:
        return await sensors.status(conn)


HANDLERS = (take_readings, status)
