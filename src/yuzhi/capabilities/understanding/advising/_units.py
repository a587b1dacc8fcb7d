"""Units learnt for a matter, and whether it may go to the first without a person: one place decides."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol

from msgspec.structs import replace

from yuzhi.capabilities.understanding.advising._views import Told
from yuzhi.capabilities.understanding.dispatch import Route, Verdict, may_go
from yuzhi.capabilities.understanding.learning import Learnt, case_of
from yuzhi.capabilities.understanding.signals import Signal
from yuzhi.engine.definition import Pack

_SHOWN: Final = 3
_ASKED: Final = 6
"""More than are shown: a unit that past matters went to may be there no longer."""

_SIGNALS: Final = {
    "risk_to_life": "危及人身",
    "group_dispute": "群体纠纷",
    "deadline": "时限紧迫",
    "repeated_petition": "重复信访",
}


class Ground(Protocol):
    """What the ground tells of units and places."""

    def knows_unit(self, unit: str) -> bool:
        """Say whether a unit exists today."""
        ...

    def place_name(self, territory: str) -> str:
        """Return a territory's name from the top down."""
        ...


def learnt_units(
    pack: Pack,
    learnt: Learnt,
    ground: Ground,
    told: Told,
    *,
    territory: str,
    category: str,
    at: datetime | None,
) -> tuple[Route, ...]:
    """Return the units that exist to which such matters went, the likeliest first, with reasons in words."""
    if learnt.router is None or not category:
        return ()
    case = case_of(category, territory, told.channel, told.kind, at)
    found = [one for one in learnt.router.suggest(case, most=_ASKED) if ground.knows_unit(one.unit)][:_SHOWN]
    names = {code: pack.words.get("zh", {}).get(f"category.{code}", code) for code in case.category}
    names |= {code: ground.place_name(code) for code in case.places}
    return tuple(replace(one, reason=_named(one.reason, names)) for one in found)


def verdict_on(
    pack: Pack, rule: str, routes: Sequence[Route], *, category: str, signals: Sequence[Signal]
) -> Verdict:
    """Say whether a matter at whose rules `rule` ended may go by itself; the trace gives what forbids it.

    `category` is the one decided, by a person or by the catalogue: a suggested one is no decision yet.
    """
    allowed = pack.learnt_dispatch
    return may_go(
        routes,
        threshold=allowed.threshold if allowed else None,
        forbidden=_forbidden(pack, rule, category=category, signals=signals),
    )


def _forbidden(pack: Pack, rule: str, *, category: str, signals: Sequence[Signal]) -> str:
    allowed = pack.learnt_dispatch
    if allowed is None:
        return "业务包不许自动分拨"
    if rule not in allowed.after:
        return f"规则 {rule} 之后不许自动分拨"
    if not category:
        return "类别未定"
    if signals:
        kinds = dict.fromkeys(_SIGNALS[one.kind] for one in signals)
        return f"诉求有{'、'.join(kinds)}的信号"
    return "" if allowed.automatic else "业务包只许建议"


def _named(reason: str, names: Mapping[str, str]) -> str:
    """Put names for codes, in one go: a name may be made of digits that look like another code."""
    codes = "|".join(re.escape(code) for code in sorted(names, key=len, reverse=True) if code)
    return re.sub(codes, lambda found: names[found.group()], reason) if codes else reason
