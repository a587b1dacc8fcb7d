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


class ConditionView(Struct, frozen=True):
    """How the machine stands at `at`."""

    at: datetime
    version: str
    python: str
    database: DatabaseView
    processes: tuple[ProcessView, ...]
    queues: tuple[QueueView, ...]
    dead_letters: int
    log: LogView
    sensors: StatusView
    disk: DiskView
