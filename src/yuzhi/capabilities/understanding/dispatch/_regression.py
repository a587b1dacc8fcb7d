"""A logistic regression over named features, as plain arrays: fitted once, asked many times, saved easily."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

_COST: Final = 0.1
_STEPS: Final = 400
_EXACTNESS: Final = 2e-3

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Regression:
    """Weights (features x labels) and a bias for each label; one label needs neither."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    def chances(self, columns: Sequence[int], values: Sequence[float]) -> dict[str, float]:
        """Return each label's probability for the features in some columns."""
        sums = self.bias + np.asarray(values, dtype=np.float32) @ self.weights[list(columns)]
        powers = np.exp(sums - sums.max())
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))


def fit_regressions(
    rows: Sequence[Features], answers: Sequence[Sequence[str]]
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
