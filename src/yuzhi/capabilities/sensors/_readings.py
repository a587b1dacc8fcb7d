"""What instruments send, as readings: plain messages of a topic, and the data of CloudEvents."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import isfinite

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal

MOST = 1000
"""Readings of one message."""
LARGEST = 256 * 1024
"""Bytes of one message."""
NAME_LONGEST = 100

_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Reading(Struct, frozen=True):
    """What a sensor measured, and when by its own clock."""

    sensor: str
    quantity: str
    value: float
    at: datetime


class Said(Struct, frozen=True):
    """A reading as it is sent; what it lacks is told by the topic, the event or our clock."""

    value: float | bool
    sensor: str = ""
    quantity: str = ""
    at: datetime | None = None


_plain = msgspec.json.Decoder(float | bool | Said | list[Said])
_data = msgspec.json.Decoder(Said | list[Said])


def read_message(topic: str, payload: bytes, now: datetime) -> Sequence[Reading]:
    """Return the readings of a message on a topic that ends in `/SENSOR/QUANTITY`.

    The payload is a number, a reading, or a list of readings, which may name sensor and quantity themselves.
    Raises Refusal `sensor.malformed`, `sensor.too_large`, `sensor.too_many` and `sensor.bad_name`.
    """
    if len(payload) > LARGEST:
        raise Refusal("sensor.too_large", most=LARGEST)
    try:
        told = _plain.decode(payload)
    except _MALFORMED as error:
        raise Refusal("sensor.malformed", trouble=str(error)[:200]) from error
    levels = topic.split("/")
    sensor, quantity = levels[-2:] if len(levels) > 1 else ("", "")
    if isinstance(told, Said):
        return (_reading(told, sensor, quantity, now),)
    if isinstance(told, list):
        return _readings(told, sensor, quantity, now)
    return (_reading(Said(told), sensor, quantity, now),)


def read_data(data: bytes, *, sensor: str, quantity: str, at: datetime) -> Sequence[Reading]:
    """Return the readings that are an event's data; raises as `read_message`."""
    try:
        told = _data.decode(data)
    except _MALFORMED as error:
        raise Refusal("sensor.malformed", trouble=str(error)[:200]) from error
    return _readings(told if isinstance(told, list) else [told], sensor, quantity, at)


def _readings(told: Sequence[Said], sensor: str, quantity: str, at: datetime) -> Sequence[Reading]:
    if len(told) > MOST:
        raise Refusal("sensor.too_many", most=MOST, given=len(told))
    return [_reading(one, sensor, quantity, at) for one in told]


def _reading(said: Said, sensor: str, quantity: str, at: datetime) -> Reading:
    sensor, quantity = said.sensor or sensor, said.quantity or quantity
    for name in (sensor, quantity):
        if not name or len(name) > NAME_LONGEST or not name.isprintable():
            raise Refusal("sensor.bad_name", longest=NAME_LONGEST)
    value = float(said.value)
    if not isfinite(value):
        raise Refusal("sensor.malformed", trouble="a value beyond all numbers")
    at = said.at or at
    if at.tzinfo is None:
        raise Refusal("sensor.no_zone", given=at.isoformat())
    try:
        return Reading(sensor, quantity, value, at.astimezone(UTC))
    except OverflowError:
        raise Refusal("sensor.malformed", trouble="a time beyond all calendars") from None
