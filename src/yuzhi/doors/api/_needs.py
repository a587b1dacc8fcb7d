"""What the API is handed by the wiring, and how its handlers reach it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import asyncpg
from litestar.connection import ASGIConnection

from yuzhi.base.actor import Actor
from yuzhi.capabilities.matters import Office
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.receipts import Log
from yuzhi.store.files import Files

Header = Callable[[str], str | None]
AnyConnection = ASGIConnection[Any, Any, Any, Any]


class SignIn(Protocol):
    """Finds out who asks; raises Refusal `sign_in.*`."""

    def who(self, header: Header, now: datetime) -> Actor:
        """Return the actor a request's headers stand for; without any it is a requester nobody knows."""
        ...


@dataclass(frozen=True)
class LogNeeds:
    """The log, the address of the page that checks receipts, and whether entries themselves are published."""

    log: Log
    page: str
    are_entries_public: bool


@dataclass(frozen=True)
class ApiNeeds:
    """Everything the handlers use; one object for the life of the process.

    `same_ground` gives, for a territory code, every code whose matters count as lying there, the
    codes it replaced included.
    """

    office: Office
    pool: asyncpg.Pool
    shelf: Shelf
    files: Files
    sign_in: SignIn
    now: Callable[[], datetime]
    same_ground: Callable[[str], tuple[str, ...]]
    max_body: int
    max_upload: int
    log: LogNeeds


def needs(connection: AnyConnection) -> ApiNeeds:
    """Return what the wiring handed to this process."""
    found: ApiNeeds = connection.app.state["needs"]
    return found


def asking(connection: AnyConnection) -> tuple[ApiNeeds, Actor, datetime]:
    """Return what every handler begins with: what it was handed, who asks, and what time it is."""
    handed = needs(connection)
    now = handed.now()
    return handed, handed.sign_in.who(connection.headers.get, now), now
