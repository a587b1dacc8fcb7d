"""Who fits a case, and why: field, language, ground, load; and who must not have it. No marks are given."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from yuzhi.base.ground import lies_in
from yuzhi.capabilities.mediators._views import FitView, Reason
from yuzhi.capabilities.parties import Marks


class Candidate(Struct, frozen=True):
    """A mediator as fitting looks at them; `interests` maps marks to why they are near."""

    id: str
    name: str
    unit: str
    fields: tuple[str, ...]
    languages: tuple[str, ...]
    territories: tuple[str, ...]
    most_cases: int
    cases: int
    marks: Marks
    interests: dict[str, str] = {}
    valid_from: date | None = None
    valid_to: date | None = None
    presides: bool = False
    recused: str = ""


class Wanted(Struct, frozen=True):
    """What a case asks of its mediator; empty means it does not matter."""

    field: str
    language: str
    territory: str
    parties: Sequence[Marks]
    on: date


def fit(who: Candidate, wanted: Wanted) -> FitView:
    """Return what speaks for and against a mediator in a case."""
    return FitView(
        mediator=who.id, name=who.name, unit=who.unit, cases=who.cases, most_cases=who.most_cases,
        reasons=tuple(_for(who, wanted)), against=tuple(against(who, wanted)),
    )  # fmt: skip


def in_order(fits: Iterable[FitView]) -> tuple[FitView, ...]:
    """Return fits with those that can be given the case first, by what fits, then by who has fewer cases."""
    return tuple(sorted(fits, key=_place))


def against(who: Candidate, wanted: Wanted) -> list[Reason]:
    """Return why a mediator must not have a case: the code of a refusal, and its facts."""
    found = []
    if any(who.marks.are_of(party) for party in wanted.parties):
        found.append(Reason("mediator.is_party", {"basis": "人民调解法 15"}))
    elif any(who.marks.may_be(party) for party in wanted.parties):
        found.append(Reason("mediator.same_name"))
    near = {mark for party in wanted.parties for mark in (*party.strong, *party.weak)} & set(who.interests)
    found += [Reason("mediator.has_interest", {"because": who.interests[mark]}) for mark in sorted(near)]
    if (who.valid_from and wanted.on < who.valid_from) or (who.valid_to and wanted.on >= who.valid_to):
        found.append(Reason("mediator.not_in_office"))
    if who.presides:
        found.append(Reason("mediator.has_it"))
    if who.recused:
        found.append(Reason("mediator.stepped_back", {"because": who.recused}))
    if who.cases >= who.most_cases:
        found.append(Reason("mediator.full", {"cases": str(who.cases), "most": str(who.most_cases)}))
    return found


def _for(who: Candidate, wanted: Wanted) -> Iterable[Reason]:
    if wanted.field and wanted.field in who.fields:
        yield Reason("field", {"field": wanted.field})
    if wanted.language and wanted.language in who.languages:
        yield Reason("language", {"language": wanted.language})
    near = [code for code in who.territories if wanted.territory and lies_in(wanted.territory, code)]
    if near:
        yield Reason("ground", {"territory": max(near, key=len)})
    yield Reason("load", {"cases": str(who.cases), "most": str(who.most_cases)})


def _place(one: FitView) -> tuple[object, ...]:
    there = {reason.what: reason for reason in one.reasons}
    nearness = len(there["ground"].facts["territory"]) if "ground" in there else 0
    return (
        bool(one.against), "language" not in there, "field" not in there, -nearness,
        one.cases / one.most_cases, one.mediator,
    )  # fmt: skip
