"""Units learnt for a matter, and whether it may go to the first without a person: one place decides."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from yuzhi.capabilities.understanding.advising._views import Told
from yuzhi.capabilities.understanding.dispatch import Route, Verdict, may_go
from yuzhi.capabilities.understanding.learning import Learnt, case_of
from yuzhi.capabilities.understanding.signals import Signal
from yuzhi.engine.definition import Pack

_SHOWN: Final = 3
_ASKED: Final = 6
"""More than are shown: a unit that past matters went to may be there no longer."""


class Ground(Protocol):
    """What the ground tells of units."""

    def knows_unit(self, unit: str) -> bool:
        """Say whether a unit exists today."""
        ...


def learnt_units(
    learnt: Learnt,
    ground: Ground,
    told: Told,
    *,
    territory: str,
    category: str,
    at: datetime | None,
) -> tuple[Route, ...]:
    """Return the units that exist to which such matters went, the likeliest first."""
    if learnt.router is None or not category:
        return ()
    case = case_of(category, territory, told.channel, told.kind, at)
    return tuple(
        [one for one in learnt.router.suggest(case, most=_ASKED) if ground.knows_unit(one.unit)][:_SHOWN]
    )


def verdict_on(
    pack: Pack, rule: str, routes: Sequence[Route], *, category: str, signals: Sequence[Signal]
) -> Verdict:
    """Say whether a matter at whose rules `rule` ended may go by itself, and what forbids it.

    `category` is the one decided: a suggested one is no decision yet. Told as `may_go` tells it, and as
    `advice.category_open`, `advice.has_signals` and `advice.only_suggested`.
    """
    allowed = pack.learnt_dispatch
    if allowed is None or rule not in allowed.after:
        return may_go(routes, threshold=1.0, forbidden="advice.not_by_itself")
    forbidden = "" if category else "advice.category_open"
    if not forbidden and signals:
        forbidden = "advice.has_signals"
    verdict = may_go(routes, threshold=allowed.threshold, forbidden=forbidden)
    if verdict.goes_by_itself and not allowed.automatic:
        return Verdict(goes_by_itself=False, code="advice.only_suggested")
    return verdict
