"""From labelled messages to a category model: one linear decision at each branching of the label tree."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category._features import (
    Message,
    Sheet,
    counts,
    learn_vocabulary,
    rarity,
    sheet,
    weigh,
)
from yuzhi.capabilities.understanding.category._linear import Linear
from yuzhi.capabilities.understanding.category._model import SEPARATOR, CategoryModel
from yuzhi.capabilities.understanding.category.training._fitting import fit, temperature

_FOLDS: Final = 3
_ENOUGH: Final = 4  # texts a label, on the whole, from which a temperature can be fitted
_GUESSED_TEMPERATURE: Final = 3.0  # where there are too few texts to fit one


def train(
    messages: Sequence[Message],
    labels: Sequence[str],
    *,
    progress: Callable[[str], None] = lambda _: None,
) -> CategoryModel:
    """Learn to tell labels apart; a label such as `a/b/c` is a path of levels.

    Messages with an empty label or no text at all are left out. Raises `understanding.too-little`
    if fewer than two labels or four messages remain.
    """
    pairs = [
        (message, _path(label))
        for message, label in zip(messages, labels, strict=True)
        if _path(label) and any(part.strip() for part in message)
    ]
    if len(pairs) < 4 or len({path for _, path in pairs}) < 2:
        raise Refusal("understanding.too-little", messages=len(pairs), labels=len({p for _, p in pairs}))
    progress("reading")
    batch = sheet([message for message, _ in pairs])
    vocabulary = learn_vocabulary(batch.grams, batch.subject_ends)
    matrix = counts(vocabulary, batch)
    idf = rarity(matrix)
    rows = weigh(vocabulary, matrix, idf)
    same = _same_texts(batch)
    nodes: dict[str, Linear] = {}
    for parent, members in _branchings([path for _, path in pairs]).items():
        progress(parent or "labels")
        chosen = np.fromiter((at for at, _ in members), dtype=np.int64, count=len(members))
        nodes[parent] = _branch(
            rows[chosen], [child for _, child in members], same[chosen], narrow=bool(parent)
        )
    return CategoryModel(vocabulary, idf, nodes, trained_on=len(pairs))


def _path(label: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in label.split(SEPARATOR) if part.strip())


def _branchings(paths: Sequence[tuple[str, ...]]) -> dict[str, list[tuple[int, str]]]:
    """Return, for each prefix that is continued, which texts it has and how each goes on.

    A label that ends where others go on, goes on with an empty name.
    """
    continued = {path[:depth] for path in paths for depth in range(len(path))}
    branchings: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for at, path in enumerate(paths):
        for depth in range(len(path)):
            branchings[SEPARATOR.join(path[:depth])].append((at, path[depth]))
        if path in continued:
            branchings[SEPARATOR.join(path)].append((at, ""))
    return dict(branchings)


def _branch(rows: sp.csr_matrix, children: Sequence[str], same: NDArray[np.int64], *, narrow: bool) -> Linear:
    labels = tuple(sorted(set(children)))
    answers = np.fromiter((labels.index(child) for child in children), dtype=np.int64, count=len(children))
    columns = None
    if narrow:
        having = np.bincount(rows.indices, minlength=rows.shape[1])
        columns = np.flatnonzero(having >= min(2, rows.shape[0])).astype(np.int32)
        rows = rows[:, columns]
    if len(labels) == 1:
        empty = np.zeros((rows.shape[1], 1), dtype=np.float32)
        return Linear(labels, empty, np.zeros(1, dtype=np.float32), 1.0, columns)
    weights, bias = fit(rows, answers, len(labels))
    return Linear(labels, weights, bias, _honest_temperature(rows, answers, same, len(labels)), columns)


def _honest_temperature(
    rows: sp.csr_matrix, answers: NDArray[np.int64], same: NDArray[np.int64], n_labels: int
) -> float:
    """Fit the temperature on margins of texts each left out in turn, copies of a text left out together."""
    if len(answers) < _ENOUGH * n_labels:
        return _GUESSED_TEMPERATURE
    fold = np.random.default_rng(0).permutation(int(same.max()) + 1)[same] % _FOLDS
    margins = np.zeros((len(answers), n_labels))
    told = np.zeros(len(answers), dtype=bool)
    for one in range(_FOLDS):
        unseen = fold == one
        weights, bias = fit(rows[~unseen], answers[~unseen], n_labels)
        margins[unseen] = rows[unseen] @ weights + bias
        # A label whose texts are all left out at once says nothing about how sure the others may be.
        told[unseen] = np.isin(answers[unseen], answers[~unseen])
    if told.sum() < _ENOUGH * n_labels:
        return _GUESSED_TEMPERATURE
    return temperature(margins[told], answers[told], guess=_GUESSED_TEMPERATURE)


def _same_texts(batch: Sheet) -> NDArray[np.int64]:
    """Number the texts so that those with one subject have one number."""
    subjects = [text[:end] for text, end in zip(batch.texts, batch.subject_ends, strict=True)]
    return np.unique(np.array(subjects), return_inverse=True)[1].astype(np.int64)
