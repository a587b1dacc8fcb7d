"""Sensors: readings judged by the rules of packs; one matter for an alarm, never one for a reading."""

from yuzhi.capabilities.sensors._absorbing import AHEAD, OLDEST, Absorber
from yuzhi.capabilities.sensors._cloudevents import Told, read_events
from yuzhi.capabilities.sensors._queries import (
    MOST_WAITING,
    clear_inbox,
    look_in_inbox,
    put_in_inbox,
    save_sensors,
    status,
    take_lead,
)
from yuzhi.capabilities.sensors._readings import Reading, read_message
from yuzhi.capabilities.sensors._register import read_sensors
from yuzhi.capabilities.sensors._views import TABLES, Alarm, Sensor, StatusView

__all__ = [
    "AHEAD",
    "MOST_WAITING",
    "OLDEST",
    "TABLES",
    "Absorber",
    "Alarm",
    "Reading",
    "Sensor",
    "StatusView",
    "Told",
    "clear_inbox",
    "look_in_inbox",
    "put_in_inbox",
    "read_events",
    "read_message",
    "read_sensors",
    "save_sensors",
    "status",
    "take_lead",
]
