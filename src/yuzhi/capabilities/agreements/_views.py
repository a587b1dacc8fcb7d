"""What this room hands out: an agreement, who has signed it, what was performed of it."""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from yuzhi.capabilities.agreements._asks import Form


class SignatureView(Struct, frozen=True):
    """A signature; `is_for` tells that somebody signed for the party: `person`, as the case shows them."""

    role: str
    party: UUID | None
    mediator: str
    means: str
    is_for: bool
    person: UUID | None
    file: str
    signed_at: datetime


class InstalmentView(Struct, frozen=True):
    """One thing to be done by a day, and what was done of it."""

    no: int
    party: UUID
    due_on: date
    what: str
    amount_fen: int
    paid_fen: int
    performed_on: date | None
    is_missed: bool


class AgreementView(Struct, frozen=True):
    """An agreement. `lacking` are the signatures without which it does not take effect.

    `confirm_until` is the last day to ask a court to confirm it.
    """

    id: UUID
    matter: UUID
    form: Form
    state: str
    version: int
    facts: str
    issues: str
    terms: str
    language: str
    digest: str
    drafted_at: datetime
    effective_at: datetime | None
    confirm_until: date | None
    signatures: tuple[SignatureView, ...]
    lacking: tuple[str, ...]
    instalments: tuple[InstalmentView, ...]
