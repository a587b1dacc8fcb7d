"""The frozen shapes of this room: who is signed in, accounts, sessions and tokens as they are listed."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

Means = Literal["password", "oidc", "phone", "tracking", "screen"]
"""How somebody signed in; `screen` is a wall that somebody who had signed in set up."""

SCREEN = frozenset(
    f"read:{area}"
    for area in (
        "session", "welcome", "called", "territories", "procedures", "spread", "pressing", "on-duty",
        "issues", "changes",
    )
)  # fmt: skip
"""What a screen may do: read what is on a wall, and change nothing. Anybody may walk past one."""


class Claim(Struct, frozen=True):
    """A matter, its number, and the reference under which somebody asked there."""

    matter: UUID
    number: str
    reference: UUID


class Signed(Struct, frozen=True):
    """Who a session or a token stands for.

    `person` is set for the staff and for machines, `requester` for residents; `matter` narrows a resident
    to one matter, which has that `number`, and `claims` are matters of theirs under other references.
    `scopes` are None for a session, but a screen's: it may do whatever its post may.
    """

    id: UUID
    account: UUID | None = None
    name: str = ""
    person: str = ""
    requester: UUID | None = None
    matter: UUID | None = None
    post: str = ""
    means: str = ""
    number: str = ""
    scopes: frozenset[str] | None = None
    claims: tuple[Claim, ...] = ()


class Opened(Struct, frozen=True):
    """A session just opened or renewed, and its token, which is told this once."""

    signed: Signed
    token: str
    ends_at: datetime


class AccountView(Struct, frozen=True):
    """An account as administrators see it."""

    id: UUID
    name: str
    kind: Literal["person", "service"]
    person: str
    has_password: bool
    has_second_factor: bool
    is_disabled: bool
    created_at: datetime


class SessionView(Struct, frozen=True):
    """A session that is still open."""

    id: UUID
    means: str
    post: str
    address: str
    agent: str
    opened_at: datetime
    seen_at: datetime
    ends_at: datetime


class TokenView(Struct, frozen=True):
    """A token of a service account; the token itself is not kept."""

    id: UUID
    account: UUID
    name: str
    post: str
    scopes: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None
