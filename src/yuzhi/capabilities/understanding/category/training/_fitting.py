"""Fits one linear decision: naive-Bayes-weighted support vectors, and the temperature of their margins.

The features are scaled by their naive Bayes log-count ratio before a linear SVM is fitted
(Wang and Manning, "Baselines and Bigrams", ACL 2012); margins become probabilities by one
temperature fitted on margins of texts the model had not seen (Guo et al., ICML 2017).
"""

from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.svm import LinearSVC

from yuzhi.capabilities.understanding.category._linear import softmax

_COST: Final = 0.15
_UNSEEN: Final = 1.0  # added to every count of the naive Bayes ratio


def log_ratios(rows: sp.csr_matrix, answers: NDArray[np.int64], n_labels: int) -> NDArray[np.float64]:
    """Return, for each label and column, the log of how much oftener the label's texts have it."""
    present = sp.csr_matrix((np.ones(len(rows.data)), rows.indices, rows.indptr), shape=rows.shape)
    picks = sp.csr_matrix(
        (np.ones(len(answers)), (answers, np.arange(len(answers)))), shape=(n_labels, len(answers))
    )
    having = np.asarray((picks @ present).todense())
    inside, outside = having + _UNSEEN, having.sum(axis=0) - having + _UNSEEN
    inside /= inside.sum(axis=1, keepdims=True)
    outside /= outside.sum(axis=1, keepdims=True)
    return np.asarray(np.log(inside / outside))


def fit(
    rows: sp.csr_matrix, answers: NDArray[np.int64], n_labels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights and biases that tell each label from all others; texts of rare labels count for more."""
    rows = rows.astype(np.float64)
    ratios = np.abs(log_ratios(rows, answers, n_labels))
    weights = np.zeros((rows.shape[1], n_labels), dtype=np.float32)
    bias = np.full(n_labels, -1.0, dtype=np.float32)
    scaled = rows.copy()
    often = np.maximum(np.bincount(answers, minlength=n_labels), 1)
    counts_for = np.sqrt(len(answers) / (n_labels * often))[answers]
    for label in range(n_labels):
        is_label = answers == label
        if is_label.all() or not is_label.any():  # nothing to tell apart
            bias[label] = 1.0 if is_label.any() else -1.0
            continue
        scaled.data = rows.data * ratios[label][rows.indices]
        machine = LinearSVC(C=_COST, random_state=0, max_iter=2000).fit(
            scaled, is_label, sample_weight=counts_for
        )
        weights[:, label] = machine.coef_[0] * ratios[label]
        bias[label] = machine.intercept_[0]
    return weights, bias


def temperature(margins: NDArray[np.float64], answers: NDArray[np.int64], *, guess: float) -> float:
    """Return the factor on margins that makes the answers likeliest; few answers leave it near a guess."""

    def loss(log_factor: float) -> float:
        chosen = softmax(margins * np.exp(log_factor))[np.arange(len(answers)), answers]
        doubt = (log_factor - np.log(guess)) ** 2
        return float(-np.log(np.maximum(chosen, 1e-12)).sum() + doubt)

    return float(np.exp(minimize_scalar(loss, bounds=(-0.7, 4.0), method="bounded").x))
