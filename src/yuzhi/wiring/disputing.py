"""What the commands about disputes and their mediators are handed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from yuzhi.base.actor import Actor
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.doors.cli import disputes, mediators
from yuzhi.settings import Settings
from yuzhi.wiring.commands import opened
from yuzhi.wiring.ground import operator
from yuzhi.wiring.office import now


def for_mediators(settings: Settings) -> mediators.Needs:
    """Hand `yuzhi mediators` the cases, whose keys know people again."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[CaseRoom]:
        async with opened(settings, "yuzhi mediators") as all_:
            yield all_.for_api().centre.cases

    return mediators.Needs(open=open_, actor=operator(), now=now)


def for_disputes(settings: Settings) -> disputes.Needs:
    """Hand `yuzhi disputes` the database, seen as the operator of this machine sees it: whole."""

    @asynccontextmanager
    async def open_() -> AsyncIterator[disputes.Opened]:
        async with opened(settings, "yuzhi disputes") as all_:
            ground = all_.ground.current
            covers = tuple(one.code for one in ground.terrain.atlas.children(None))
            everything = Actor(hand="post", id="operator", covers=covers)
            yield disputes.Opened(pool=all_.pool, everything=everything, same_ground=ground.same_ground)

    return disputes.Needs(open=open_, zone=settings.timezone)
