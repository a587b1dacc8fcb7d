"""A post room with channels as an installation writes them down, on a clock that only the test moves."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from msgspec.structs import replace

from fakes.city import an_office
from fakes.keys import some_keys
from fakes.play import open_one
from fakes.walk import MONDAY, SHANGHAI
from yuzhi.capabilities.deliveries import (
    Channel,
    Delivered,
    PostRoom,
    VaultedResidents,
    carry_due,
    deliver_due,
    read_channels,
)
from yuzhi.capabilities.deliveries._email import Email
from yuzhi.capabilities.deliveries._http import Limits, Poster
from yuzhi.capabilities.matters import TABLES
from yuzhi.store.postgres.store import PostgresStore

HASTY = Limits(connect=0.3, read=0.3, total=0.6)
SECRET = "whsec_a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
BOSS = "chief"


class Watch:
    """The time as the tests set it."""

    def __init__(self, at: datetime = MONDAY) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def later(self, **time: float) -> datetime:
        """Let time pass."""
        self.at += timedelta(**time)
        return self.at


@dataclass
class Mailroom:
    """The post room and its clock, and how rounds are made in it."""

    room: PostRoom
    watch: Watch

    def channel(self, name: str) -> Channel:
        """Return a channel by its name."""
        return next(one for one in self.room.channels if one.name == name)

    async def open(self, n: int = 1, **said: Any) -> UUID:
        """Open a matter: with n=1 the roads get a letter; with n=0 the water office and whoever asked."""
        return await open_one(self.room.office, self.watch.at, n=n, **said)

    async def post(self) -> Delivered:
        """Put what is due into inboxes and onto channels."""
        return await deliver_due(self.room, self.watch)

    async def carry(self, channel: str) -> Delivered:
        """Make one round of a channel."""
        return await carry_due(self.room, self.channel(channel), self.watch)

    async def states(self, channel: str) -> list[str]:
        """Return the states of a channel's deliveries."""
        rows = await self.room.pool.fetch("select state from delivery where channel = $1 order by 1", channel)
        return [row["state"] for row in rows]

    async def one(self, channel: str) -> asyncpg.Record:
        """Return a channel's only delivery."""
        (row,) = await self.room.pool.fetch("select * from delivery where channel = $1", channel)
        return row

    async def reasons(self, channel: str) -> list[tuple[str, str]]:
        """Return how every attempt of a channel went and why."""
        rows = await self.room.pool.fetch(
            "select a.outcome, a.reason from delivery_attempt a join delivery d on d.id = a.delivery_id"
            " where d.channel = $1 order by a.delivery_id, a.no",
            channel,
        )
        return [(row["outcome"], row["reason"]) for row in rows]

    async def alarms(self) -> list[str]:
        """Return the units to be told of letters that are lost."""
        rows = await self.room.pool.fetch(
            "select unit from delivery where audience = 'alarm' and channel = '' order by created_at, id"
        )
        return [row["unit"] for row in rows]


def a_mailroom(pool: asyncpg.Pool, folder: Path, toml: str = "") -> Mailroom:
    """Return a post room with the channels of a text, which wait for no server long."""
    file = folder / "channels.toml"
    file.write_text(toml, encoding="utf-8")
    watch = Watch()
    postal = read_channels(file, now=watch, zone=SHANGHAI)
    for channel in postal.channels:
        _hurry(channel.carrier)
    room = PostRoom(
        office=an_office(PostgresStore(pool, TABLES)), pool=pool, unit_name=lambda unit: f"{unit} office",
        channels=postal.channels, rules=postal.rules, residents=VaultedResidents(pool, some_keys(), watch),
        told=lambda _territory: (BOSS,), chance=lambda: 1.0,
    )  # fmt: skip
    return Mailroom(room, watch)


def _hurry(carrier: Any) -> None:
    if isinstance(carrier, Email):
        carrier._server = replace(carrier._server, patience=0.4)
    elif isinstance(poster := getattr(carrier, "_poster", None), Poster):
        poster._limits = HASTY


def close(room: Mailroom) -> None:
    """Close the connections channels keep open."""
    for channel in room.room.channels:
        hang_up(channel)


def hang_up(channel: Channel) -> None:
    """Close the connections a channel keeps open."""
    poster = getattr(channel.carrier, "_poster", None)
    if isinstance(poster, Poster):
        poster.close()
