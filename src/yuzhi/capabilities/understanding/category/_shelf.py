"""The versions of a city's category model: which one serves, promote if not worse, roll back.

A shelf is a folder with `v0001.model`, `v0002.model`, ..., `serving.json` (the versions that served,
the present one last) and `offers.json` (what became of the latest candidates). A serving model that
is missing or damaged gives way to a cold one, with a warning for the status page.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category._features import Message
from yuzhi.capabilities.understanding.category._file import load_model, save_model
from yuzhi.capabilities.understanding.category._model import CategoryModel
from yuzhi.capabilities.understanding.category._scoring import f1_by_label
from yuzhi.store.whole import write_whole

_KEPT: Final = 10
_TOLD: Final = 50


class Promotion(Struct, frozen=True):
    """What became of a candidate: its version, whether it serves now, and both macro-F1.

    `n` closed matters were compared on, `trained_on` others were learnt from.
    """

    version: str
    is_promoted: bool
    candidate_f1: float
    serving_f1: float | None
    n: int
    trained_on: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """The model in use, its version (empty for a cold one) and what is wrong (None if nothing is)."""

    model: CategoryModel
    version: str
    warning: Refusal | None


class ModelShelf:
    """A folder of model versions; one process writes to it at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder

    def versions(self) -> tuple[str, ...]:
        """Return all versions kept, oldest first."""
        return tuple(sorted(path.stem for path in self.folder.glob("v*.model")))

    def served(self) -> tuple[str, ...]:
        """Return the versions that served, the present one last; empty if none did or the list is damaged."""
        try:
            listed = json.loads((self.folder / "serving.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ()
        return tuple(str(one) for one in listed) if isinstance(listed, list) else ()

    def offers(self) -> tuple[Promotion, ...]:
        """Return what became of the latest candidates, oldest first."""
        try:
            return msgspec.json.decode((self.folder / "offers.json").read_bytes(), type=tuple[Promotion, ...])
        except (OSError, msgspec.MsgspecError):
            return ()

    def serving(self, cold: Callable[[], CategoryModel]) -> Serving:
        """Return the model in use, or a cold one: on the first day, or with a warning that says why."""
        served, versions = self.served(), self.versions()
        if not served and not versions:
            return Serving(cold(), "", None)
        try:
            return Serving(load_model(self._path(served[-1] if served else "")), served[-1], None)
        except Refusal as refusal:
            return Serving(cold(), "", refusal)

    def offer(
        self,
        candidate: CategoryModel,
        newest: Sequence[Message],
        labels: Sequence[str],
        *,
        at: datetime | None = None,
    ) -> Promotion:
        """Keep a candidate as a new version; let it serve if it is not worse on the newest closed matters.

        The candidate must not have learnt from them. With no serving model, or a damaged one, it
        serves at once. Raises `understanding.nothing-labelled` if there is nothing to compare on.
        """
        pairs = [(message, label) for message, label in zip(newest, labels, strict=True) if label.strip()]
        if not pairs:
            raise Refusal("understanding.nothing-labelled")
        theirs = self._macro(self._present(), pairs)
        mine = self._macro(candidate, pairs) or 0.0
        versions = self.versions()
        version = f"v{int(versions[-1][1:]) + 1 if versions else 1:04d}"
        save_model(candidate, self._path(version))
        is_better = theirs is None or mine >= theirs
        if is_better:
            self._list((*self.served(), version))
        self._forget()
        told = Promotion(version, is_better, mine, theirs, len(pairs), candidate.trained_on, at)
        write_whole(self.folder / "offers.json", msgspec.json.encode((*self.offers(), told)[-_TOLD:]))
        return told

    def roll_back(self) -> str:
        """Let the version serve that served before; raise `understanding.no-earlier-version` if none did."""
        served = self.served()
        if len(served) < 2 or not self._path(served[-2]).exists():
            raise Refusal("understanding.no-earlier-version", folder=str(self.folder))
        self._list(served[:-1])
        return served[-2]

    def _present(self) -> CategoryModel | None:
        try:
            return load_model(self._path(self.served()[-1]))
        except (Refusal, IndexError):
            return None

    @staticmethod
    def _macro(model: CategoryModel | None, pairs: Sequence[tuple[Message, str]]) -> float | None:
        if model is None:
            return None
        guesses = model.suggest([message for message, _ in pairs], words=False)
        scores = f1_by_label([label for _, label in pairs], [one[0].label if one else "" for one in guesses])
        return round(sum(scores.values()) / len(scores), 4)

    def _path(self, version: str) -> Path:
        return self.folder / f"{version}.model"

    def _list(self, served: Sequence[str]) -> None:
        write_whole(self.folder / "serving.json", json.dumps(list(served[-_KEPT:])).encode())

    def _forget(self) -> None:
        """Remove the oldest versions that neither serve nor served lately."""
        spared = {*self.served(), *self.versions()[-_KEPT:]}
        for version in self.versions():
            if version not in spared:
                self._path(version).unlink(missing_ok=True)
