"""Who must be spoken for: capacity by age, and the guardian whoever lacks it must have (民法典 17—23)."""

from datetime import date

from yuzhi.base.codes import citizen_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.parties._asks import Capacity, NewParty
from yuzhi.capabilities.vault import Person

OF_AGE = 18
EARNING = 16
UNDERSTANDING = 8
CITIZEN_CARD = "居民身份证"


def born_on(person: Person, told: date | None, today: date) -> date | None:
    """Return when somebody was born, from their identity number if it tells, else as told.

    Raises Refusal `party.bad_id_number` and `party.born_later`.
    """
    born = told
    number = person.id_number.strip()
    if number and person.id_type in {"", CITIZEN_CARD}:
        read = citizen_number(number)
        if not isinstance(read, str):
            born = read.born_on
        elif person.id_type == CITIZEN_CARD:
            raise Refusal("party.bad_id_number", fault=read)
    if born is not None and born > today:
        raise Refusal("party.born_later", born_on=born.isoformat(), today=today.isoformat())
    return born


def age_on(born: date, day: date) -> int:
    """Return whole years, the birthday itself counted from its first moment (民法典 1259)."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def capacity_of(party: NewParty, today: date) -> Capacity:
    """Return a party's capacity: as a court found it, or by age; organisations always have full capacity.

    Raises as `born_on`.
    """
    if party.kind == "organisation":
        return "full"
    born = born_on(party.person, party.born_on, today)
    if party.capacity in {"none", "limited"} or born is None:
        return party.capacity or "full"
    age = age_on(born, today)
    if age >= OF_AGE or (age >= EARNING and party.earns_own_living):
        return "full"
    return "limited" if age >= UNDERSTANDING else "none"


def check_guardian(party: NewParty, capacity: Capacity) -> None:
    """Raise Refusal `party.guardian_missing` if somebody without full capacity has no guardian here."""
    if capacity != "full" and not any(one.role == "guardian" for one in party.representatives):
        raise Refusal("party.guardian_missing", side=party.side, basis="民法典 23")
