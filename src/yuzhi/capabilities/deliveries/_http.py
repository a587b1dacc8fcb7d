"""A small HTTP client for posting messages: named servers only, no redirects, bounded in time and size."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress

import h11
from msgspec import Struct

from yuzhi.capabilities.deliveries._carriers import Undelivered
from yuzhi.capabilities.deliveries._hosts import Hosts, Origin, origin_of

CHUNK = 16_384


class Limits(Struct, frozen=True):
    """How long to wait (seconds) to be connected, for a next piece, in all; how many bytes to take."""

    connect: float = 5.0
    read: float = 10.0
    total: float = 15.0
    most_bytes: int = 65_536
    idle: int = 16


class Answer(Struct, frozen=True):
    """What a server answered; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Line:
    """A connection that may be used for one message after another."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=CHUNK)
        self.has_heard = False

    def close(self) -> None:
        with suppress(OSError, RuntimeError):
            self.writer.close()


class Poster:
    """Posts to named servers, keeping a few connections open. Raises `Undelivered` and nothing else.

    Reasons: `http.host_not_named`, `http.no_connection`, `http.timed_out`, `http.closed`,
    `http.unreadable` and `http.too_large`.
    """

    def __init__(
        self, hosts: Hosts, *, limits: Limits | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._hosts = hosts
        self._limits = limits or Limits()
        self._tls = tls or ssl.create_default_context()
        self._idle: defaultdict[Origin, list[_Line]] = defaultdict(list)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body and return the whole answer, whatever its status."""
        try:
            origin, target = origin_of(url)
        except ValueError:
            raise Undelivered("http.host_not_named", is_final=True) from None
        if not self._hosts.allows(origin):
            raise Undelivered("http.host_not_named", is_final=True)
        try:
            async with asyncio.timeout(self._limits.total):
                return await self._exchange(origin, target, headers, body)
        except TimeoutError:
            raise Undelivered("http.timed_out") from None

    def close(self) -> None:
        """Close the connections that are open."""
        for lines in self._idle.values():
            for line in lines:
                line.close()
        self._idle.clear()

    async def _exchange(self, origin: Origin, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        while True:
            line = self._idle[origin].pop() if self._idle[origin] else None
            is_used = line is not None
            line = line or await self._open(origin)
            try:
                answer = await self._ask(line, origin, target, headers, body)
            except TimeoutError:
                line.close()
                raise
            except (OSError, EOFError) as error:
                line.close()
                if is_used and not line.has_heard:
                    continue  # most likely it was closed while nobody used it
                raise Undelivered("http.closed") from error
            except h11.RemoteProtocolError as error:
                line.close()
                raise Undelivered("http.unreadable") from error
            except BaseException:
                line.close()
                raise
            self._keep(origin, line)
            return answer

    async def _open(self, origin: Origin) -> _Line:
        try:
            async with asyncio.timeout(self._limits.connect):
                reader, writer = await asyncio.open_connection(
                    origin.host.strip("[]"),
                    origin.port,
                    ssl=self._tls if origin.scheme == "https" else None,
                    limit=CHUNK,
                )
        except (OSError, TimeoutError) as error:  # TLS trouble and unknown names are such errors too
            raise Undelivered("http.no_connection") from error
        return _Line(reader, writer)

    async def _ask(
        self, line: _Line, origin: Origin, target: str, headers: Mapping[str, str], body: bytes
    ) -> Answer:
        given = {"host": origin.authority, "content-length": str(len(body)), "accept": "application/json"}
        request = h11.Request(method="POST", target=target, headers=list((given | dict(headers)).items()))
        line.writer.write(
            (line.talk.send(request) or b"") + (line.talk.send(h11.Data(data=body)) or b"")
            + (line.talk.send(h11.EndOfMessage()) or b"")
        )  # fmt: skip
        async with asyncio.timeout(self._limits.read):
            await line.writer.drain()
        return await self._answer(line)

    async def _answer(self, line: _Line) -> Answer:
        head: h11.Response | None = None
        content = bytearray()
        while True:
            event = line.talk.next_event()
            if event is h11.NEED_DATA:
                async with asyncio.timeout(self._limits.read):
                    data = await line.reader.read(CHUNK)
                if not data and not line.has_heard:
                    raise EOFError
                line.has_heard = True
                line.talk.receive_data(data)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                content += event.data
                if len(content) > self._limits.most_bytes:
                    raise Undelivered("http.too_large")
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                told = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
                return Answer(status=head.status_code, headers=told, body=bytes(content))
            elif isinstance(event, h11.ConnectionClosed):
                raise EOFError

    def _keep(self, origin: Origin, line: _Line) -> None:
        lines = self._idle[origin]
        if (
            line.talk.our_state is h11.DONE
            and line.talk.their_state is h11.DONE
            and len(lines) < self._limits.idle
        ):
            line.talk.start_next_cycle()
            line.has_heard = False
            lines.append(line)
        else:
            line.close()
