"""Words as numbers: texts made plain, cut, hashed, and what is personal in them found."""

from yuzhi.capabilities.understanding.text._grams import Grams, gram_stream, stable_hash
from yuzhi.capabilities.understanding.text._personal import mask_personal, personal_spans
from yuzhi.capabilities.understanding.text._plain import LONGEST, plain, plain_batch
from yuzhi.capabilities.understanding.text._speaking import TellingWords
from yuzhi.capabilities.understanding.text._tables import Row, read_rows, words_of

__all__ = [
    "LONGEST",
    "Grams",
    "Row",
    "TellingWords",
    "gram_stream",
    "mask_personal",
    "personal_spans",
    "plain",
    "plain_batch",
    "read_rows",
    "stable_hash",
    "words_of",
]
