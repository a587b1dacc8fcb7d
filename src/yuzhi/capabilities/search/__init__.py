"""Finding matters by the words in them, newest first, among those one may see."""

from yuzhi.capabilities.search._asking import ASKED_MOST, Asked, understand
from yuzhi.capabilities.search._finding import Wanted, find
from yuzhi.capabilities.search._indexing import follow, rebuild
from yuzhi.capabilities.search._views import FoundPage, FoundView, PassageView, PieceView

__all__ = [
    "ASKED_MOST",
    "Asked",
    "FoundPage",
    "FoundView",
    "PassageView",
    "PieceView",
    "Wanted",
    "find",
    "follow",
    "rebuild",
    "understand",
]
