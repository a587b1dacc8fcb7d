"""An unfolding act: facts are told one by one and each is folded at once, so that the next can see it."""

from datetime import datetime

from yuzhi.engine.calendar import Calendar
from yuzhi.engine.definition import PARTIES, Audience, Event, LetterRule, Procedure
from yuzhi.engine.evolve import sealed, step
from yuzhi.engine.facts import Fact, LetterDue
from yuzhi.engine.matter import Assignment, Matter


class Story:
    """What one ask makes happen. `matter` always stands after the last fact told."""

    def __init__(
        self,
        procedure: Procedure,
        matter: Matter,
        now: datetime,
        calendar: Calendar,
        *,
        sends_letters: bool = True,
    ) -> None:
        self.procedure = procedure
        self.matter = matter
        self.now = now
        self.calendar = calendar
        self.sends_letters = sends_letters
        self.facts: list[Fact] = []

    def tell(self, fact: Fact) -> None:
        """Add a fact and fold it."""
        self.facts.append(fact)
        self.matter = step(self.matter, fact, self.now)

    @property
    def after(self) -> Matter:
        """The matter as the entry of these facts leaves it: what `evolve` makes of them, folded already."""
        return sealed(self.matter, self.now)

    def send_on(self, event: Event, about: Assignment | None = None) -> None:
        """Queue the letters the procedure sends when `event` happens, perhaps to one assignment's unit."""
        for rule in self.procedure.letters_on(event):
            self.send(rule, about)

    def send(self, rule: LetterRule, about: Assignment | None = None) -> None:
        """Queue one letter for everybody its audience names."""
        if not self.sends_letters:
            return
        if rule.to == "requester":
            if self.matter.requester:
                self.tell(LetterDue(letter=rule.letter, to="requester"))
            return
        if rule.to in PARTIES:  # who they are is known where the people are
            self.tell(LetterDue(letter=rule.letter, to=rule.to))
            return
        for unit in dict.fromkeys(_units(self.matter, rule.to, about)):
            self.tell(LetterDue(letter=rule.letter, to=rule.to, unit=unit))


def _units(matter: Matter, audience: Audience, about: Assignment | None) -> list[str]:
    held = [about] if about is not None else list(matter.live_assignments)
    match audience:
        case "lead" if about is None:
            found = [matter.lead.unit] if matter.lead else []  # one that has answered is still the lead
        case "lead" | "co_handler":
            found = [one.unit for one in held if one.role == audience]
        case "assignee":
            found = [one.unit for one in held]
        case "sender":
            found = [one.by_unit for one in held]
        case _:
            found = [matter.escalated_unit]
    return [unit for unit in found if unit]
