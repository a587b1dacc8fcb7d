"""What is asked of agreements: drafting, signing, performing. Money is in fen, hundredths of a yuan."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

Words = Annotated[str, Meta(max_length=20_000)]
Fen = Annotated[int, Meta(ge=0, le=10**14)]
Form = Literal["written", "oral"]


class NewInstalment(Struct, frozen=True, forbid_unknown_fields=True):
    """Something one party is to do by a day, perhaps pay an amount."""

    party: UUID
    due_on: date
    what: Annotated[str, Meta(max_length=500)]
    amount_fen: Fen = 0


class NewAgreement(Struct, frozen=True, forbid_unknown_fields=True):
    """What was agreed. An oral agreement says when it was reached; `language` is that of its text."""

    facts: Words
    terms: Words
    issues: Words = ""
    form: Form = "written"
    language: Literal["zh", "en"] = "zh"
    agreed_at: datetime | None = None
    instalments: tuple[NewInstalment, ...] = ()


class NewSignature(Struct, frozen=True, forbid_unknown_fields=True):
    """A signature: a party's by the code sent to their telephone or on paper, a mediator's, or the seal.

    `representative` names who signs for the party. `file` is the scanned paper, `signed_on` the day on it.
    """

    role: Literal["party", "mediator", "seal"]
    party: UUID | None = None
    representative: UUID | None = None
    mediator: str = ""
    code: str = ""
    file: str = ""
    signed_on: date | None = None


class NewPerformance(Struct, frozen=True, forbid_unknown_fields=True):
    """What was done of an instalment: all of it, or a part that was paid."""

    performed_on: date
    paid_fen: Fen = 0
