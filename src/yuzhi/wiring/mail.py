"""The mail desk as the settings have it."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import asyncpg

from yuzhi.capabilities import matters
from yuzhi.capabilities.correspondence import Box, Desk
from yuzhi.capabilities.matters import Office
from yuzhi.doors.worker.mail import MailNeeds
from yuzhi.settings import Settings
from yuzhi.store.disk import DiskFiles
from yuzhi.wiring.entrance import key_in

MEGABYTE = 1024 * 1024


def mail_of(settings: Settings, pool: asyncpg.Pool, office: Office, now: Callable[[], datetime]) -> MailNeeds:
    """Return what the worker takes mail with."""
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
    )


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
