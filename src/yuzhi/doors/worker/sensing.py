"""Judges readings: from an MQTT broker and from the webhook's inbox, in one process of a city at a time.

A process of its own, for it may keep a core busy that clocks and letters must not wait for. A message that
the broker is to keep until it is done with (QoS 1) is acknowledged once what it changed is durable.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import aiomqtt
import asyncpg
import msgspec
import structlog

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.sensors import Absorber, Reading, clear_inbox, look_in_inbox, take_lead
from yuzhi.engine.definition import Pack
from yuzhi.store.postgres.pool import acquired, connect, guarded

log = structlog.get_logger()

MOST_WAITING = 50_000
"""Messages that may wait while the database is away; those beyond are dropped and counted."""
AT_ONCE = 1000
INBOX_AT_ONCE = 200
BEAT = 0.5  # seconds between looks at the inbox and at time passing
AGAIN = 2.0  # seconds until a broker or a database that is away is tried again
RELOAD = 60.0  # seconds between looks at the list of sensors
QUIET = logging.getLogger("yuzhi.mqtt")
QUIET.setLevel(logging.CRITICAL)  # a flood is counted, not told line by line


@dataclass(frozen=True)
class Broker:
    """Where readings are published; without an address there is no broker."""

    url: str
    topics: Sequence[str]
    client: str


@dataclass(frozen=True)
class SensingNeeds:
    """What judging readings is handed by the wiring."""

    office: Office
    pool: asyncpg.Pool
    dsn: str
    packs: Callable[[], Sequence[Pack]]
    broker: Broker
    now: Callable[[], datetime]


async def run(needs: SensingNeeds, stop: asyncio.Event, ready: Callable[[], None]) -> None:
    """Judge readings until told to stop; while another process does, wait for it to be gone."""
    while not stop.is_set():
        try:
            lead = await connect(needs.dsn, name="yuzhi sensors")
        except Refusal as refusal:
            log.warning("readings are not judged", code=refusal.code)
            await _pause(stop, AGAIN)
            continue
        try:
            with guarded():
                is_ours = await take_lead(lead)
            if is_ours:
                await _Sensing(needs, lead, stop, ready).go()
        except* Refusal as group:
            log.warning("readings are not judged", code=str(group.exceptions[0]))
        except* Exception:
            log.exception("judging readings broke")
        finally:
            lead.terminate()
        await _pause(stop, AGAIN)


class _Waiting(asyncio.Queue[aiomqtt.Message]):
    """Messages that wait; those for which there is no room are counted."""

    dropped = 0

    def put_nowait(self, item: aiomqtt.Message) -> None:
        try:
            super().put_nowait(item)
        except asyncio.QueueFull:
            self.dropped += 1


class _Client(aiomqtt.Client):
    """A client that acknowledges a message when it is told to, and not when it arrives."""

    def __init__(self, *arguments: Any, **more: Any) -> None:  # noqa: ANN401 - passed on as they are
        super().__init__(*arguments, **more)
        self._client.manual_ack_set(True)

    def done(self, message: aiomqtt.Message) -> None:
        """Acknowledge a message."""
        if message.qos:
            self._client.ack(message.mid, message.qos)


class _Sensing:
    """One process's time in the lead."""

    def __init__(
        self, needs: SensingNeeds, lead: asyncpg.Connection, stop: asyncio.Event, ready: Callable[[], None]
    ) -> None:
        self._needs, self._lead, self._stop, self._ready = needs, lead, stop, ready
        self._absorber = Absorber(needs.office, needs.pool, needs.packs())
        self._one_by_one = asyncio.Lock()

    async def go(self) -> None:
        await self._absorber.load()
        async with asyncio.TaskGroup() as tasks:
            others = [tasks.create_task(self._beat())]
            if self._needs.broker.url:
                others.append(tasks.create_task(self._listen()))
            self._ready()
            watching = tasks.create_task(self._watch())
            await watching
            for task in others:
                task.cancel()
        await self._absorber.settle(self._needs.now())
        await self._absorber.save_counts(self._needs.now())

    async def _watch(self) -> None:
        """Return when told to stop; raise when the lead is lost."""
        while not self._stop.is_set():
            if self._lead.is_closed():
                raise Refusal("store.unavailable", retry_after=5)
            await _pause(self._stop, 1)

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        reloaded = loop.time()
        while True:
            has_more = False
            try:
                if loop.time() - reloaded > RELOAD:
                    await self._absorber.load_sensors()
                    reloaded = loop.time()
                has_more = await self._inbox()
                async with self._one_by_one:
                    if self._absorber.take_rules(self._needs.packs()):
                        log.info("other rules are in force")
                    await self._absorber.settle(self._needs.now())
                    await self._absorber.save_counts(self._needs.now())
            except Refusal as refusal:
                log.warning("readings wait", code=refusal.code)
                await asyncio.sleep(AGAIN)
            await asyncio.sleep(0 if has_more else BEAT)

    async def _inbox(self) -> bool:
        """Judge what the webhook took in; say whether there may be more."""
        async with acquired(self._needs.pool) as conn:
            found = await look_in_inbox(conn, INBOX_AT_ONCE)
        if not found:
            return False
        async with self._one_by_one:
            for _, body in found:
                self._absorber.take(msgspec.json.decode(body, type=list[Reading]), self._needs.now())
            await self._absorber.settle(self._needs.now())
        async with acquired(self._needs.pool) as conn:
            await clear_inbox(conn, [position for position, _ in found])
        return len(found) == INBOX_AT_ONCE

    async def _listen(self) -> None:
        """Listen to the broker, again and again when it is away."""
        waiting = _Waiting(MOST_WAITING)
        while True:
            try:
                async with _client(self._needs.broker, waiting) as client:
                    for topic in self._needs.broker.topics:
                        await client.subscribe(topic, qos=1)
                    log.info("listening to the broker")
                    await self._hear(client, waiting)
            except (aiomqtt.MqttError, OSError) as trouble:
                log.warning("the broker is away", trouble=str(trouble))
                await asyncio.sleep(AGAIN)

    async def _hear(self, client: _Client, waiting: _Waiting) -> None:
        absorber, now = self._absorber, self._needs.now
        async for first in client.messages:
            messages = [first]
            while len(messages) < AT_ONCE and not waiting.empty():
                messages.append(waiting.get_nowait())
            async with self._one_by_one:
                for message in messages:
                    absorber.take_message(message.topic.value, _bytes(message.payload), now())
                if waiting.dropped:
                    absorber.counts["dropped"] += waiting.dropped
                    waiting.dropped = 0
                await self._settled()
            for message in messages:
                client.done(message)
            await asyncio.sleep(0)

    async def _settled(self) -> None:
        """Return once what was taken in is durable, however long the database is away."""
        while not self._absorber.is_settled:
            try:
                await self._absorber.settle(self._needs.now())
            except Refusal as refusal:
                log.warning("readings wait", code=refusal.code)
                await asyncio.sleep(AGAIN)


def _client(broker: Broker, waiting: _Waiting) -> _Client:
    address = urlsplit(broker.url)
    is_secure = address.scheme == "mqtts"
    return _Client(
        address.hostname or "",
        address.port or (8883 if is_secure else 1883),
        username=unquote(address.username) if address.username else None,
        password=unquote(address.password) if address.password else None,
        tls_context=ssl.create_default_context() if is_secure else None,
        identifier=broker.client,
        clean_session=False,
        queue_type=cast("type[asyncio.Queue[aiomqtt.Message]]", lambda **_: waiting),
        logger=QUIET,
    )


def _bytes(payload: object) -> bytes:
    return bytes(payload) if isinstance(payload, bytes | bytearray) else str(payload).encode()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


__all__ = ["Broker", "SensingNeeds", "run"]
