"""What was learnt of each pack, in memory; read anew when a file of it changed, whoever changed it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.understanding.category import CategoryModel, ModelShelf, described_model
from yuzhi.capabilities.understanding.dispatch import Router, load_router
from yuzhi.capabilities.understanding.issues import Issue
from yuzhi.capabilities.understanding.learning._studied import ISSUES, ROUTER, read_issues

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Learnt:
    """What is known of a pack: its category model (None for a pack without a catalogue), routes, issues.

    `version` is empty for a model made of the catalogue's words. `warnings` say what could not be read.
    """

    model: CategoryModel | None
    version: str
    router: Router | None
    issues: tuple[Issue, ...]
    warnings: tuple[Refusal, ...] = ()


class Library:
    """Holds what was learnt; safe to ask from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder: Final = folder
        self._lock: Final = Lock()
        self._held: dict[str, tuple[Stamp, str, Learnt]] = {}

    def of(self, pack: str, catalogue: Mapping[str, Sequence[str]]) -> Learnt:
        """Return what is known of a pack whose categories are described by some words each."""
        folder = self.folder / pack
        with self._lock:
            stamp, words = _stamp(folder), repr(sorted(catalogue.items()))
            held = self._held.get(pack)
            if held is None or held[:2] != (stamp, words):
                held = (stamp, words, _read(folder, catalogue))
                self._held[pack] = held
        return held[2]


def _stamp(folder: Path) -> Stamp:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ()
    found = []
    for path in entries:
        if not path.name.startswith("."):
            try:
                told = path.stat()
            except OSError:
                continue
            found.append((path.name, told.st_mtime_ns, told.st_size))
    return tuple(found)


def _read(folder: Path, catalogue: Mapping[str, Sequence[str]]) -> Learnt:
    warnings: list[Refusal] = []
    model, version = None, ""
    if len(catalogue) > 1:
        serving = ModelShelf(folder).serving(lambda: described_model(catalogue))
        model, version = serving.model, serving.version
        warnings += [serving.warning] if serving.warning else []
    router = None
    try:
        router = load_router(folder / ROUTER)
    except Refusal as refusal:
        if refusal.code != "understanding.model-missing":
            warnings.append(refusal)
    return Learnt(model, version, router, read_issues(folder / ISSUES), tuple(warnings))
