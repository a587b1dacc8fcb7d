"""The frozen shapes in which the machine's condition is told; sizes are bytes."""

from datetime import datetime

from msgspec import Struct

from yuzhi.capabilities.sensors import StatusView


class DatabaseView(Struct, frozen=True):
    """The database: its version, shape, size, connections of all that may be, and the oldest transaction."""

    version: str
    revision: str
    needed_revision: str
    size: int
    connections: int
    most_connections: int
    started_at: datetime
    oldest_transaction_at: datetime | None


class ProcessView(Struct, frozen=True):
    """A process of ours that is connected: what it does (`serve`, `worker`, `sensors`, …) and since when."""

    name: str
    connections: int
    since: datetime


class QueueView(Struct, frozen=True):
    """What waits to be done: how many, counted up to `MOST_COUNTED`, and how long the oldest has waited.

    `kind` is `clocks`, `letters`, `channel`, `log`, `search`, `reader`, `sensors` or `mail`; `name` which
    channel or reader.
    """

    kind: str
    name: str
    waiting: int
    oldest_at: datetime | None


class DiskView(Struct, frozen=True):
    """The disk on which files, keys and the embedded database lie."""

    folder: str
    size: int
    free: int


class LogView(Struct, frozen=True):
    """The log of receipts: how many entries are in it, and the last checkpoint that was signed."""

    origin: str
    size: int
    signed_size: int
    signed_at: datetime | None


class WorkView(Struct, frozen=True):
    """A piece of work a process does in rounds: since when one is in hand, when the last one was done.

    `trouble` is the code of what went wrong in the last round, empty when nothing did.
    """

    name: str
    begun_at: datetime | None
    done_at: datetime | None
    trouble: str
    troubled_at: datetime | None


class BeatView(Struct, frozen=True):
    """A process that says it lives: `state` is `well`, `late`, or `gone` if it fell silent."""

    name: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    state: str
    work: tuple[WorkView, ...]


class BackupView(Struct, frozen=True):
    """A backup: the instant it holds, where it was written, its SHA-256, and how its last reading went."""

    at: datetime
    host: str
    file: str
    size: int
    digest: str
    revision: str
    verified_at: datetime
    is_sound: bool


class BackupsView(Struct, frozen=True):
    """The last backup, None while there is none; `since` is when there could first have been one."""

    last: BackupView | None
    since: datetime


class PackView(Struct, frozen=True):
    """A pack in force."""

    name: str
    version: str
    in_force_from: str


class LimitsView(Struct, frozen=True):
    """After how long an alarm is raised: no worker seen, no backup made; zero hours for never."""

    worker_away_minutes: int
    backup_hours: int


class ConditionView(Struct, frozen=True):
    """How the machine stands at `at`."""

    at: datetime
    version: str
    python: str
    database: DatabaseView
    processes: tuple[ProcessView, ...]
    beats: tuple[BeatView, ...]
    backups: BackupsView
    packs: tuple[PackView, ...]
    limits: LimitsView
    queues: tuple[QueueView, ...]
    dead_letters: int
    log: LogView
    sensors: StatusView
    disk: DiskView
