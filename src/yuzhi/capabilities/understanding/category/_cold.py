"""A category model from a catalogue's words alone, for the first day: names of categories, cut.

A category is as likely as its names (its own, and fainter those above and below it) share rare
words and character pairs with a message. It is marked as cold, and any trained model replaces it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category._features import counts, learn_vocabulary, sheet
from yuzhi.capabilities.understanding.category._linear import Linear
from yuzhi.capabilities.understanding.category._model import SEPARATOR, CategoryModel

_TEMPERATURE: Final = 6.0
_SILENT: Final = frozenset(("其他", "其它", "其他问题", "综合", "其他类"))


def cold_model(paths: Sequence[str], *, levels: int | None = None) -> CategoryModel:
    """Return a model that knows the categories `paths` (`a/b/c`) by their names only.

    `levels` cuts the paths to so many levels: what lies below lends its words to what is above.
    Raises `understanding.too-little` if there are fewer than two categories.
    """
    return described_model(_described(paths, levels))


def described_model(described: Mapping[str, Sequence[str]]) -> CategoryModel:
    """Return a model that knows each category by the words given for it, and by nothing else.

    Raises `understanding.too-little` if there are fewer than two categories.
    """
    if len(described) < 2:
        raise Refusal("understanding.too-little", messages=0, labels=len(described))
    labels = sorted(described)
    batch = sheet([("", " ".join(described[label])) for label in labels])
    vocabulary = learn_vocabulary(batch.grams, np.zeros(len(labels), dtype=np.int32), least=1)
    matrix = counts(vocabulary, batch)
    having = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = (np.log((1 + len(labels)) / np.maximum(having, 1)) + 0.1).astype(np.float32)
    sizes = np.ones(len(vocabulary), dtype=np.float32)
    place = vocabulary.find(batch.grams.hash)
    sizes[place[place >= 0]] = np.minimum(batch.grams.size[place >= 0], 4)
    # A single character says little, a long word much; what many categories share says nothing.
    weights = (1 + np.log(matrix.toarray().clip(1e-9))).clip(0) * idf * (sizes - 0.8)
    weights /= np.sqrt(np.linalg.norm(weights, axis=1, keepdims=True)).clip(1e-9)
    nodes = {
        "": Linear(
            tuple(labels), weights.T.astype(np.float32), np.zeros(len(labels), np.float32), _TEMPERATURE
        )
    }
    return CategoryModel(vocabulary, idf, nodes, is_cold=True)


def _described(paths: Sequence[str], levels: int | None) -> dict[str, list[str]]:
    described: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        parts = [part.strip() for part in path.split(SEPARATOR) if part.strip()]
        if parts:
            label = SEPARATOR.join(parts[:levels])
            described[label] += [
                part for part in parts if part not in _SILENT and part not in described[label]
            ]
    return described
