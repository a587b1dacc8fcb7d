"""Words for looking things up: texts folded, cut into keys, and marked where what was asked for stands."""

from yuzhi.capabilities.lexicon._asking import ASKED_MOST, Asked, understand
from yuzhi.capabilities.lexicon._folding import fold
from yuzhi.capabilities.lexicon._keys import END, keys_of
from yuzhi.capabilities.lexicon._marking import PassageView, PieceView, passages

__all__ = [
    "ASKED_MOST",
    "END",
    "Asked",
    "PassageView",
    "PieceView",
    "fold",
    "keys_of",
    "passages",
    "understand",
]
