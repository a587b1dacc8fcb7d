"""Makes a router of decided matters: counts, and regressions for units and for patterns of names."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.dispatch._counts import BackedOffCounts
from yuzhi.capabilities.understanding.dispatch._names import pattern_of, unit_names
from yuzhi.capabilities.understanding.dispatch._regression import Regression
from yuzhi.capabilities.understanding.dispatch._router import Case, Experience, Router, features_of

_FEWEST: Final = 10
_FEWEST_UNITS: Final = 2
_COST: Final = 0.1
_STEPS: Final = 400
_EXACTNESS: Final = 2e-3


def learnt_router(cases: Sequence[Case], units: Sequence[str]) -> Router:
    """Learn from decided matters; raise `understanding.too-little` if there are fewer than ten."""
    if len(cases) < _FEWEST or len(set(units)) < _FEWEST_UNITS:
        raise Refusal("understanding.too-little", messages=len(cases), labels=len(set(units)))
    names = unit_names(units)
    folded = [names(unit) for unit in units]
    patterns = [pattern_of(unit, case.places) for unit, case in zip(folded, cases, strict=True)]
    columns, (by_unit, by_pattern) = _regressions([features_of(case) for case in cases], (folded, patterns))
    router = Router(
        Experience(names, frozenset(), BackedOffCounts(), BackedOffCounts(), columns, by_unit, by_pattern)
    )
    for case, unit in zip(cases, units, strict=True):
        router.learn(case, unit)
    return router


def _regressions(
    rows: Sequence[Mapping[str, float]], answers: Sequence[Sequence[str]]
) -> tuple[dict[str, int], list[Regression]]:
    """Return the column of each feature and, for each list of answers, a regression fitted to it."""
    vectorizer = DictVectorizer(dtype=np.float32)
    matrix = vectorizer.fit_transform(rows)
    return {str(name): at for at, name in enumerate(vectorizer.feature_names_)}, [
        _fitted(matrix, one) for one in answers
    ]


def _fitted(matrix: object, answers: Sequence[str]) -> Regression:
    labels = tuple(sorted(set(answers)))
    columns = matrix.shape[1]  # type: ignore[attr-defined]
    if len(labels) == 1:
        return Regression(labels, np.zeros((columns, 1), np.float32), np.zeros(1, np.float32))
    made = LogisticRegression(C=_COST, max_iter=_STEPS, tol=_EXACTNESS).fit(matrix, list(answers))
    weights, bias = made.coef_, made.intercept_
    if len(labels) == 2:  # told as one column for the second label
        weights, bias = np.vstack((-weights / 2, weights / 2)), np.concatenate((-bias / 2, bias / 2))
    return Regression(
        tuple(str(one) for one in made.classes_), weights.T.astype(np.float32), bias.astype(np.float32)
    )
