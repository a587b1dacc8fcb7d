"""Who is answerable: ordered rules, the first that holds decides, and the trace of the rest is kept."""

from collections.abc import Callable
from operator import concat

from yuzhi.engine.asks import AssignTo, Routed
from yuzhi.engine.clocks import under
from yuzhi.engine.definition import Pack, RoutingRule, UnitAt, When

FindUnit = Callable[[str, str, str], str]
"""From a kind of unit, a territory level and a territory code, the unit's code or an empty string."""

BY_CATEGORY = "by_category"
TO_DESK = "desk"


def route(
    pack: Pack,
    *,
    kind: str,
    urgency: str,
    channel: str,
    category: str,
    territory: str,
    text: str,
    find: FindUnit,
) -> Routed:
    """Return the first rule that holds, with the units it names, and the rules passed over before it.

    A rule whose lead unit does not exist there is passed over with `!no_unit`, so that a matter is never
    given to nobody; when nothing fires the matter goes to a desk.
    """
    passed: list[str] = []
    for rule in pack.routing:
        if not _holds(rule.when, kind, urgency, channel, category, territory, text):
            passed.append(rule.name)
            continue
        if rule.lead is None:
            return Routed(rule=rule.name, passed=tuple(passed))
        assign = _units(pack, rule, category, territory, find)
        if assign is not None:
            return Routed(rule=rule.name, passed=tuple(passed), assign=assign)
        passed.append(f"{rule.name}!no_unit")
    return Routed(rule=TO_DESK, passed=tuple(passed))


def categorise(pack: Pack, text: str) -> str:
    """Return the category whose catalogue words speak loudest for a text, or an empty string.

    Longer words count for more, and a category is dropped when one of its words-against occurs; a tie
    is no answer. People may correct it; better suggestions come from the understanding of texts.
    """
    scores: dict[str, int] = {}
    by_start = pack.words_by_start
    # A word occurs only where its first two characters do: looking for those first spares most words.
    for start in by_start.keys() & {*text, *map(concat, text, text[1:])}:
        for word, category in by_start[start]:
            if word in text and not any(other in text for other in category.words_against):
                scores[category.code] = scores.get(category.code, 0) + len(word) ** 2
    best = sorted(scores.values(), reverse=True)[:2]
    if not best or (len(best) == 2 and best[0] == best[1]):
        return ""
    return max(scores, key=lambda code: scores[code])


def _units(pack: Pack, rule: RoutingRule, category: str, territory: str, find: FindUnit) -> AssignTo | None:
    def unit(named: UnitAt) -> str:
        kind = _kind_of(pack, category) if named.kind == BY_CATEGORY else named.kind
        return find(kind, named.at, territory) if kind else ""

    lead = unit(rule.lead) if rule.lead is not None else ""
    if not lead:
        return None
    others = dict.fromkeys(found for named in rule.co_handlers if (found := unit(named)) and found != lead)
    return AssignTo(lead=lead, co_handlers=tuple(others))


def _kind_of(pack: Pack, category: str) -> str:
    parts = category.split("/")
    for depth in range(len(parts), 0, -1):
        found = pack.category("/".join(parts[:depth]))
        if found is not None and found.unit_kind:
            return found.unit_kind
    return ""


def _holds(
    when: When, kind: str, urgency: str, channel: str, category: str, territory: str, text: str
) -> bool:
    return (
        (not when.kind or kind in when.kind)
        and (not when.urgency or urgency in when.urgency)
        and (not when.channel or channel in when.channel)
        and (not when.category or under(category, when.category))
        and (not when.territory or territory.startswith(when.territory))
        and (not when.words or any(word in text for word in when.words))
    )
