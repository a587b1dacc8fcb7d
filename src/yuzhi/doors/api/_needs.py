"""What the API is handed by the wiring, and how its handlers reach it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg
from litestar.connection import ASGIConnection

from yuzhi.base.actor import Actor, requester
from yuzhi.base.ground import is_whole
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.accounts import Gate, Signed, oidc
from yuzhi.capabilities.administration import Administrator, Known, Powers, administrator
from yuzhi.capabilities.agreements import AgreementRoom
from yuzhi.capabilities.condition import Machine
from yuzhi.capabilities.deliveries import PostRoom
from yuzhi.capabilities.exports import ExportRoom
from yuzhi.capabilities.hotline import Sealer
from yuzhi.capabilities.matters import Office, Pictures
from yuzhi.capabilities.packs import Shelf
from yuzhi.capabilities.parties import CaseRoom
from yuzhi.capabilities.receipts import Log
from yuzhi.capabilities.registry import Acting
from yuzhi.capabilities.sharing import OpenData, Window
from yuzhi.capabilities.territory import Terrain
from yuzhi.capabilities.understanding.advising import Adviser
from yuzhi.doors.api._addresses import Network
from yuzhi.engine.definition import Pack
from yuzhi.store.files import Files

Header = Callable[[str], str | None]
AnyConnection = ASGIConnection[Any, Any, Any, Any]

ABOUT_NO_MATTER: Final = "is_about_no_matter"
"""Marks handlers that tell nothing of any matter, and so are open to those signed in to a single one."""


@dataclass(frozen=True)
class Asker:
    """Who asks. `actor` is None for one of the staff who has not chosen a post; `signed` for nobody known.

    `choices` are the posts they may act as. `session_token` is what the session's cookie held, `address`
    where they ask from, `agent` what their program calls itself, `device` their browser's own mark.
    """

    actor: Actor | None
    signed: Signed | None = None
    choices: tuple[Acting, ...] = ()
    session_token: str = ""
    address: str = ""
    agent: str = ""
    device: str = ""


class SignIn(Protocol):
    """Finds out who asks; raises Refusal `sign_in.*`."""

    async def who(
        self, header: Header, session_token: str, now: datetime, *, is_glance: bool = False
    ) -> Asker:
        """Return who a request's headers and session stand for, with at most one statement.

        Without any it is a requester nobody knows; a session that has ended is no session. A mere glance
        keeps no session from becoming idle.
        """
        ...


@dataclass(frozen=True)
class EntranceNeeds:
    """What signing in over HTTP needs. `address` is where the outside reaches us, without a slash at its end.

    `is_plain` allows cookies without TLS, for one's own machine; limits are requests a minute, 0 for none.
    `secure_for` is how long browsers are told to ask over TLS only.
    """

    gate: Gate
    sign_in: SignIn
    address: str
    is_plain: bool = False
    trusted_proxies: tuple[Network, ...] = ()
    anonymous_limit: int = 0
    signed_in_limit: int = 0
    provider: oidc.Discovery | None = None
    secure_for: timedelta = timedelta(days=365)


@dataclass(frozen=True)
class LogNeeds:
    """The log, the address of the page that checks receipts, and whether entries themselves are published."""

    log: Log
    page: str
    are_entries_public: bool


@dataclass(frozen=True)
class AdminNeeds:
    """What administering needs: which duties may, what is known now, and what takes changes in at once.

    Other processes hear of them by themselves; in this one whoever changed something sees it in what they
    ask next.
    """

    powers: Powers
    known: Callable[[], Known]
    take_packs: Callable[[], Awaitable[None]]
    take_people: Callable[[], Awaitable[None]]
    machine: Machine


@dataclass(frozen=True)
class PostNeeds:
    """The post room, and the duties that answer for what could not be delivered."""

    room: PostRoom
    duties: frozenset[str]


@dataclass(frozen=True)
class OutsideNeeds:
    """What everybody may look at, and the Open311 endpoint: its keys by name, its city, whom to ask."""

    window: Window
    open_data: OpenData
    keys: Mapping[str, str]
    jurisdiction: str
    contact: str
    is_test: bool = False


@dataclass(frozen=True)
class CentreNeeds:
    """The cases of the mediation centre and their agreements, and the packs in which its guides stand."""

    cases: CaseRoom
    agreements: AgreementRoom
    shelf: Shelf


@dataclass(frozen=True)
class PageNeeds:
    """Where the built front end lies (None if it was not built), and where map tiles come from, if so."""

    folder: Path | None = None
    tiles: str = ""


@dataclass(frozen=True)
class ApiNeeds:
    """Everything the handlers use; one object for the life of the process. `packs` are those in force.

    `same_ground` gives, for a territory code, every code whose matters count as lying there, the
    codes it replaced included. `drafts` seals drafts of calls, `reading_keys` are those with
    which readings may be signed.
    """

    office: Office
    pool: asyncpg.Pool
    shelf: Shelf
    files: Files
    pictures: Pictures
    entrance: EntranceNeeds
    now: Callable[[], datetime]
    same_ground: Callable[[str], tuple[str, ...]]
    max_body: int
    max_upload: int
    log: LogNeeds
    outside: OutsideNeeds
    admin: AdminNeeds
    post: PostNeeds
    adviser: Adviser
    packs: Callable[[], tuple[Pack, ...]]
    drafts: Sealer
    centre: CentreNeeds
    terrain: Callable[[], Terrain]
    pages: PageNeeds
    exports: ExportRoom
    reading_keys: Sequence[bytes] = ()


def needs(connection: AnyConnection) -> ApiNeeds:
    """Return what the wiring handed to this process."""
    found: ApiNeeds = connection.app.state["needs"]
    return found


def asker(connection: AnyConnection) -> Asker:
    """Return who asks, whether they have signed in or chosen a post, or not."""
    found: Asker = connection.scope["state"]["asker"]
    return found


def asking(connection: AnyConnection) -> tuple[ApiNeeds, Actor, datetime]:
    """Return what every handler begins with: what it was handed, who asks, and what time it is.

    Raises Refusal `sign_in.post_not_chosen` for one of the staff without a post, and
    `sign_in.only_one_matter` when somebody signed in by a tracking code asks for anything else than their
    matter and what their screens are made of.
    """
    handed, who = needs(connection), asker(connection)
    if who.actor is None:
        raise Refusal("sign_in.post_not_chosen", posts=[one.post.id for one in who.choices])
    if who.signed is not None and who.signed.matter is not None:
        asked = connection.scope["path_params"].get("matter", "")
        names = {str(who.signed.matter), who.signed.matter.hex, who.signed.number} - {""}
        is_theirs = asked in names
        if not is_theirs and not connection.scope["route_handler"].opt.get(ABOUT_NO_MATTER):
            raise Refusal("sign_in.only_one_matter")
    return handed, _as_asked(connection, who.signed) or who.actor, handed.now()


def _as_asked(connection: AnyConnection, signed: Signed | None) -> Actor | None:
    """Return the requester of a matter that was claimed, where the request is about that one."""
    asked = str(connection.scope["path_params"].get("matter", ""))
    for one in signed.claims if signed is not None and asked else ():
        if asked in {str(one.matter), one.matter.hex, one.number}:
            return requester(str(one.reference))
    return None


def administering(connection: AnyConnection, power: str) -> tuple[ApiNeeds, Administrator, datetime]:
    """Return what every handler of administration begins with; raises Refusal `power.missing`."""
    handed, by, now = asking(connection)
    return handed, administrator(by, handed.admin.powers, power, handed.admin.known().roster), now


def administering_all(connection: AnyConnection, power: str) -> tuple[ApiNeeds, Administrator, datetime]:
    """Return as `administering`, for what is everybody's: packs, models, policy answers.

    Raises Refusal `administration.out_of_reach`, too, to whoever answers for less than a city.
    """
    handed, who, now = administering(connection, power)
    if not is_whole(who.reach):
        raise Refusal("administration.out_of_reach", territory="")
    return handed, who, now
