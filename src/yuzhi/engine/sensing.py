"""What a sensor rule is: which readings, from where to where they alarm, and what then happens."""

from datetime import timedelta
from typing import Literal

from msgspec import Struct

OnePer = Literal["sensor", "territory"]


class Mark(Struct, frozen=True):
    """A threshold: readings `at_least` or `at_most` a value, without a break for a time."""

    at_least: float | None = None
    at_most: float | None = None
    lasting: timedelta = timedelta()

    def is_met(self, value: float) -> bool:
        """Say whether a reading is on this side of the threshold."""
        if self.at_least is not None and value < self.at_least:
            return False
        return self.at_most is None or value <= self.at_most


class SensorRule(Struct, frozen=True):
    """One rule of a pack: readings of a quantity that alarm open one matter, until they are back to normal.

    Between `raises` and `clears` nothing changes (hysteresis). There is one matter for each sensor, or for
    all sensors of a territory together; after it is over no other is opened for `quiet_for`. When the
    readings are back the first step of `back` that the matter can take is taken.
    """

    name: str
    quantity: str
    raises: Mark
    clears: Mark
    procedure: str
    kind: str
    unit: str = ""
    one_per: OnePer = "sensor"
    quiet_for: timedelta = timedelta()
    urgency: str = ""
    category: str = ""
    back: tuple[str, ...] = ()
