"""The guide of a pack: from what somebody answers to the roads that are open to them, each with its reasons.

A decision table a jurist can read: every rule that holds speaks, for a road or against it; whoever came
chooses among those that are open.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yuzhi.base.refusal import Refusal

Words = dict[str, str]


class Choice(Struct, frozen=True):
    """One answer to a question, in words by language."""

    name: str
    words: Words


class Question(Struct, frozen=True):
    """Something asked of whoever comes, with the answers there are."""

    name: str
    words: Words
    choices: tuple[Choice, ...]


class Road(Struct, frozen=True):
    """A way out of a dispute. Without a procedure it is not handled here, only pointed to."""

    name: str
    words: Words
    procedure: str = ""


class GuideRule(Struct, frozen=True):
    """A row of the table: when these answers are given, a road is offered, or closed, for this reason."""

    name: str
    road: str
    is_offer: bool
    words: Words
    basis: str
    when: dict[str, tuple[str, ...]] = {}


class Guide(Struct, frozen=True):
    """The questions, the roads and the rules; `unperformed` are rules for agreements that were not kept."""

    questions: tuple[Question, ...]
    roads: tuple[Road, ...]
    rules: tuple[GuideRule, ...]
    unperformed: tuple[GuideRule, ...] = ()

    def road(self, name: str) -> Road | None:
        """Return a road by its name."""
        return next((one for one in self.roads if one.name == name), None)


class Offer(Struct, frozen=True):
    """A road and why it is open or closed: the rules that spoke, those that close it first."""

    road: Road
    is_open: bool
    because: tuple[GuideRule, ...]


def offers(guide: Guide, rules: Sequence[GuideRule], answers: Mapping[str, str]) -> tuple[Offer, ...]:
    """Return the roads that rules speak of, open ones first, in the order of the rules.

    Raises Refusal `guide.bad_answer` for an answer there is not, and `guide.answer_missing`.
    """
    _check(guide, answers)
    spoken = [one for one in rules if _holds(one, answers)]
    found = []
    for name in dict.fromkeys(one.road for one in spoken):
        road = guide.road(name)
        assert road is not None, "a guide was checked when it was read"
        mine = [one for one in spoken if one.road == name]
        against = [one for one in mine if not one.is_offer]
        found.append(Offer(road=road, is_open=not against, because=tuple(against or mine)))
    return tuple(sorted(found, key=lambda one: not one.is_open))


def _holds(rule: GuideRule, answers: Mapping[str, str]) -> bool:
    return all(answers[question] in wanted for question, wanted in rule.when.items())


def _check(guide: Guide, answers: Mapping[str, str]) -> None:
    known = {one.name: [choice.name for choice in one.choices] for one in guide.questions}
    for name, answer in answers.items():
        if answer not in known.get(name, ()):
            raise Refusal(
                "guide.bad_answer", question=name[:40], answer=answer[:40], known=known.get(name, [])
            )
    if missing := [name for name in known if name not in answers]:
        raise Refusal("guide.answer_missing", questions=missing)
