"""What the aspects of an answer weigh together, learnt from answers people marked as good or not."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.replies._aspects import Aspects, aspects_of, is_empty_answer, substance
from yuzhi.capabilities.understanding.text import plain

_NAMES: Final = ("relevance", "completeness", "explanation", "timeliness", "politeness", "substance", "empty")
_FOLDS: Final = 5


class Answer(Struct, frozen=True):
    """A question, its official answer and the time between, if known."""

    question: str
    answer: str
    took: timedelta | None = None


class ReplyCheck(Struct, frozen=True):
    """How good an answer is, 0 to 1, its aspects with reasons, and a warning before an empty one is sent."""

    quality: float
    aspects: Aspects
    warning: str


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


class ReplyModel(Struct, frozen=True):
    """Weights of the aspects; the first one in use before anything is learnt is plain good sense."""

    weights: tuple[float, ...] = (1.5, 2.5, 1.5, 0.5, 0.5, 1.5, -2.0)
    bias: float = -2.5
    trained_on: int = 0

    def check(self, answer: Answer) -> ReplyCheck:
        """Weigh one answer."""
        aspects, values = _values(answer)
        empty, why = is_empty_answer(answer.answer)
        chance = 1 / (1 + np.exp(-(float(values @ np.array(self.weights)) + self.bias)))
        return ReplyCheck(round(float(chance), 4), aspects, f"这是一份空答复：{why}" if empty else "")


def train_replies(answers: Sequence[Answer], marks: Sequence[bool]) -> ReplyModel:
    """Learn what the aspects weigh; raise `understanding.too-little` without both kinds of marks."""
    if len(set(marks)) < 2 or len(marks) < 20:
        raise Refusal("understanding.too-little", messages=len(marks), labels=len(set(marks)))
    return _fit(np.array([_values(one)[1] for one in answers]), np.array(marks))


def score_replies(
    answers: Sequence[Answer], marks: Sequence[bool], model: ReplyModel | None = None
) -> ReplyScore:
    """Compare quality with marks: a given model's, or, without one, models cross-validated in five folds."""
    if len(set(marks)) < 2 or len(marks) < 20:
        raise Refusal("understanding.too-little", messages=len(marks), labels=len(set(marks)))
    rows, good = np.array([_values(one)[1] for one in answers]), np.array(marks)
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
        aspects={name: _correlation(rows[:, at], good) for at, name in enumerate(_NAMES[:5])},
        warned_of_good=round(float(warned[good].mean()), 4),
        warned_of_bad=round(float(warned[~good].mean()), 4),
    )


def save_replies(model: ReplyModel, path: Path) -> None:
    """Write a model as JSON."""
    content = {"kind": "yuzhi reply model 1", "names": _NAMES, "weights": model.weights, "bias": model.bias}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content | {"trained_on": model.trained_on}, indent=2), encoding="utf-8")


def load_replies(path: Path) -> ReplyModel:
    """Read a model; raise `understanding.model-missing` or `understanding.model-damaged`."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        weights = tuple(float(one) for one in content["weights"])
        if content["kind"] != "yuzhi reply model 1" or len(weights) != len(_NAMES):
            raise Refusal(
                "understanding.model-damaged", path=str(path), why="not a reply model of this version"
            )
        return ReplyModel(weights, float(content["bias"]), int(content["trained_on"]))
    except FileNotFoundError as error:
        raise Refusal("understanding.model-missing", path=str(path)) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("understanding.model-damaged", path=str(path), why=str(error)) from error


def _values(answer: Answer) -> tuple[Aspects, NDArray[np.float64]]:
    aspects = aspects_of(answer.question, answer.answer, answer.took)
    size = np.log1p(len(substance(plain(answer.answer)))) / np.log1p(400)
    empty = float(is_empty_answer(answer.answer)[0])
    return aspects, np.array([*(getattr(aspects, name).value for name in _NAMES[:5]), min(size, 1.3), empty])


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
