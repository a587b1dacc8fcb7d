"""Mail: taken from the box and made matters, and a small SMTP server that puts into the box what is for us.

The server says yes only once a mail is durable in the box; everything else happens afterwards.
"""

import asyncio
import functools
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.correspondence import Box, Desk, take_mail

log = structlog.get_logger()

AT_ONCE = 50
MOST_CONNECTIONS = 100
MOST_FROM_ONE_ADDRESS = 10
MOST_RECIPIENTS = 20
PATIENCE = 60  # seconds a client may be silent
AGAIN = 5.0  # seconds until an address that is taken is tried again


@dataclass(frozen=True)
class MailNeeds:
    """The box, what makes matters of it, the largest mail in bytes, and where to listen, if anywhere.

    `addresses` are those mail is taken for, in lower case; none means that nothing is. `tls` gives our
    side of TLS as it is now, for certificates are renewed; without one STARTTLS is not offered.
    """

    box: Box
    desk: Desk
    largest: int
    host: str
    port: int
    addresses: Sequence[str]
    now: Callable[[], datetime]
    tls: Callable[[], ssl.SSLContext | None] = lambda: None


async def take_waiting(needs: MailNeeds) -> bool:
    """Take in what waits; say whether there is more."""
    found = await asyncio.to_thread(needs.box.waiting, AT_ONCE)
    for mail in found:
        try:
            raw = await asyncio.to_thread(needs.box.read, mail, needs.largest)
            if not raw:
                await asyncio.to_thread(needs.box.done, mail)
                continue
            taken = await take_mail(needs.desk, raw, needs.now())
        except Refusal as refusal:
            if refusal.code.startswith("store."):
                raise
            log.warning("a mail was set aside", code=refusal.code)
            await asyncio.to_thread(needs.box.set_aside, mail, refusal.code)
        except Exception:
            log.exception("a mail could not be taken in")
            await asyncio.to_thread(needs.box.set_aside, mail, "mail.broke")
        else:
            log.info("a mail was taken in", status=taken.status, matter=str(taken.matter))
            await asyncio.to_thread(needs.box.done, mail)
    return len(found) == AT_ONCE


async def listen(needs: MailNeeds, stop: asyncio.Event) -> None:
    """Take mail by SMTP until told to stop; while another worker does so at this address, wait for it."""
    loop = asyncio.get_running_loop()
    connections: Counter[str] = Counter()
    talking: set[asyncio.BaseTransport] = set()
    make = functools.partial(_Server, needs, connections, talking, loop)
    while not stop.is_set():
        try:
            server = await loop.create_server(make, needs.host, needs.port)
        except OSError as trouble:
            log.info("mail is not taken here", host=needs.host, port=needs.port, trouble=str(trouble))
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN):
                    await stop.wait()
        else:
            async with server:
                log.info("taking mail", host=needs.host, port=needs.port)
                await stop.wait()
            for transport in list(talking):
                transport.close()


class _Server(SMTP):
    """One connection. Too many at once, or from one address, are sent away."""

    def __init__(
        self,
        needs: MailNeeds,
        connections: Counter[str],
        talking: set[asyncio.BaseTransport],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            _Handler(needs),
            data_size_limit=needs.largest,
            enable_SMTPUTF8=True,
            hostname="yuzhi",
            ident="yuzhi",
            timeout=PATIENCE,
            loop=loop,
            tls_context=needs.tls(),
        )
        self._connections, self._from = connections, ""
        self._talking = talking
        self._line: Any = None

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - as asyncio has it
        if self._from:  # the same connection, from here on by TLS
            super().connection_made(transport)
            return
        self._line = transport
        peer = transport.get_extra_info("peername") or ("?",)
        self._from = str(peer[0])
        self._connections[self._from] += 1
        if (
            self._connections[self._from] > MOST_FROM_ONE_ADDRESS
            or self._connections.total() > MOST_CONNECTIONS
        ):
            transport.write(b"421 4.7.0 too many connections\r\n")
            transport.close()
            return
        self._talking.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._from:  # told twice, when a handshake failed
            return
        self._connections[self._from] -= 1
        if not self._connections[self._from]:
            del self._connections[self._from]
        self._from = ""
        self._talking.discard(self._line)
        if self.transport is not None:
            super().connection_lost(error)


class _Handler:
    def __init__(self, needs: MailNeeds) -> None:
        self._needs = needs

    async def handle_RCPT(  # noqa: N802 - the library's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take mail for our own addresses only; nothing is passed on to anybody."""
        if address.lower() not in self._needs.addresses:
            return "550 5.7.1 not one of ours"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Say yes once the mail is durable in the box."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        # An empty sender is how mail servers tell of mail that did not arrive.
        head = b"" if envelope.mail_from not in {None, "", "<>"} else b"Return-Path: <>\r\n"
        try:
            await asyncio.to_thread(self._needs.box.put, head + raw, self._needs.now())
        except Refusal as refusal:
            log.warning("mail was put off", code=refusal.code)
            return "452 4.3.1 the box is full, try again later"
        except OSError as trouble:
            log.warning("mail was put off", trouble=str(trouble))
            return "451 4.3.0 try again later"
        return "250 2.0.0 kept"


__all__ = ["MailNeeds", "listen", "take_waiting"]
