"""Words to place: the territories and landmarks a text names, ranked, each with its reason.

Names are found in one pass over the text. A name that several places share is decided by the
other names in the text or by `within`; a name without its suffix counts less, and an ordinary
word only counts where something else in the text speaks for the place.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from yuzhi.capabilities.territory._codes import covers
from yuzhi.capabilities.territory._senses import Sense, landmark_senses, plain, territory_senses
from yuzhi.capabilities.territory._tree import Atlas
from yuzhi.capabilities.territory._views import Landmark
from yuzhi.capabilities.territory._weighing import Mention, PlaceGuess, Weighed, context_of, weigh
from yuzhi.capabilities.territory._words import becomes_another, is_word_of_its_own, stands_free, words_at

MOST_MENTIONS: Final = 64  # in one text; a list of a whole district's villages is no place

_GOOD: Final = 0.6  # a guess this good stands for the places above it that led to it


class Gazetteer:
    """Frozen index of all names of one day; closed territories lend their names to their heirs."""

    __slots__ = ("_atlas", "_heads", "_senses")

    def __init__(self, atlas: Atlas, landmarks: Iterable[Landmark] = (), *, on: date) -> None:
        senses: defaultdict[str, dict[tuple[str, str], Sense]] = defaultdict(dict)
        for form, sense in (*territory_senses(atlas, on), *landmark_senses(atlas, landmarks, on)):
            senses[plain(form)].setdefault((sense.code, sense.name), sense)
        heads: defaultdict[str, set[int]] = defaultdict(set)
        for form in senses:
            heads[form[:2]].add(len(form))
        self._atlas: Final = atlas
        self._senses: Final = {form: tuple(given.values()) for form, given in senses.items()}
        # The first two characters of a form lead to the lengths to try: a trie of two storeys.
        self._heads: Final = {head: tuple(sorted(lengths, reverse=True)) for head, lengths in heads.items()}

    def __len__(self) -> int:
        return len(self._senses)

    def find(self, text: str, within: str | None = None, *, limit: int = 5) -> tuple[PlaceGuess, ...]:
        """The places `text` may mean, the likeliest first, at most `limit`.

        Only places under `within` are given, if it is given; it also counts as context. A
        place that was the reason for a good guess below it is not listed again.
        """
        mentions = self._mentions(plain(text), within)
        holder = self._atlas.territories.get(within) if within is not None else None
        context = context_of(mentions, within, holder.name if holder else "")
        best: dict[tuple[str, str], Weighed] = {}
        for mention in mentions:
            for one in weigh(mention, context):
                key = one.guess.code, one.guess.name
                if key not in best or one.guess.score > best[key].guess.score:
                    best[key] = one
        led_to = {code for one in best.values() if one.guess.score >= _GOOD for code in one.leaning_on}
        guesses = [one.guess for one in best.values() if one.is_landmark or one.guess.code not in led_to]
        guesses.sort(key=lambda guess: (-guess.score, guess.start, guess.code, guess.name))
        return tuple(guesses[:limit])

    def _mentions(self, text: str, within: str | None) -> list[Mention]:
        found = list(self._scan(text))
        if not found:
            return []
        weak = {form for _, _, form in found if all(sense.is_weak for sense in self._senses[form])}
        spots = (spot for start, end, form in found if form in weak for spot in (start, end - 1))
        words = words_at(text, spots) if weak else {}
        # Names first, the longest first; then the weak forms as they come.
        found.sort(key=lambda hit: (hit[0], -hit[1]) if hit[2] in weak else (-1, -len(hit[2])))
        taken = bytearray(len(text))
        ends: dict[int, tuple[Sense, ...]] = {}
        mentions: list[Mention] = []
        for start, end, form in found:
            if len(mentions) == MOST_MENTIONS or any(taken[start:end]):
                continue
            senses = self._senses[form]
            if form in weak:
                follows_its_own = _leads_to(ends.get(start, ()), senses)
                if not (follows_its_own or is_word_of_its_own(words, start, end)):
                    continue
                if becomes_another(words, text, end) and not any(taken[end : end + 1]):
                    continue
            taken[start:end] = b"\1" * (end - start)
            ends[end] = senses
            senses = tuple(one for one in senses if within is None or covers(within, one.code))
            if senses:
                is_free = stands_free(text, start) or bool(taken[start - 1])
                mentions.append(Mention(start, end, form, senses, is_free))
        return mentions

    def _scan(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Every form that occurs in the text, overlapping ones too."""
        heads, senses = self._heads, self._senses
        for start in [at for at in range(len(text) - 1) if text[at : at + 2] in heads]:
            for length in heads[text[start : start + 2]]:
                form = text[start : start + length]
                if len(form) == length and form in senses:
                    yield start, start + length, form


def _leads_to(before: tuple[Sense, ...], senses: tuple[Sense, ...]) -> bool:
    """Whether a name written right before is that of a place around one of `senses`."""
    return any(one.code != other.code and covers(one.code, other.code) for one in before for other in senses)
