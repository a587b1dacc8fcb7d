"""Finding matters by the words in them, newest first, among those one may see."""

from yuzhi.capabilities.search._finding import Wanted, find
from yuzhi.capabilities.search._indexing import follow, rebuild
from yuzhi.capabilities.search._views import FoundPage, FoundView

__all__ = [
    "FoundPage",
    "FoundView",
    "Wanted",
    "find",
    "follow",
    "rebuild",
]
