"""One linear decision between labels at work, and how sure it may be; training fits it."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights (columns x labels), one bias a label, and the temperature of its margins.

    `columns` are the model's columns it looks at, None for all.
    """

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float
    columns: NDArray[np.int32] | None = None

    def margins(self, rows: sp.csr_matrix) -> NDArray[np.float64]:
        """Return how far each row stands on each label's side."""
        if self.columns is not None:
            rows = rows[:, self.columns]
        return np.asarray(rows @ self.weights, dtype=np.float64) + self.bias

    def probabilities(self, rows: sp.csr_matrix) -> NDArray[np.float64]:
        """Return each label's probability for each row; a row's sum is 1."""
        return softmax(self.margins(rows) * self.temperature)


def softmax(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows of probabilities; a row's sum is 1."""
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
