"""Places from words: territory, street, estate, road and number, landmark, ranked with reasons."""

from yuzhi.capabilities.understanding.places._measure import (
    MarkedSentence,
    PlaceScore,
    marked_sentences,
    measure_places,
)
from yuzhi.capabilities.understanding.places._rank import find_places
from yuzhi.capabilities.understanding.places._shapes import Gazetteer, Known, Place, PlaceKind

__all__ = [
    "Gazetteer",
    "Known",
    "MarkedSentence",
    "Place",
    "PlaceKind",
    "PlaceScore",
    "find_places",
    "marked_sentences",
    "measure_places",
]
