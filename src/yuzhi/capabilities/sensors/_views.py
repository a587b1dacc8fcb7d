"""What this room hands out and is handed: sensors, alarms, counts."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from yuzhi.store.unit import Table


class Sensor(Struct, frozen=True):
    """An instrument and where it stands: a territory, a point in WGS-84, or both."""

    id: str
    name: str
    territory: str = ""
    lon: float | None = None
    lat: float | None = None
    place: str = ""


class Alarm(Struct, frozen=True):
    """An alarm of a rule for a key (a sensor or a territory): its matter, and whether it goes on."""

    rule: str
    key: str
    matter: UUID
    state: Literal["raised", "over"]
    raised_at: datetime
    over_at: datetime | None
    value: float


class StatusView(Struct, frozen=True):
    """How the sensors are: how many, how many alarmed, alarms that go on, and what was counted so far.

    `counts` are of readings (`taken`, `late`, `repeated`, `dropped`, and `sensor.…` for each code they were
    refused with) and of what followed (`opened`, `settled`, `refused.…`).
    """

    sensors: int
    alarmed: int
    waiting: int
    alarms: tuple[Alarm, ...]
    counts: dict[str, int]
    last_at: datetime | None


ALARM = Table(
    name="sensor_alarm",
    columns=(
        ("rule", "text"),
        ("key", "text"),
        ("matter_id", "uuid"),
        ("state", "text"),
        ("raised_at", "timestamptz"),
        ("over_at", "timestamptz"),
        ("value", "float8"),
    ),
    key=("rule", "key"),
    replaces=True,
)
TABLES = (ALARM,)
"""Written together with the matter an alarm opens or settles."""
