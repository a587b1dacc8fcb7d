"""What somebody types into a search box, understood: its words, and quoted phrases."""

import re

import rjieba
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.lexicon._folding import fold
from yuzhi.capabilities.lexicon._keys import END, RUNS, WORD_MOST, neighbours

ASKED_MOST = 200
TERMS_MOST = 24

_OPEN, _CLOSE = '"“„‟「『《', '"”„‟」』》'
_QUOTED = re.compile(rf"[{_OPEN}]([^{_OPEN}{_CLOSE}]+)[{_CLOSE}]")


class Asked(Struct, frozen=True):
    """A question: `terms` are marked in what is found, `keys` are what they are looked up by."""

    terms: tuple[str, ...]
    keys: tuple[str, ...]


def understand(words: str) -> Asked:
    """Return what is asked for. Signs that are operators elsewhere only part words here.

    Words without blanks between them are cut by a dictionary, and single characters left over in the
    cutting are passed over. What stands in quotation marks is looked for as it stands.

    Raises Refusal `search.too_long`, `search.nothing_asked` (no letter, digit or character in it) and
    `search.too_short` (one character only).
    """
    if len(words) > ASKED_MOST:
        raise Refusal("search.too_long", most=ASKED_MOST, given=len(words))
    folded = fold(words)
    terms = dict.fromkeys(term for phrase in _QUOTED.findall(folded) for term in _whole(phrase))
    terms |= dict.fromkeys(_cut(_QUOTED.sub(" ", folded)))
    if not terms:
        raise Refusal("search.nothing_asked")
    kept = [term for term in terms if len(term) > 1 or not _is_han(term)][:TERMS_MOST]
    if not kept:
        raise Refusal("search.too_short", least=2)
    keys = dict.fromkeys(
        key for term in kept for key in (neighbours(term) if _is_han(term) else [term + END])
    )
    return Asked(terms=tuple(kept), keys=tuple(keys))


def _whole(phrase: str) -> list[str]:
    return [han or word[:WORD_MOST] for han, word in RUNS.findall(phrase)]


def _cut(folded: str) -> list[str]:
    found: list[str] = []
    for han, word in RUNS.findall(folded):
        if word or len(han) <= 2:
            found.append(han or word[:WORD_MOST])
        else:
            cut = rjieba.cut(han)
            found += cut if any(len(one) > 1 for one in cut) else [han]
    return found


def _is_han(term: str) -> bool:
    match = RUNS.match(term)
    return match is not None and bool(match[1])
