"""What just changed, as Server-Sent Events: one reader a process, each listener shown what it may see."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from time import monotonic
from typing import Annotated, Any
from uuid import UUID

import msgspec
import structlog
from litestar import Request, get
from litestar.params import HeaderParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import Struct

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import NOWHERE, Change, Point, changes_since, newest_change
from yuzhi.doors.api._guard import glance
from yuzhi.doors.api._needs import ApiNeeds, asker, asking

log = structlog.get_logger()

PAUSE = 0.3  # seconds between looks while somebody listens
KEEP_ALIVE = 15.0  # seconds
CHECKED = 10.0  # seconds until it is asked again whether a listener may still see what they see
MOST = 500
BACKLOG = 1000
_ID = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)


class ChangeView(Struct, frozen=True):
    """One entry's worth of news about a matter."""

    matter: UUID
    number: str
    procedure: str
    version: int
    step: str
    state: str
    at: datetime


Listening = asyncio.Queue[Change | None]
"""What a listener reads from; None ends it."""


class Feed:
    """Reads new entries once for everybody who listens in this process."""

    def __init__(self, handed: ApiNeeds) -> None:
        self._handed = handed
        self._listeners: set[Listening] = set()
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Listening]:
        """Lend a queue that receives every change from now on."""
        queue: Listening = asyncio.Queue(BACKLOG)
        async with self._starting:  # or two who come at once would start two readers
            if self._reading is None or self._reading.done():
                point = await newest_change(self._handed.pool) or NOWHERE
                self._reading = asyncio.create_task(self._read(point))
            self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End every listener, for the process is about to stop."""
        for queue in self._listeners:
            _put(queue, None)

    async def _read(self, point: Point) -> None:
        while self._listeners:
            found: Sequence[Change] = ()
            try:
                found = await changes_since(self._handed.pool, point, MOST)
            except Refusal as refusal:
                log.warning("changes are not to be had", code=refusal.code)
            except Exception:
                log.exception("reading changes broke")
            for change in found:
                point = change.point
                for queue in self._listeners:
                    _put(queue, change)
            if len(found) < MOST:
                await asyncio.sleep(PAUSE)


def _put(queue: Listening, change: Change | None) -> None:
    """Hand a change to a listener; one that lags too far behind is ended, and comes back where it was."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        change = None
    queue.put_nowait(change)


def sees(by: Actor, change: Change) -> bool:
    """Say whether a change is about a matter somebody may see."""
    if by.hand == "requester":
        return change.requester is not None and str(change.requester) == by.id
    return by.covers_place(change.territory) or by.unit in change.units


@get("/changes", media_type="text/event-stream")
async def changes(
    request: Request[Any, Any, Any],
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=40)] = None,
) -> ServerSentEvent:
    """Stream changes to the matters this post may see; goes on after `Last-Event-ID` if that is given."""
    handed, by, _ = asking(request)
    newest = await newest_change(handed.pool) or NOWHERE  # trouble is told before the stream begins
    # A point from before the database was moved to another server may lie beyond all there is.
    start = min(_point(last_event_id), newest) if last_event_id else newest
    feed: Feed = request.app.state["feed"]
    return ServerSentEvent(_events(handed, feed, Standing(request, handed, by), start))


def _point(last_event_id: str) -> Point:
    if not (found := _ID.fullmatch(last_event_id)):
        raise Refusal("list.bad_cursor")
    return Point(int(found[1]), int(found[2]))


class Standing:
    """What a listener may see, looked at anew while they listen: a stream outlives the request it came by."""

    def __init__(self, request: Request[Any, Any, Any], handed: ApiNeeds, by: Actor) -> None:
        self._request, self._handed, self.by = request, handed, by
        self._looked_at = monotonic()

    async def still_holds(self) -> bool:
        """Say whether they are who they were, with the reach they had; asked as often as one likes."""
        now = monotonic()
        if asker(self._request).signed is None or now - self._looked_at < CHECKED:
            return True
        self._looked_at = now
        try:
            found = await glance(self._request)
        except Refusal:
            return False
        return found == self.by


async def _events(
    handed: ApiNeeds, feed: Feed, standing: Standing, sent: Point
) -> AsyncIterator[ServerSentEventMessage]:
    by = standing.by
    async with feed.listen() as queue:
        # With the place alone, who hears nothing before the stream breaks goes on from here all the same.
        yield ServerSentEventMessage(data=None, comment="listening", id=_id(sent))
        is_behind = True
        while is_behind:
            missed = await changes_since(handed.pool, sent, MOST)
            if not await standing.still_holds():
                return
            for change in missed:
                sent = change.point
                if sees(by, change):
                    yield _event(change)
            is_behind = len(missed) == MOST
        async for message in _live(queue, standing, sent):
            yield message


async def _live(queue: Listening, standing: Standing, sent: Point) -> AsyncIterator[ServerSentEventMessage]:
    """Yield what comes after a point as it happens, until the listener is ended or no more who they were."""
    while True:
        try:
            async with asyncio.timeout(KEEP_ALIVE):
                news = await queue.get()
        except TimeoutError:
            if not await standing.still_holds():
                return
            yield _comment("still here")
            continue
        if news is None:
            return
        if news.point <= sent:
            continue
        sent = news.point
        if not await standing.still_holds():
            return
        if sees(standing.by, news):
            yield _event(news)


def _comment(text: str) -> ServerSentEventMessage:
    """Return a line that no listener sees; with data, even empty, it would be an event."""
    return ServerSentEventMessage(data=None, comment=text)


def _event(change: Change) -> ServerSentEventMessage:
    view = ChangeView(
        matter=change.matter, number=change.number, procedure=change.procedure,
        version=change.version, step=change.step, state=change.state, at=change.at,
    )  # fmt: skip
    return ServerSentEventMessage(
        data=msgspec.json.encode(view).decode(), event="matter", id=_id(change.point)
    )


def _id(point: Point) -> str:
    return f"{point.transaction}-{point.position}"


HANDLERS = (changes,)
