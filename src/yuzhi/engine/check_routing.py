"""Asks of routing rules whether each can ever decide, and of categories whether they name a kind of unit."""

from collections.abc import Iterator

from yuzhi.engine.conditions import covers
from yuzhi.engine.definition import Pack
from yuzhi.engine.fault import Fault
from yuzhi.engine.vocabulary import BY_CATEGORY


def check_routing(pack: Pack) -> Iterator[Fault]:
    """Yield the faults of the routing rules and of the catalogue they use."""
    for index, rule in enumerate(pack.routing):
        at = ("routing", rule.name)
        # A rule whose unit is not there passes the matter on, so only a desk, or the same unit, takes all.
        takes_all = (
            one
            for one in pack.routing[:index]
            if covers(one.when, rule.when) and one.lead in {None, rule.lead}
        )
        if (before := next(takes_all, None)) is not None:
            message = f'rule "{rule.name}" is never reached: "{before.name}" takes all it would take'
            yield Fault(at, "routing.never_reached", message)
        if rule.lead is None and rule.co_handlers:
            yield Fault(at, "routing.no_lead", f'rule "{rule.name}" names co-handlers but no lead')
    if any(rule.lead is not None and rule.lead.kind == BY_CATEGORY for rule in pack.routing):
        for category in pack.categories:
            is_leaf = not any(one.code.startswith(f"{category.code}/") for one in pack.categories)
            if is_leaf and not category.unit_kind:
                message = f'category "{category.code}" names no kind of unit, nor does its parent'
                yield Fault(("category", category.code), "category.no_unit", message)
