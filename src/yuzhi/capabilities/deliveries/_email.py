"""Letters by e-mail: SMTP (RFC 5321) with STARTTLS or TLS, UTF-8, headers that nobody can add to."""

import re
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from typing import Literal

import aiosmtplib
from msgspec import Struct

from yuzhi.capabilities.deliveries._carriers import Letter, Undelivered

Security = Literal["starttls", "tls", "none"]

SUBJECT_MOST = 120
PERMANENT = 500
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


class Server(Struct, frozen=True):
    """The server that takes our mail. Times in seconds: each exchange of lines, and a letter in all."""

    host: str
    port: int
    sender: str
    name: str = ""
    user: str = ""
    password: str = ""
    security: Security = "starttls"
    patience: float = 10.0


def is_address(text: str) -> bool:
    """Say whether something may stand as an address of ASCII (RFC 5321, 4.1.2) without quotes or comments."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


class Email:
    """Hands letters to a mail server. The same letter has the same Message-ID."""

    def __init__(
        self, server: Server, now: Callable[[], datetime], tls: ssl.SSLContext | None = None
    ) -> None:
        self._server, self._now = server, now
        self._tls = tls or ssl.create_default_context()

    async def carry(self, letter: Letter) -> None:
        """Send the letter.

        Raises `Undelivered` `email.bad_address`, `email.recipient_refused`, `email.refused` (both with the
        server's code), `email.login_refused`, `email.no_connection`, `email.timed_out`,
        `email.no_starttls` and `email.unreadable`.
        """
        if not is_address(letter.address):
            raise Undelivered("email.bad_address", is_final=True)
        message = self.write(letter)
        client = self._client()
        try:
            async with client:
                await client.send_message(message, sender=self._server.sender, recipients=[letter.address])
        except aiosmtplib.SMTPRecipientsRefused as refused:
            code = max(one.code for one in refused.recipients)
            raise Undelivered(f"email.recipient_refused: {code}", is_final=code >= PERMANENT) from refused
        except aiosmtplib.SMTPAuthenticationError as refused:
            raise Undelivered("email.login_refused") from refused  # a matter of settings, not of this letter
        except (aiosmtplib.SMTPTimeoutError, TimeoutError) as late:
            raise Undelivered("email.timed_out") from late
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPServerDisconnected, OSError) as away:
            raise Undelivered("email.no_connection") from away
        except aiosmtplib.SMTPDataError as refused:
            raise Undelivered(
                f"email.refused: {refused.code}", is_final=refused.code >= PERMANENT
            ) from refused
        except aiosmtplib.SMTPResponseException as refused:
            raise Undelivered(f"email.refused: {refused.code}") from refused
        except (aiosmtplib.SMTPException, ValueError) as trouble:
            if self._server.security == "starttls" and not client.supports_extension("starttls"):
                raise Undelivered("email.no_starttls") from trouble
            raise Undelivered(f"email.unreadable: {type(trouble).__name__}") from trouble

    def write(self, letter: Letter) -> EmailMessage:
        """Return the letter as a message; a title is one line, whatever stands in it."""
        domain = self._server.sender.rpartition("@")[2]
        message = EmailMessage(policy=SMTP)
        message["From"] = formataddr((self._server.name, self._server.sender), "utf-8")
        message["To"] = letter.address
        message["Subject"] = " ".join(_printable(letter.title).split())[:SUBJECT_MOST]
        message["Date"] = format_datetime(self._now())
        message["Message-ID"] = f"<{letter.id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers a machine
        message.set_content(_printable(letter.body) + "\n", cte="base64")
        return message

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=self._tls if server.security != "none" else None,
            timeout=server.patience,
        )


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)
