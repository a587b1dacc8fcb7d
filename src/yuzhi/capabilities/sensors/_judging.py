"""One sensor under one rule: calm, rising, alarmed, falling. Readings move it, and so does time."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from yuzhi.engine.sensing import SensorRule

Phase = Literal["calm", "rising", "alarmed", "falling"]
ALARMED: frozenset[Phase] = frozenset({"alarmed", "falling"})


class Standing(Struct):
    """Where a sensor stands: its phase, since when, and the newest reading. It is changed in place."""

    phase: Phase
    since: datetime
    at: datetime
    value: float


def judge(rule: SensorRule, standing: Standing, value: float, at: datetime) -> bool:
    """Take a reading in that is no older than the newest one; say whether the phase changed."""
    standing.at, standing.value = at, value
    before = standing.phase
    if before in {"calm", "rising"}:
        if not rule.raises.is_met(value):
            standing.phase = "calm"
        elif before == "calm":
            standing.phase, standing.since = "rising", at
    elif not rule.clears.is_met(value):
        standing.phase = "alarmed"
    elif before == "alarmed":
        standing.phase, standing.since = "falling", at
    return let_pass(rule, standing, at) or standing.phase != before


def let_pass(rule: SensorRule, standing: Standing, now: datetime) -> bool:
    """Let time pass: what has risen or fallen for long enough is alarmed or calm. Say whether it changed."""
    if standing.phase == "rising" and now - standing.since >= rule.raises.lasting:
        standing.phase = "alarmed"
    elif standing.phase == "falling" and now - standing.since >= rule.clears.lasting:
        standing.phase = "calm"
    else:
        return False
    return True
