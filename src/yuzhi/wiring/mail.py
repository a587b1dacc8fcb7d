"""The mail desk as the settings have it."""

import ssl
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import asyncpg
import structlog

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.correspondence import Box, Desk
from yuzhi.capabilities.matters import Office
from yuzhi.doors.worker.mail import MailNeeds
from yuzhi.settings import Settings
from yuzhi.store.disk import DiskFiles
from yuzhi.wiring.entrance import key_in

MEGABYTE = 1024 * 1024

log = structlog.get_logger()


def mail_of(settings: Settings, pool: asyncpg.Pool, office: Office, now: Callable[[], datetime]) -> MailNeeds:
    """Return what the worker takes mail with; raises Refusal `settings.file_unreadable`."""
    files = DiskFiles(settings.home / "files")
    pictures = matters.Pictures(settings.home / "files" / "aside")
    procedure, _, kind = settings.mail_opens.partition("/")

    async def keep(content: bytes) -> str:
        most = settings.mail_largest_mb * MEGABYTE
        return (await matters.take_in(files, pictures, _whole(content), most=most)).file

    return MailNeeds(
        box=Box(settings.mail_folder or settings.home / "mail"),
        desk=Desk(
            office=office,
            pool=pool,
            keep=keep,
            key=key_in(settings.home / "keys" / "mail.key"),
            procedure=procedure,
            kind=kind,
        ),
        largest=settings.mail_largest_mb * MEGABYTE,
        host=settings.mail_host,
        port=settings.mail_port,
        addresses=[one.lower() for one in settings.mail_addresses],
        now=now,
        tls=Certificate(settings.mail_certificate, settings.mail_key).tls
        if settings.mail_certificate is not None
        else _no_tls,
    )


class Certificate:
    """Our side of TLS from files, read again when they change: certificates are renewed while we run.

    Raises Refusal `settings.file_unreadable` if they cannot be used at first; later what there was stays.
    """

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._files = [certificate, *([key] if key is not None else [])]
        self._seen = self._stamps()
        try:
            self._made = self._make()
        except (OSError, ssl.SSLError) as trouble:
            raise Refusal(
                "settings.file_unreadable", file=str(certificate), trouble=str(trouble)
            ) from trouble

    def tls(self) -> ssl.SSLContext | None:
        """Return it as it is now."""
        if (stamps := self._stamps()) != self._seen:
            self._seen = stamps
            try:
                self._made = self._make()
            except (OSError, ssl.SSLError) as trouble:
                log.exception("a new certificate cannot be used", files=self._files, trouble=str(trouble))
        return self._made

    def _stamps(self) -> list[int]:
        return [file.stat().st_mtime_ns if file.exists() else 0 for file in self._files]

    def _make(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # A key with a password is refused: there is nobody to ask for it.
        made.load_cert_chain(self._files[0], self._files[1] if self._files[1:] else None, password="")
        return made


def _no_tls() -> ssl.SSLContext | None:
    return None


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
