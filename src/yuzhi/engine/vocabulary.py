"""The closed lists of words a pack may use, taken from the shapes that use them (see docs/packs.md)."""

from typing import get_args

from yuzhi.engine.definition import (
    Audience,
    Effect,
    Event,
    Guard,
    LegalBasis,
    Level,
    LinkKind,
    Moment,
    Public,
    Receipts,
    Role,
    Scope,
)

EFFECTS: tuple[Effect, ...] = get_args(Effect)
GUARDS: tuple[Guard, ...] = get_args(Guard)
SCOPES: tuple[Scope, ...] = get_args(Scope)
EVENTS: tuple[Event, ...] = get_args(Event)
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
RECEIPTS: tuple[Receipts, ...] = get_args(Receipts)
LINKS: tuple[LinkKind, ...] = get_args(LinkKind)
MOMENTS: tuple[Moment, ...] = get_args(Moment)
ROLES: tuple[Role, ...] = get_args(Role)
LEVELS: tuple[Level, ...] = get_args(Level)
PLACES: tuple[str, ...] = get_args(Public.__annotations__["place"])
STATUSES: tuple[str, ...] = get_args(LegalBasis.__annotations__["status"])
EACH = ("matter", "assignment")

OPENED = "opened"
"""In a clock's `from`: the moment the matter is opened."""
ENDS = "ends"
"""In `from` and `until`: every end of the procedure."""
ANY = "any"
"""In a step's `from`: every state that is not an end."""
BY_CATEGORY = "by_category"
"""In a routing rule: the kind of unit that the matter's category names."""

GIVEN_STATES = ("given", "signed", "return_asked")
LEFT_STATES = ("answered", "returned", "recalled")
ASSIGNMENT_STATES = (*GIVEN_STATES, *LEFT_STATES)
"""What a clock for each assignment may start and stop on."""

PUBLIC_FIELDS = (
    "number", "kind", "subject", "category", "state", "territory", "place", "channel", "opened_at",
    "resolved_at", "due_on", "lead", "outcome", "reply", "satisfaction",
)  # fmt: skip

PLACEHOLDERS = (
    "number", "title", "state", "unit", "due_on", "reason", "reply", "outcome", "opened_at", "reopen_until",
    "amount", "subject", "called_for",
)  # fmt: skip
"""What a letter may hold in braces."""
CONFIDENTIAL = ("subject", "reply", "reason")
"""Of these what somebody wrote: never in a letter that the other side gets, too."""

AGREEMENT_PLACEHOLDERS = (
    "number", "parties", "facts", "issues", "terms", "performance", "organisation", "signatures",
    "drafted_on",
)  # fmt: skip
"""What the text of an agreement may hold in braces."""

LANGUAGES = ("zh", "en")

WORD_SECTIONS = {
    "packs": "pack",
    "procedures": "procedure",
    "states": "state",
    "residents": "resident",
    "steps": "step",
    "clocks": "clock",
    "duties": "duty",
    "kinds": "kind",
    "outcomes": "outcome",
    "reasons": "reason",
    "urgencies": "urgency",
    "channels": "channel",
    "evidence": "evidence",
    "letters": "letter",
    "texts": "text",
    "fields": "field",
    "choices": "choice",
    "routes": "route",
    "unit_kinds": "unit_kind",
    "sensors": "sensor",
}
"""The sections of a words file and the prefix each name gets in `Pack.words`, as in `state.received`."""
