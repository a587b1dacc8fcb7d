"""A logistic regression over named features, as plain arrays: asked many times, saved easily."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
