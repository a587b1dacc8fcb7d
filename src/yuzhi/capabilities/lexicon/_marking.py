"""Where in texts the words asked for stand: short passages, in pieces, those found marked."""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from yuzhi.capabilities.lexicon._folding import fold

PASSAGES_MOST = 3
BEFORE, LONG = 24, 120  # characters


class PieceView(Struct, frozen=True):
    """A piece of a passage; `is_found` says that it is one of the words asked for."""

    words: str
    is_found: bool = False


class PassageView(Struct, frozen=True):
    """A stretch of a text, whole when its pieces are put together."""

    name: str
    pieces: tuple[PieceView, ...]


def passages(
    texts: Mapping[str, str], terms: Sequence[str], *, first: Sequence[str] = ()
) -> tuple[PassageView, ...]:
    """Return the passages of texts (by name) in which a term stands; those named in `first` come first.

    `terms` are folded. Where none stands as it was typed there is nothing to show.
    """
    pattern = re.compile("|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True)))
    names = sorted(texts, key=lambda name: (first.index(name) if name in first else len(first), name))
    found = []
    for name in names:
        spans = [match.span() for match in pattern.finditer(fold(texts[name]))]
        if spans:
            found.append(PassageView(name=name, pieces=_pieces(texts[name], spans)))
        if len(found) == PASSAGES_MOST:
            break
    return tuple(found)


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> tuple[PieceView, ...]:
    """Return a stretch of a text around the first places found, cut into what is found and what is not."""
    begin = max(0, spans[0][0] - BEFORE)
    end = min(len(text), max(begin + LONG, spans[0][1]))
    pieces = []
    if begin:
        pieces.append(PieceView("…"))
    at = begin
    for first, past in spans:
        if past > end:
            break
        if first > at:
            pieces.append(PieceView(text[at:first]))
        pieces.append(PieceView(text[first:past], is_found=True))
        at = past
    if at < end:
        pieces.append(PieceView(text[at:end]))
    if end < len(text):
        pieces.append(PieceView("…"))
    return tuple(pieces)
