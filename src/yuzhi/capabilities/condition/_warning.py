"""What is wrong with the machine, told as refusals, each with what to do: for whoever is on duty."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.condition._beating import WORKER
from yuzhi.capabilities.condition._views import BackupsView, BeatView, ConditionView, QueueView
from yuzhi.engine.calendar import Calendar

BEHIND: Final = timedelta(minutes=5)
HUNG: Final = timedelta(minutes=15)
CROWDED: Final = 0.9  # of the connections there may be
STUDYING: Final = timedelta(hours=6)
"""Learning anew from the matters of a big city takes long, and nobody waits for it."""
LEAST_FREE: Final = 0.1  # of the disk
LEAST_BYTES: Final = 2 << 30
NOTICE: Final = timedelta(days=45)
"""The State Council tells a year's days off some weeks before it begins."""

_CODES: Final = {
    "clocks": "condition.clocks_behind",
    "letters": "condition.letters_behind",
    "channel": "condition.channel_behind",
    "log": "condition.log_behind",
    "search": "condition.search_behind",
    "reader": "condition.reader_behind",
    "sensors": "condition.readings_behind",
    "mail": "condition.mail_behind",
}


def warnings_of(seen: ConditionView, calendar: Calendar) -> Iterator[Refusal]:
    """Yield what is wrong, the gravest first."""
    running = {one.name for one in seen.processes}
    if not any(one.name == WORKER and one.state != "gone" for one in seen.beats):
        yield Refusal("condition.no_worker")
    for beat in seen.beats:
        yield from _of_process(beat, seen.at)
    if seen.disk.free < max(LEAST_BYTES, seen.disk.size * LEAST_FREE):
        free = f"{seen.disk.free / (1 << 30):.1f}"
        yield Refusal("condition.disk_full", folder=seen.disk.folder, free=free)
    for queue in seen.queues:
        if queue.oldest_at is not None and seen.at - queue.oldest_at > BEHIND:
            yield _behind(queue, seen.at)
    if seen.dead_letters:
        yield Refusal("condition.dead_letters", count=seen.dead_letters)
    if seen.sensors.sensors and "sensors" not in running:
        yield Refusal("condition.no_sensors", sensors=seen.sensors.sensors)
    yield from _of_database(seen)
    if (old := backup_trouble(seen.backups, seen.limits.backup_hours, seen.at)) is not None:
        yield old
    if calendar.day_of(seen.at + NOTICE).year > calendar.loaded_to:
        yield Refusal("condition.calendar_ends", year=calendar.loaded_to + 1)


def _of_database(seen: ConditionView) -> Iterator[Refusal]:
    database = seen.database
    if database.revision != database.needed_revision:
        yield Refusal("store.not_migrated", found=database.revision, needed=database.needed_revision)
    if database.connections > database.most_connections * CROWDED:
        yield Refusal("condition.crowded", connections=database.connections, most=database.most_connections)
    oldest = database.oldest_transaction_at
    if oldest is not None and seen.at - oldest > HUNG:
        yield Refusal("condition.hung", minutes=_minutes(seen.at - oldest))


def _of_process(beat: BeatView, at: datetime) -> Iterator[Refusal]:
    if beat.state != "well":
        code = "condition.process_gone" if beat.state == "gone" else "condition.process_late"
        silent = int((at - beat.seen_at).total_seconds())
        yield Refusal(
            code, name=beat.name, host=beat.host, pid=beat.pid, seconds=silent, minutes=silent // 60
        )
        return
    for work in beat.work:
        longest = STUDYING if work.name == "study" else HUNG
        if work.begun_at is not None and at - work.begun_at > longest:
            yield Refusal(
                "condition.work_hangs", name=beat.name, work=work.name, minutes=_minutes(at - work.begun_at)
            )
        elif work.trouble:
            yield Refusal("condition.work_troubled", name=beat.name, work=work.name, trouble=work.trouble)


def backup_trouble(backups: BackupsView, hours: int, at: datetime) -> Refusal | None:
    """Return what is wrong with the last backup: spoilt, too old, never made; no `hours`: any age."""
    if backups.last is not None and not backups.last.is_sound:
        return Refusal("condition.backup_spoilt", file=backups.last.file, host=backups.last.host)
    since = backups.last.at if backups.last is not None else backups.since
    if not hours or at - since <= timedelta(hours=hours):
        return None
    age = int((at - since).total_seconds() // 3600)
    return Refusal("condition.backup_old" if backups.last else "condition.no_backup", hours=age, most=hours)


def _behind(queue: QueueView, at: datetime) -> Refusal:
    assert queue.oldest_at is not None
    return Refusal(
        _CODES[queue.kind], name=queue.name, waiting=queue.waiting, minutes=_minutes(at - queue.oldest_at)
    )


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
