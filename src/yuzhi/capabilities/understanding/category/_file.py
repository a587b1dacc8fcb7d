"""A category model as one file, safe to load: a checksum, a JSON head, plain arrays; no code, no words.

A NumPy archive, read with pickles refused. Weights are stored in half precision.
"""

import io
import json
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding._sealed import read_sealed, write_sealed
from yuzhi.capabilities.understanding.category._linear import Linear
from yuzhi.capabilities.understanding.category._model import CategoryModel
from yuzhi.capabilities.understanding.category._vocabulary import Vocabulary

_MAGIC: Final = b"yuzhi category model 2\n"


def save_model(model: CategoryModel, path: Path) -> None:
    """Write a model to `path`, whole or not at all."""
    write_sealed(path, _MAGIC, _encode(model))


def load_model(path: Path) -> CategoryModel:
    """Read a model; raise `understanding.model-missing` or `understanding.model-damaged` if that fails."""
    payload = read_sealed(path, _MAGIC)
    try:
        return _decode(payload)
    except (KeyError, ValueError, TypeError, IndexError, BadZipFile) as error:
        raise Refusal("understanding.model-damaged", path=str(path), why=str(error)) from error


def _encode(model: CategoryModel) -> bytes:
    head = {
        "n_chars": model.vocabulary.n_chars,
        "trained_on": model.trained_on,
        "is_cold": model.is_cold,
        "nodes": [
            {"parent": parent, "labels": node.labels, "temperature": node.temperature}
            for parent, node in model.nodes.items()
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "head": np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8),
        "hashes": model.vocabulary.hashes,
        "subject": model.vocabulary.subject,
        "idf": model.idf,
    }
    for at, node in enumerate(model.nodes.values()):
        arrays[f"weights{at}"] = node.weights.astype(np.float16)
        arrays[f"bias{at}"] = node.bias
        if node.columns is not None:
            arrays[f"columns{at}"] = node.columns
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def _decode(payload: bytes) -> CategoryModel:
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        head = json.loads(arrays["head"].tobytes())
        nodes = {}
        for at, node in enumerate(head["nodes"]):
            nodes[str(node["parent"])] = Linear(
                labels=tuple(node["labels"]),
                weights=arrays[f"weights{at}"].astype(np.float32),
                bias=arrays[f"bias{at}"],
                temperature=float(node["temperature"]),
                columns=arrays.get(f"columns{at}"),
            )
        vocabulary = Vocabulary(arrays["hashes"], int(head["n_chars"]), arrays["subject"])
        return CategoryModel(
            vocabulary,
            arrays["idf"],
            nodes,
            trained_on=int(head["trained_on"]),
            is_cold=bool(head["is_cold"]),
        )
