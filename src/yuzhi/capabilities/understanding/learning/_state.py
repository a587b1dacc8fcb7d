"""What the steward sees of the models, and how they roll one back."""

from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from yuzhi.capabilities.understanding.category import ModelShelf, Promotion
from yuzhi.capabilities.understanding.learning._studied import Studied, read_studied


class ModelState(Struct, frozen=True):
    """How a pack's category model stands: which version serves (empty: the catalogue's words), and which did.

    `offers` tells what became of the latest candidates, `studied` what the last study came to.
    """

    pack: str
    serving: str
    versions: tuple[str, ...]
    served: tuple[str, ...]
    offers: tuple[Promotion, ...]
    studied: Studied | None


def model_states(folder: Path, packs: Iterable[str]) -> tuple[ModelState, ...]:
    """Return how the model of each pack stands, in the order given."""
    return tuple(_state(folder / pack, pack) for pack in packs)


def _state(folder: Path, pack: str) -> ModelState:
    shelf = ModelShelf(folder)
    served = shelf.served()
    return ModelState(
        pack=pack, serving=served[-1] if served else "", versions=shelf.versions(), served=served,
        offers=shelf.offers()[-10:], studied=read_studied(folder),
    )  # fmt: skip


def roll_back(folder: Path, pack: str) -> ModelState:
    """Let the version serve that served before; raise `understanding.no-earlier-version` if none did."""
    ModelShelf(folder / pack).roll_back()
    return _state(folder / pack, pack)
