"""How many of the places in marked sentences are found, and how many found are there."""

import re
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from typing import Final

from msgspec import Struct

from yuzhi.capabilities.understanding.places._rank import find_places
from yuzhi.capabilities.understanding.places._shapes import Place

_MARK: Final = re.compile(r"\[(estate|road|street|landmark|number):([^\]]+)\]")

Named = tuple[str, str, str]
"""A place as kind, name and house number."""


class MarkedSentence(Struct, frozen=True):
    """A sentence and the places it names; `half` is 0 for the half rules were written by, 1 for the other."""

    half: int
    text: str
    places: frozenset[Named]


class PlaceScore(Struct, frozen=True):
    """Precision and recall of places, overall and by kind (kind: (precision, recall))."""

    sentences: int
    precision: float
    recall: float
    kinds: dict[str, tuple[float, float]]


def marked_sentences() -> tuple[MarkedSentence, ...]:
    """Return the project's own marked sentences."""
    path = files("yuzhi") / "data" / "understanding" / "places_labelled.txt"
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    return tuple(_parsed(line) for line in lines)


def _parsed(line: str) -> MarkedSentence:
    half, marked = line.split(" ", 1)
    places: list[Named] = []
    for kind, words in _MARK.findall(marked):
        if kind == "number":
            road = places.pop()
            places.append((road[0], road[1], words.removesuffix("号")))
        else:
            places.append((kind, words, ""))
    return MarkedSentence(int(half), _MARK.sub(lambda match: match[2], marked), frozenset(places))


def measure_places(
    sentences: Sequence[MarkedSentence], find: Callable[[str], Iterable[Place]] = find_places
) -> PlaceScore:
    """Compare found places with marked ones; kind, name and number must all agree."""
    pairs = [(sentence.places, _named(find(sentence.text))) for sentence in sentences]
    kinds = sorted({kind for true, _ in pairs for kind, _, _ in true})
    return PlaceScore(len(sentences), *_shares(pairs, ""), {kind: _shares(pairs, kind) for kind in kinds})


def _named(places: Iterable[Place]) -> frozenset[Named]:
    named = set()
    for place in places:
        named.add((place.kind, place.name, place.number))
        if place.crosses:
            named.add((place.kind, place.crosses, ""))
    return frozenset(named)


def _shares(pairs: Sequence[tuple[frozenset[Named], frozenset[Named]]], kind: str) -> tuple[float, float]:
    right = found = there = 0
    for true, said in pairs:
        wanted, given = ({one for one in side if kind in {"", one[0]}} for side in (true, said))
        right, found, there = right + len(wanted & given), found + len(given), there + len(wanted)
    return round(right / max(found, 1), 4), round(right / max(there, 1), 4)
