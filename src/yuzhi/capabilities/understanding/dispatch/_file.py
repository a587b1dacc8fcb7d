"""A router as one file, safe to load: JSON and plain arrays in a NumPy archive, pickles refused."""

import io
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding._sealed import read_sealed, write_sealed
from yuzhi.capabilities.understanding.dispatch._counts import BackedOffCounts
from yuzhi.capabilities.understanding.dispatch._names import UnitNames
from yuzhi.capabilities.understanding.dispatch._regression import Regression
from yuzhi.capabilities.understanding.dispatch._router import Experience, Router

_MAGIC: Final = b"yuzhi router 1\n"
_REGRESSIONS: Final = ("units", "patterns")

Counts = list[tuple[tuple[str, ...], dict[str, int]]]


class _Head(Struct, frozen=True):
    brackets: dict[str, list[str]]
    known: list[str]
    by_unit: Counts
    by_pattern: Counts
    features: list[str]
    labels: dict[str, list[str]]


def save_router(router: Router, path: Path) -> None:
    """Write a router to `path`, whole or not at all."""
    learnt = router.experience
    head = _Head(
        brackets={bare: sorted(seen) for bare, seen in learnt.names.brackets.items()},
        known=sorted(learnt.known),
        by_unit=_told(learnt.by_unit),
        by_pattern=_told(learnt.by_pattern),
        features=sorted(learnt.columns, key=learnt.columns.__getitem__),
        labels={"units": list(learnt.units.labels), "patterns": list(learnt.patterns.labels)},
    )
    arrays: dict[str, NDArray[Any]] = {"head": np.frombuffer(msgspec.json.encode(head), dtype=np.uint8)}
    for name, one in zip(_REGRESSIONS, (learnt.units, learnt.patterns), strict=True):
        arrays[f"{name}_weights"] = one.weights.astype(np.float16)
        arrays[f"{name}_bias"] = one.bias
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    write_sealed(path, _MAGIC, buffer.getvalue())


def load_router(path: Path) -> Router:
    """Read a router; raise `understanding.model-missing` or `understanding.model-damaged` if that fails."""
    payload = read_sealed(path, _MAGIC)
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
            head = msgspec.json.decode(arrays["head"].tobytes(), type=_Head)
            units, patterns = (
                Regression(
                    tuple(head.labels[name]),
                    arrays[f"{name}_weights"].astype(np.float32),
                    arrays[f"{name}_bias"],
                )
                for name in _REGRESSIONS
            )
    except (KeyError, ValueError, BadZipFile, msgspec.MsgspecError) as error:
        raise Refusal("understanding.model-damaged", path=str(path), why=str(error)) from error
    return Router(
        Experience(
            UnitNames(head.brackets),
            frozenset(head.known),
            _taken(head.by_unit),
            _taken(head.by_pattern),
            {name: at for at, name in enumerate(head.features)},
            units,
            patterns,
        )
    )


def _told(counts: BackedOffCounts) -> Counts:
    return [(tuple(map(str, key)), answers) for key, answers in counts.told.items() if isinstance(key, tuple)]


def _taken(told: Counts) -> BackedOffCounts:
    counts = BackedOffCounts()
    for key, answers in told:
        counts.take(key, answers)
    return counts
