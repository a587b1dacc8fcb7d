"""What the commands that work on many matters at once are handed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yuzhi.capabilities.matters import Office
from yuzhi.doors.cli import import_
from yuzhi.settings import Settings
from yuzhi.wiring.commands import opened
from yuzhi.wiring.office import now


def for_import(settings: Settings) -> import_.Needs:
    """Hand `yuzhi import` the open office."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[Office]:
        async with opened(settings, "yuzhi import") as all_:
            yield all_.office

    return import_.Needs(open=open_, now=now, zone=settings.timezone, language=settings.language)
