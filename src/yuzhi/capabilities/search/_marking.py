"""Where in a matter's texts the words asked for stand: short passages, in pieces, those found marked."""

import re
from collections.abc import Mapping, Sequence

from yuzhi.capabilities.search._folding import fold
from yuzhi.capabilities.search._views import PassageView, PieceView

PASSAGES_MOST = 3
BEFORE, LONG = 24, 120  # characters
_FIRST = ("subject", "place_words", "detail")


def passages(texts: Mapping[str, str], terms: Sequence[str]) -> tuple[PassageView, ...]:
    """Return the passages of a matter's texts (by name) in which a term stands, the subject's first.

    `terms` are folded. Where none stands as it was typed there is nothing to show.
    """
    pattern = re.compile("|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True)))
    names = sorted(texts, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
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
