"""How likely each sense of a mentioned name is, given what else the text says, and why."""

from collections.abc import Iterable, Iterator
from math import sqrt
from typing import Final

from msgspec import Struct

from yuzhi.capabilities.territory._codes import covers, depth_of
from yuzhi.capabilities.territory._names import FormKind
from yuzhi.capabilities.territory._senses import Sense

MOST_NAMESAKES: Final = 12  # a name that more places share says nothing by itself

# By depth of the other place named: how much of the doubt about a place under it is taken away.
_SUPPORT: Final = (0.1, 0.55, 0.7, 0.8, 0.8)
_FROM_BELOW: Final = 0.5
_LEADS_IN: Final = 0.1  # more, if it is written right before: 鄞州区中山社区
_WEAK: Final = 0.7  # what the support of a weak form is worth
_CONTEXT: Final = 0.3  # from here on, a text is held to speak for one of several namesakes
_CEILING: Final = 0.98

_CALLED: Final[dict[FormKind, tuple[str, str]]] = {
    "name": ("是辖区名称", ""),
    "alias": ("是别名", " as an alias"),
    "short": ("是通称", " as the usual short name"),
    "stem": ("是省去后缀的名称", " as a name without its suffix"),
    "former": ("是旧名", " as a former name"),
    "landmark": ("是地标", " as a landmark"),
}


class Why(Struct, frozen=True):
    """A reason for people, in both languages of the screen."""

    zh: str
    en: str


class PlaceGuess(Struct, frozen=True):
    """A place a text may mean. `score` is 0 to 1; `start` and `end` are offsets in the text.

    For a landmark `name` is the landmark's and `code` that of the territory it lies in.
    """

    code: str
    name: str
    why: Why
    score: float
    start: int
    end: int
    lon: float | None = None
    lat: float | None = None


class Mention(Struct, frozen=True):
    """A name found in the text, with every place it may mean.

    `is_free` tells that it cannot be the tail of a longer name.
    """

    start: int
    end: int
    form: str
    senses: tuple[Sense, ...]
    is_free: bool


class Weighed(Struct, frozen=True):
    """A guess and the codes above it that spoke for it."""

    guess: PlaceGuess
    leaning_on: tuple[str, ...]
    is_landmark: bool


class _Support(Struct, frozen=True):
    strength: float
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Context(Struct, frozen=True):
    """What the whole text says: all its mentions, the districts it names outright, and `within`."""

    mentions: tuple[Mention, ...]
    districts: frozenset[str]
    within: str | None
    within_name: str
    within_support: float


def context_of(mentions: Iterable[Mention], within: str | None, within_name: str) -> Context:
    """Gather what every mention is weighed against."""
    all_of_them = tuple(mentions)
    firsts = [one.senses[0] for one in all_of_them if len(one.senses) == 1]
    return Context(
        mentions=all_of_them,
        districts=frozenset(sense.code for sense in firsts if sense.depth == 1 and not sense.is_weak),
        within=within,
        within_name=within_name,
        within_support=_SUPPORT[depth_of(within)] if within is not None else 0.0,
    )


def weigh(mention: Mention, context: Context) -> Iterator[Weighed]:
    """A guess for each sense of `mention` that the rest of the text leaves possible."""
    possible = [
        (sense, support)
        for sense in mention.senses
        if (support := _support(sense, mention, context)).strength >= sense.needs
    ]
    if not possible:
        return
    strongest = max(support.strength for _, support in possible)
    is_decided = strongest >= _CONTEXT
    nested = _nested(sense.code for sense, _ in possible)
    rivals = [sense.code for sense, support in possible if support.strength == strongest or not is_decided]
    namesakes = sum(code not in nested for code in rivals) or 1
    if namesakes > MOST_NAMESAKES:
        return
    for sense, support in possible:
        score = sense.base + (_CEILING - sense.base) * support.strength
        score /= sqrt(namesakes)
        if sense.code in nested:
            score *= 0.6  # a town and a community in it bear one name: the town is meant more often
        if is_decided and support.strength < strongest:
            score *= 0.3
        if context.districts and not _is_along(sense.code, context.districts):
            score *= 0.6
        if not is_decided and not mention.is_free and sense.depth >= 3 and sense.landmark is None:
            score *= 0.6
        guess = PlaceGuess(
            code=sense.code,
            name=sense.name,
            why=_why(mention, sense, support, namesakes, context.within_name),
            score=round(score, 3),
            start=mention.start,
            end=mention.end,
            lon=sense.landmark.lon if sense.landmark else None,
            lat=sense.landmark.lat if sense.landmark else None,
        )
        yield Weighed(guess, support.codes, sense.landmark is not None)


def _support(sense: Sense, mention: Mention, context: Context) -> _Support:
    strength = context.within_support if context.within != sense.code else 0.0
    above: list[tuple[int, str, str]] = []
    for other in context.mentions:
        if other is mention:
            continue
        for witness in other.senses:
            worth = _worth(sense, witness)
            if not worth:
                continue
            is_above = covers(witness.code, sense.code)
            strength = max(strength, worth + (_LEADS_IN if is_above and other.end == mention.start else 0.0))
            if is_above:
                above.append((-witness.depth, witness.code, witness.name))
    above.sort()
    return _Support(strength, tuple(code for _, code, _ in above), tuple(name for _, _, name in above[:1]))


def _worth(sense: Sense, witness: Sense) -> float:
    """How much the mention of `witness` speaks for `sense`; a form that needs context is no witness."""
    if witness.needs or witness.landmark is not None:
        return 0.0
    held = _WEAK if witness.is_weak else 1.0
    if witness.code == sense.code:
        return _SUPPORT[witness.depth] * held if sense.landmark is not None else 0.0
    if covers(witness.code, sense.code):
        return _SUPPORT[witness.depth] * held
    return _FROM_BELOW * held if covers(sense.code, witness.code) else 0.0


def _nested(codes: Iterable[str]) -> set[str]:
    """Those of the codes that lie under another one of them."""
    given = list(codes)
    if len(given) == 1:
        return set()
    return {code for code in given if any(one != code and covers(one, code) for one in given)}


def _is_along(code: str, others: Iterable[str]) -> bool:
    """Whether `code` lies under one of the others, or around it."""
    return any(covers(one, code) or covers(code, one) for one in others)


def _why(mention: Mention, sense: Sense, support: _Support, namesakes: int, within_name: str) -> Why:
    zh, en = _CALLED[sense.kind]
    zh = f"文中“{mention.form}”（第{mention.start + 1}至{mention.end}字）{zh}"
    en = f'matched "{mention.form}" at {mention.start}–{mention.end}{en}'
    holder = support.names[0] if support.names else within_name
    if holder:
        zh, en = f"{zh}，属于“{holder}”", f'{en} within "{holder}"'
    if namesakes > 1:
        zh, en = f"{zh}，同名共{namesakes}处", f"{en}; one of {namesakes} places so named"
    return Why(zh, en)
