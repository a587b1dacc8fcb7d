"""The worker: clocks come due, letters go out, the merged are answered, the log is published.

Any number of them may run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import parties
from yuzhi.capabilities.agreements import AgreementRoom, mind_performance
from yuzhi.capabilities.condition import Beats
from yuzhi.capabilities.deliveries import Channel, PostRoom, carry_due, deliver_due, forget_windows
from yuzhi.capabilities.hotline import forget_drafts
from yuzhi.capabilities.matters import (
    BEGINNING,
    Office,
    forget_keys,
    forget_uploads,
    keep_while_needed,
    pass_answers_on,
    tick_due,
)
from yuzhi.capabilities.receipts import Log, publish
from yuzhi.capabilities.search import follow
from yuzhi.capabilities.sharing import scrub
from yuzhi.capabilities.understanding.advising import SendingDesk
from yuzhi.capabilities.understanding.learning import StudyDesk
from yuzhi.doors.worker.mail import MailNeeds, listen, take_waiting
from yuzhi.store.postgres.store import PostgresStore

log = structlog.get_logger()

IDLE = 0.5  # seconds between looks when there was nothing to do
IDLE_LONG = 5.0  # the same, for what nobody waits for
AWAY = 2.0  # seconds to wait when the database is away
BATCH = 100
FEED = 500
STUCK_FOR = timedelta(minutes=10)
KEYS_KEPT = timedelta(days=7)
UPLOADS_TAKE = timedelta(days=1)
HOURLY = 3600.0
SENDING = 5.0  # seconds between looks for matters that may go by themselves
LOOKING_BACK = timedelta(hours=1)
BETWEEN_STUDIES = 300.0  # seconds between looks whether a study is due
MINDING = 60.0  # seconds between looks for instalments that fall due
PUBLISHING = 1.0  # seconds between looks for entries that the log lacks


@dataclass(frozen=True)
class WorkerNeeds:
    """What the worker is handed by the wiring; `looks_back` bounds how long ago a clock may have run out.

    `sweep` removes what broken uploads left behind before an instant (seconds since 1970).
    """

    office: Office
    pool: asyncpg.Pool
    store: PostgresStore
    post_room: PostRoom
    log: Log
    mail: MailNeeds
    agreements: AgreementRoom
    now: Callable[[], datetime]
    study: StudyDesk | None
    sending: SendingDesk
    beats: Beats
    looks_back: timedelta | None = None
    sweep: Callable[[float], int] = lambda _: 0


async def run(needs: WorkerNeeds, stop: asyncio.Event) -> None:
    """Work until told to stop; what is in hand is finished first."""
    async with needs.beats.living(needs.pool), asyncio.TaskGroup() as tasks:
        for name, round_, idle in _work(needs, stop):
            tasks.create_task(_loop(name, needs.beats.noted(name, round_), stop, idle))
        if needs.mail.port:
            tasks.create_task(listen(needs.mail, stop))


def _work(
    needs: WorkerNeeds, stop: asyncio.Event
) -> Iterator[tuple[str, Callable[[], Awaitable[bool]], float]]:
    """Yield all there is to do: its name, a round of it, and how long to rest when there was nothing."""
    yield "clocks", _Clocks(needs).round, IDLE
    yield "letters", _letters(needs), IDLE
    for channel in needs.post_room.channels:
        yield f"channel {channel.name}", _channel(needs, channel), IDLE
    yield "mail", lambda: take_waiting(needs.mail), IDLE
    yield "search", _search(needs), IDLE
    yield "followers", _followers(needs), IDLE
    yield "retention", _retention(needs), IDLE_LONG
    yield "log", _log(needs), PUBLISHING
    yield "sending", _Sending(needs).round, SENDING
    if needs.study is not None:
        yield "study", _study(needs, needs.study, stop), BETWEEN_STUDIES
    yield "keys", _keys(needs), HOURLY
    yield "agreements", _agreements(needs), MINDING


async def _loop(name: str, work: Callable[[], Awaitable[bool]], stop: asyncio.Event, idle: float) -> None:
    """Do rounds until stopped; a round says whether there is more to do at once."""
    while not stop.is_set():
        pause = idle
        try:
            if await work():
                pause = 0.0
        except Refusal as refusal:
            if refusal.code != "matter.stale":
                log.warning("a round was refused", work=name, code=refusal.code)
                pause = AWAY
        except Exception:
            log.exception("a round broke", work=name)
            pause = AWAY
        if pause:
            try:
                async with asyncio.timeout(pause):
                    await stop.wait()
            except TimeoutError:
                continue
        else:
            await asyncio.sleep(0)


class _Clocks:
    """Rounds of clocks; matters that cannot be worked out are left out for a while and hold up no others."""

    def __init__(self, needs: WorkerNeeds) -> None:
        self._needs = needs
        self._stuck: dict[UUID, datetime] = {}

    async def round(self) -> bool:
        needs, now = self._needs, self._needs.now()
        self._stuck = {matter: since for matter, since in self._stuck.items() if now - since < STUCK_FOR}
        since = now - needs.looks_back if needs.looks_back is not None else BEGINNING
        done = await tick_due(
            needs.office, needs.pool, needs.store, now, most=BATCH, since=since, leaving_out=self._stuck
        )
        for matter, code in done.stuck.items():
            log.error("a matter's clocks cannot be worked out", matter=str(matter), code=code)
            self._stuck[matter] = now
        return done.found >= BATCH


def _letters(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        done = await deliver_due(needs.post_room, needs.now, most=BATCH)
        if done.failed:
            log.warning("letters were not delivered", failed=done.failed)
        return done.claimed >= BATCH

    return round_


def _channel(needs: WorkerNeeds, channel: Channel) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        done = await carry_due(needs.post_room, channel, needs.now)
        if done.failed:
            log.warning("letters were not delivered", channel=channel.name, failed=done.failed)
        # When nothing gets through there is no hurry to try the next ones.
        return done.sent > 0

    return round_


def _search(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        return await follow(needs.pool, most=FEED) >= FEED

    return round_


def _followers(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        done = await pass_answers_on(needs.office, needs.pool, needs.now(), scrub, most=FEED)
        for matter, code in done.stuck.items():
            log.error("a merged matter cannot be answered", matter=str(matter), code=code)
        return done.read >= FEED

    return round_


def _retention(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        return await keep_while_needed(needs.pool, most=FEED, ties=parties.TIES) >= FEED

    return round_


def _log(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        done = await publish(needs.log)
        return done is not None and done.is_behind

    return round_


class _Sending:
    """Rounds of automatic dispatch; each looks at what changed since the one before."""

    def __init__(self, needs: WorkerNeeds) -> None:
        self._needs = needs
        self._since = needs.now() - LOOKING_BACK

    async def round(self) -> bool:
        began = self._needs.now()
        done = await self._needs.sending.send_due(self._since, began)
        self._since = began - timedelta(seconds=2 * SENDING)
        for matter, unit in done.sent.items():
            log.info("a matter was sent by what was learnt", matter=str(matter), unit=unit)
        return False


def _study(needs: WorkerNeeds, desk: StudyDesk, stop: asyncio.Event) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        studying = asyncio.ensure_future(desk.study_due(needs.pool, needs.now()))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            # Study takes minutes: whoever stops the worker does not wait for it, the next one begins anew.
            await asyncio.wait({studying, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            studying.cancel()  # nothing, if it is done
            await asyncio.wait({studying})
        if studying.cancelled():
            return False
        for pack, done in studying.result().items():
            log.info(
                "closed matters were studied",
                pack=pack,
                closed=done.closed,
                version=done.version,
                serves=done.is_promoted,
                problem=done.problem,
                issues=done.issues,
            )
        return False

    return round_


def _keys(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        await forget_keys(needs.pool, needs.now() - KEYS_KEPT)
        await forget_uploads(needs.pool, needs.now())
        await forget_windows(needs.pool, needs.now())
        await asyncio.to_thread(needs.sweep, (needs.now() - UPLOADS_TAKE).timestamp())
        await forget_drafts(needs.pool, needs.now())
        await asyncio.to_thread(needs.mail.box.forget, needs.now())
        return False

    return round_


def _agreements(needs: WorkerNeeds) -> Callable[[], Awaitable[bool]]:
    async def round_() -> bool:
        done = await mind_performance(needs.agreements, needs.now(), most=BATCH)
        return max(done.reminded, done.missed) >= BATCH

    return round_


__all__ = ["WorkerNeeds", "run"]
