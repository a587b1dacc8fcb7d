"""Why a unit is suggested, and whether a matter goes to it by itself, in words; shared by all doors."""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.advising import RouteAdvice
from yuzhi.capabilities.understanding.dispatch import Went
from yuzhi.doors.wording import Language, word
from yuzhi.engine.definition import Pack

AND = {"zh": "、", "en": ", "}


@dataclass(frozen=True)
class Names:
    """What codes are called: categories by a pack's words, territories as the ground has them."""

    pack: Pack
    place: Callable[[str], str]
    language: Language

    def of(self, code: str) -> str:
        """Return what a category or a territory is called; in Chinese where there is nothing else."""
        for language in (self.language, "zh"):
            if name := self.pack.words.get(language, {}).get(f"category.{code}"):
                return name
        return self.place(code)


def why_unit(went: Went, names: Names) -> str:
    """Return how many such matters went to a unit before."""
    if not went.like:
        told = Refusal("advice.went_before", count=went.count, total=went.total)
    else:
        like = AND[names.language].join(map(names.of, went.like))
        told = Refusal("advice.such_went_before", like=like, count=went.count, total=went.total)
    return word(told, names.language).says


def why_route(
    verdict: str,
    names: Names,
    *,
    unit: str = "",
    probability: float = 0.0,
    threshold: float = 0.0,
    why: str = "",
) -> str:
    """Return whether a matter goes to its first unit by itself, and why; for the trace, too."""
    facts = {"unit": unit, "probability": f"{probability:.2f}", "threshold": f"{threshold:.2f}", "why": why}
    return word(Refusal(verdict, **facts), names.language).says


def worded(route: RouteAdvice, names: Names) -> RouteAdvice:
    """Return a route with its reasons in words."""
    units = tuple(replace(one, reason=why_unit(one.went, names)) for one in route.units)
    first = units[0] if units else None
    trace = why_route(
        route.verdict, names, unit=first.name if first else "",
        probability=first.probability if first else 0.0, threshold=route.threshold,
        why=first.reason if first else "",
    )  # fmt: skip
    return replace(route, units=units, trace=trace)
