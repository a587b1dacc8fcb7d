"""What may be looked for among matters, and the SQL test of each."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from yuzhi.capabilities.matters._fit import fit
from yuzhi.capabilities.matters._scope import LIES_IN

Order = Literal["due", "newest"]


class Filters(Struct, frozen=True):
    """What to look for. `due` order shows open matters, soonest deadline first; `newest` shows all.

    `within` are territory prefixes, former codes included; `before` narrows to deadlines before an instant.
    """

    order: Order = "due"
    within: tuple[str, ...] = ()
    procedure: str = ""
    state: tuple[str, ...] = ()
    kind: str = ""
    urgency: str = ""
    category: str = ""
    channel: str = ""
    unit: str = ""
    outcome: str = ""
    breached: bool | None = None
    before: datetime | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


TESTS = {
    "procedure": "m.procedure = ${n}",
    "state": "m.state = any(${n}::text[])",
    "kind": "m.kind = ${n}",
    "urgency": "m.urgency = ${n}",
    "category": "(m.category = ${n} or starts_with(m.category, ${n} || '/'))",
    "channel": "m.channel = ${n}",
    "unit": "m.lead_unit = ${n}",
    "outcome": "m.outcome = ${n}",
    "breached": "m.is_breached = ${n}",
    "before": "m.due_at < ${n}",
    "opened_from": "m.opened_at >= ${n}",
    "opened_to": "m.opened_at < ${n}",
    "within": "exists (select from unnest(${n}::text[]) w(code) where " + LIES_IN.format("w.code") + ")",
}


def conditions(filters: Filters) -> tuple[tuple[str, ...], list[object]]:
    """Return the names of the tests that are asked for, and what each is asked with.

    Raises Refusal `list.bad_filter`.
    """
    given = [
        (name, fit(name, value)) for name in TESTS if (value := getattr(filters, name)) not in {"", None, ()}
    ]
    return tuple(name for name, _ in given), [value for _, value in given]
