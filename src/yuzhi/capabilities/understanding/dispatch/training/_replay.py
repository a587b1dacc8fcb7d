"""How well routes are foreseen, in time order: learn from the first part, be asked about the rest."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.dispatch._router import Case, Router
from yuzhi.capabilities.understanding.dispatch.training._learning import learnt_router

_SURE: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


class Threshold(Struct, frozen=True):
    """What automatic dispatch at a threshold would have done: share sent, share of those sent rightly."""

    threshold: float
    sent: float
    right: float


class RouteScore(Struct, frozen=True):
    """Shares of matters whose unit was first, or among three, on the later part by time.

    `static` never learns after the split; `daily` learns at night what earlier days decided, as an
    installation would; `immediate` learns each decision before the next matter. `raw_names` is
    `static` with unit names as they are written. `top1` and `top3` repeat `daily`.
    """

    n_train: int
    n_test: int
    units: int
    top1: float
    top3: float
    static: tuple[float, float]
    daily: tuple[float, float]
    immediate: tuple[float, float]
    raw_names: tuple[float, float]
    calibration: float
    thresholds: tuple[Threshold, ...]


def replay(
    cases: Sequence[Case],
    units: Sequence[str],
    *,
    share: float = 0.8,
    progress: Callable[[int], None] = lambda _: None,
) -> RouteScore:
    """Score a router on the last `1 - share` of matters, which must be in time order.

    Raises `understanding.not-in-order` if they are not.
    """
    for at, (before, after) in enumerate(pairwise(cases)):
        if before.on > after.on:
            raise Refusal("understanding.not-in-order", row=at + 2)
    split = int(len(cases) * share)
    test, truth = cases[split:], units[split:]
    static = learnt_router(cases[:split], units[:split])
    progress(1)
    first = [static.suggest(case) for case in test]
    progress(1)
    # Names are folded by what the learning part shows; a later spelling is folded the same way.
    folded = [static.fold(unit) for unit in truth]
    hits = {"static": _hits([[route.unit for route in routes] for routes in first], folded)}
    raw = [[_as_written(route.unit, units[:split], static) for route in routes] for routes in first]
    hits["raw"] = _hits(raw, truth)
    hits["daily"], sure, right = _followed(
        learnt_router(cases[:split], units[:split]), test, truth, nightly=True
    )
    progress(1)
    hits["immediate"], _, _ = _followed(static, test, truth, nightly=False)
    progress(1)
    return RouteScore(
        n_train=split,
        n_test=len(test),
        units=len({static.fold(unit) for unit in units}),
        top1=hits["daily"][0],
        top3=hits["daily"][1],
        static=hits["static"],
        daily=hits["daily"],
        immediate=hits["immediate"],
        raw_names=hits["raw"],
        calibration=round(float(abs(np.mean(sure) - np.mean(right))), 4),
        thresholds=tuple(
            Threshold(
                threshold,
                round(float(np.mean(sure >= threshold)), 4),
                round(float(right[sure >= threshold].mean()) if (sure >= threshold).any() else 0.0, 4),
            )
            for threshold in _SURE
        ),
    )


def _followed(
    router: Router, cases: Sequence[Case], units: Sequence[str], *, nightly: bool
) -> tuple[tuple[float, float], np.ndarray, np.ndarray]:
    ranked, folded, sure = [], [], []
    waiting: list[tuple[Case, str]] = []
    for case, unit in zip(cases, units, strict=True):
        while waiting and (not nightly or waiting[0][0].on < case.on):
            router.learn(*waiting.pop(0))
        routes = router.suggest(case)
        ranked.append([route.unit for route in routes])
        folded.append(router.fold(unit))
        sure.append(routes[0].probability)
        waiting.append((case, unit))
    right = np.array([one[0] == unit for one, unit in zip(ranked, folded, strict=True)])
    return _hits(ranked, folded), np.array(sure), right


def _hits(ranked: Sequence[Sequence[str]], truth: Sequence[str]) -> tuple[float, float]:
    top1 = np.mean([bool(one) and one[0] == unit for one, unit in zip(ranked, truth, strict=True)])
    top3 = np.mean([unit in one[:3] for one, unit in zip(ranked, truth, strict=True)])
    return round(float(top1), 4), round(float(top3), 4)


def _as_written(unit: str, units: Sequence[str], router: Router) -> str:
    """Return the spelling of a unit that was written last."""
    return next((one for one in reversed(units) if router.fold(one) == unit), unit)
