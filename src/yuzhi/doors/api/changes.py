"""What just changed, as Server-Sent Events: one reader a process, each listener shown what it may see."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
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
from yuzhi.capabilities.matters import Change, changes_since, newest_change
from yuzhi.doors.api._needs import ApiNeeds, asking

log = structlog.get_logger()

PAUSE = 0.3  # seconds between looks while somebody listens
KEEP_ALIVE = 15.0  # seconds
MOST = 500
BACKLOG = 1000


class ChangeView(Struct, frozen=True):
    """One entry's worth of news about a matter."""

    matter: UUID
    number: str
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

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Listening]:
        """Lend a queue that receives every change from now on."""
        queue: Listening = asyncio.Queue(BACKLOG)
        self._listeners.add(queue)
        if self._reading is None or self._reading.done():
            position = await newest_change(self._handed.pool)
            self._reading = asyncio.create_task(self._read(position))
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def close(self) -> None:
        """End every listener, for the process is about to stop."""
        for queue in self._listeners:
            _put(queue, None)

    async def _read(self, position: int) -> None:
        while self._listeners:
            try:
                found = await changes_since(self._handed.pool, position, MOST)
            except Refusal as refusal:
                log.warning("changes are not to be had", code=refusal.code)
                await asyncio.sleep(1)
                continue
            for change in found:
                position = change.position
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
    last_event_id: Annotated[str | None, HeaderParameter(name="Last-Event-ID", max_length=20)] = None,
) -> ServerSentEvent:
    """Stream changes to the matters this post may see; goes on after `Last-Event-ID` if that is given."""
    handed, by, _ = asking(request)
    if last_event_id is not None and not (last_event_id.isascii() and last_event_id.isdigit()):
        raise Refusal("list.bad_cursor")
    feed: Feed = request.app.state["feed"]
    return ServerSentEvent(_events(handed, feed, by, int(last_event_id) if last_event_id else None))


async def _events(
    handed: ApiNeeds, feed: Feed, by: Actor, position: int | None
) -> AsyncIterator[ServerSentEventMessage]:
    async with feed.listen() as queue:
        sent = position or 0
        while position is not None:
            missed = await changes_since(handed.pool, position, MOST)
            for change in missed:
                sent = position = change.position
                if sees(by, change):
                    yield _event(change)
            if len(missed) < MOST:
                break
        yield ServerSentEventMessage(comment="listening")
        while True:
            try:
                async with asyncio.timeout(KEEP_ALIVE):
                    news = await queue.get()
            except TimeoutError:
                yield ServerSentEventMessage(comment="still here")
                continue
            if news is None:
                return
            if news.position > sent and sees(by, news):
                yield _event(news)


def _event(change: Change) -> ServerSentEventMessage:
    view = ChangeView(
        matter=change.matter, number=change.number, version=change.version, step=change.step,
        state=change.state, at=change.at,
    )  # fmt: skip
    return ServerSentEventMessage(
        data=msgspec.json.encode(view).decode(), event="matter", id=str(change.position)
    )


HANDLERS = (changes,)
