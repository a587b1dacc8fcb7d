"""What every way of signing in is handed: keys, password checking, chance, and how long things hold."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from yuzhi.capabilities.accounts._passwords import Passwords
from yuzhi.capabilities.accounts._secrets import Secrets

QueueCode = Callable[[asyncpg.Connection, UUID, datetime], Awaitable[None]]
"""Queues the letter that takes a telephone code to its telephone, in the transaction that made the code."""


@dataclass(frozen=True)
class Limits:
    """How long sessions and codes hold; spans of time from when they begin."""

    staff_idle_for: timedelta = timedelta(minutes=30)
    staff_for: timedelta = timedelta(hours=12)
    resident_idle_for: timedelta = timedelta(minutes=30)
    resident_for: timedelta = timedelta(hours=12)
    screen_for: timedelta = timedelta(days=30)
    tracking_for: timedelta = timedelta(hours=1)
    invitation_for: timedelta = timedelta(days=3)
    token_for: timedelta = timedelta(days=366)
    sessions_each: int = 20


async def _nowhere(_conn: asyncpg.Connection, _code: UUID, _now: datetime) -> None:
    """Send nothing: for installations without a way to telephones."""


@dataclass(frozen=True)
class Gate:
    """Everything that signing in needs; `chance` gives that many random bytes."""

    secrets: Secrets
    passwords: Passwords
    chance: Callable[[int], bytes]
    limits: Limits = field(default_factory=Limits)
    queue_code: QueueCode = _nowhere
