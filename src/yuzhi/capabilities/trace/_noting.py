"""Adds to the trace, on somebody else's transaction; nothing here reads or changes it."""

from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from yuzhi.base.actor import Actor

Kind = Literal[
    "signed_in",
    "sign_in_refused",
    "signed_out",
    "session_revoked",
    "refused",
    "permission_changed",
    "account_changed",
    "unmasked",
    "person_sought",
    "corrected",
    "erased",
    "exported",
    "pack_changed",
    "policy_changed",
    "model_changed",
    "key_changed",
    "trace_read",
]
"""What leaves a trace. `refused` is a request that may not be made, not one that was badly put."""

LONGEST: Final = 200  # characters of a subject, a purpose, an address


class Whence(Struct, frozen=True):
    """Where a request comes from: the client's address, and the account it is signed in with."""

    address: str = ""
    account: str = ""


WHENCE: ContextVar[Whence] = ContextVar("whence", default=Whence())  # noqa: B039 -- it is frozen
"""Set by a door for the request in hand, so that no room has to pass it on."""


def name_of(by: Actor | str) -> str:
    """Return how the trace names somebody: an actor's hand and id, or what is given (`operator:root`)."""
    return f"{by.hand}:{by.id}" if isinstance(by, Actor) else by


async def note(
    conn: asyncpg.Connection,
    kind: Kind,
    *,
    by: Actor | str,
    at: datetime,
    subject: str = "",
    matter: UUID | None = None,
    purpose: str = "",
    unit: str = "",
    territory: str = "",
    **facts: object,
) -> None:
    """Add one line to the trace, in whatever transaction `conn` has open.

    `subject` names what it was done to as `kind:id` (`person:…`, `account:…`, `pack:…`). `unit` and
    `territory` say whose supervisors may read the line; usually they are the actor's own. Facts must
    never hold personal data or secrets: a trace cannot be erased.
    """
    whence = WHENCE.get()
    if isinstance(by, Actor):
        unit = unit or by.unit
        territory = territory or next(iter(by.covers), "")
    await conn.execute(
        "insert into trace (at, kind, actor, account, unit, territory, address, subject, matter_id, purpose,"
        " facts) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        at,
        kind,
        name_of(by)[:LONGEST],
        whence.account[:LONGEST],
        unit,
        territory,
        whence.address[:LONGEST],
        _plain(subject),
        matter,
        _plain(purpose),
        msgspec.json.encode(_clean(msgspec.to_builtins(facts, enc_hook=str)), order="sorted").decode(),
    )


def _plain(text: str) -> str:
    return text.replace("\0", "")[:LONGEST]


def _clean(told: Any) -> Any:  # noqa: ANN401 -- anything JSON holds
    """Leave out NUL, which a database takes neither in text nor in JSON."""
    if isinstance(told, str):
        return told.replace("\0", "")
    if isinstance(told, dict):
        return {_clean(name): _clean(value) for name, value in told.items()}
    return [_clean(one) for one in told] if isinstance(told, list) else told
