"""Learns what the aspects of an answer weigh from answers people marked as good or not, and measures it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.replies._model import NAMES, Answer, ReplyModel, values_of

_FOLDS: Final = 5


class ReplyScore(Struct, frozen=True):
    """How the quality agrees with people's marks: rank correlation, and the chance that a good answer leads.

    `auc` is the chance that an answer marked good gets a higher figure than one that is not.
    `aspects` is each aspect's own rank correlation.
    """

    n: int
    marked_good: int
    rank_correlation: float
    auc: float
    aspects: dict[str, float]
    warned_of_good: float
    warned_of_bad: float


def train_replies(answers: Sequence[Answer], marks: Sequence[bool]) -> ReplyModel:
    """Learn what the aspects weigh; raise `understanding.too-little` without both kinds of marks."""
    if len(set(marks)) < 2 or len(marks) < 20:
        raise Refusal("understanding.too-little", messages=len(marks), labels=len(set(marks)))
    return _fit(np.array([values_of(one)[1] for one in answers]), np.array(marks))


def score_replies(
    answers: Sequence[Answer], marks: Sequence[bool], model: ReplyModel | None = None
) -> ReplyScore:
    """Compare quality with marks: a given model's, or, without one, models cross-validated in five folds."""
    if len(set(marks)) < 2 or len(marks) < 20:
        raise Refusal("understanding.too-little", messages=len(marks), labels=len(set(marks)))
    rows, good = np.array([values_of(one)[1] for one in answers]), np.array(marks)
    quality = np.zeros(len(good))
    if model is not None:
        quality = rows @ np.array(model.weights) + model.bias
    else:
        folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
        for learnt, asked in folds.split(rows, good):
            fitted = _fit(rows[learnt], good[learnt])
            quality[asked] = rows[asked] @ np.array(fitted.weights) + fitted.bias
    warned = rows[:, -1] > 0
    return ReplyScore(
        n=len(good),
        marked_good=int(good.sum()),
        rank_correlation=_correlation(quality, good),
        auc=round(_auc(quality, good), 4),
        aspects={name: _correlation(rows[:, at], good) for at, name in enumerate(NAMES[:5])},
        warned_of_good=round(float(warned[good].mean()), 4),
        warned_of_bad=round(float(warned[~good].mean()), 4),
    )


def _fit(rows: NDArray[np.float64], good: NDArray[np.bool_]) -> ReplyModel:
    machine = LogisticRegression(C=1.0, class_weight="balanced", max_iter=500).fit(rows, good)
    weights = tuple(round(float(one), 6) for one in machine.coef_[0])
    return ReplyModel(weights, round(float(machine.intercept_[0]), 6), len(good))


def _correlation(values: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    if np.ptp(values) == 0:
        return 0.0
    return round(float(spearmanr(values, good.astype(float)).statistic), 4)


def _auc(values: NDArray[np.float64], good: NDArray[np.bool_]) -> float:
    above = values[good][:, None] - values[~good][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())
