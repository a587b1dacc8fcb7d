"""What `yuzhi sensors` is handed."""

from functools import partial

from yuzhi.doors.cli import sensors
from yuzhi.settings import Settings
from yuzhi.wiring.database import connected
from yuzhi.wiring.ground import now
from yuzhi.wiring.running import run_sensors


def for_sensors(settings: Settings) -> sensors.Needs:
    """Hand `yuzhi sensors` what runs it, and the database."""
    return sensors.Needs(
        run=lambda ready: run_sensors(settings, ready), connect=partial(connected, settings), now=now
    )
