"""Servers on this machine that take what we send, or behave as badly as servers do."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from aiosmtpd.smtp import SMTP, Envelope, Session

C = TypeVar("C", bound="Closing")
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


def answer(status: int, body: object = b"{}", **headers: str) -> bytes:
    """Return the bytes of an answer."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{told}content-length: {len(content)}\r\n\r\n".encode() + content


@dataclass
class Asked:
    """A request as it came in."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body decoded."""
        return json.loads(self.body)


class Closing(Protocol):
    """Somebody who keeps connections open until told."""

    def close(self) -> None:
        """Close them."""


@dataclass
class Web:
    """An HTTP server. `behaves` says for each request what is done: bytes are sent, words are misdeeds."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    behaves: Callable[[Asked], bytes | str] = lambda _: OK
    connections: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _askers: list[Closing] = field(default_factory=list)
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}/hook"

    def closes(self, asker: C) -> C:
        """Return somebody who asks this server, closed when it stops."""
        self._askers.append(asker)
        return asker

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen, on the same port as before if there was one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up on everybody."""
        if self._server is not None:
            self._server.close()
        for asker in self._askers:
            asker.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while await self._one(reader, writer):
                    pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:] if line
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        asked = Asked(head[0].split(" ")[1], headers, body)
        self.asked.append(asked)
        done = self.behaves(asked)
        if isinstance(done, bytes):
            writer.write(done)
            await writer.drain()
            return True
        return await self._misbehave(done, writer)

    async def _misbehave(self, how: str, writer: asyncio.StreamWriter) -> bool:  # noqa: C901 - one a way
        if how == "hang":
            await asyncio.sleep(60)
        elif how == "dribble":
            for byte in OK:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        elif how == "half":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
            await writer.drain()
        elif how == "half-close":
            writer.write_eof()
            await asyncio.sleep(0.2)
        elif how == "reset":
            writer.transport.abort()
        elif how == "silent-close":
            writer.write(OK)
            await writer.drain()
        elif how == "huge":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 90000000\r\n\r\n")
            with suppress(ConnectionError):
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
        elif how == "endless-head":
            with suppress(ConnectionError):
                writer.write(b"HTTP/1.1 200 OK\r\n")
                while True:
                    writer.write(b"x-more: " + b"y" * 1000 + b"\r\n")
                    await writer.drain()
        return False


@asynccontextmanager
async def a_web(behaves: Callable[[Asked], bytes | str] = lambda _: OK) -> AsyncIterator[Web]:
    """Serve HTTP for as long as the block lasts."""
    web = Web(behaves=behaves)
    await web.start()
    try:
        yield web
    finally:
        await web.stop()


@dataclass
class Post:
    """A mail server: what it took, and what it says to recipients and to content."""

    port: int = 0
    taken: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    says_to_recipient: str = "250 OK"
    says_to_data: str = "250 taken"

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer to a recipient."""
        if self.says_to_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says_to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, or not."""
        if self.says_to_data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.taken.append(envelope.content)
            self.to += envelope.rcpt_tos
        return self.says_to_data


@asynccontextmanager
async def a_post(**said: Any) -> AsyncIterator[Post]:
    """Serve SMTP for as long as the block lasts; `tls_context` and the like go to aiosmtpd."""
    post = Post(**{name: said.pop(name) for name in ("says_to_recipient", "says_to_data") if name in said})
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(post, hostname="mail.test", loop=loop, **said))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    post.port = server.sockets[0].getsockname()[1]
    try:
        yield post
    finally:
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def a_line(serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> AsyncIterator[int]:
    """Serve whatever a function does with a connection; yield the port."""
    writers: list[asyncio.StreamWriter] = []

    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0)
