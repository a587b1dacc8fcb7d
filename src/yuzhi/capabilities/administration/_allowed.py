"""Whether somebody may make an entry of the registry as it shall be: on their ground, never for themselves.

Each raises Refusal `administration.out_of_reach` or `administration.oneself`; what the entry says is not
looked at here.
"""

from yuzhi.capabilities.administration._office import (
    Administrator,
    Known,
    check_not_oneself,
    check_reach,
    check_reaches_person,
)
from yuzhi.capabilities.registry import Deputy, Person, Post, Shift, Unit


def check_unit(who: Administrator, known: Known, unit: Unit) -> None:
    """Check a unit, where it lies and where it lay."""
    check_reach(who, unit.territory)
    if (before := known.roster.units.get(unit.code)) is not None:
        check_reach(who, before.territory)


def check_person(who: Administrator, known: Known, person: Person) -> None:
    """Check a person by where their posts are."""
    check_reaches_person(who, person.id, known.roster)


def check_post(who: Administrator, known: Known, post: Post) -> None:
    """Check a post, its unit, and what it was before."""
    check_not_oneself(who, post.person)
    check_reach(who, post.territory)
    check_reach(who, known.roster.unit(post.unit).territory)
    if (before := known.roster.posts.get(post.id)) is not None:
        check_not_oneself(who, before.person)
        check_reach(who, before.territory)


def check_listed_post(who: Administrator, known: Known, post: Post, name: str) -> None:
    """Check a post of a list, which names its holder, too: nobody is renamed from outside their ground."""
    check_post(who, known, post)
    person = known.roster.people.get(post.person)
    if person is not None and person.name != name:
        check_person(who, known, person)


def check_deputy(who: Administrator, known: Known, deputy: Deputy) -> None:
    """Check who stands in for whom, never for one's own gain."""
    post, acting = known.roster.post(deputy.post), known.roster.post(deputy.acting)
    check_not_oneself(who, acting.person)
    for one in (post, acting):
        check_reach(who, one.territory)


def check_shift(who: Administrator, known: Known, shift: Shift) -> None:
    """Check a shift by its unit and its post."""
    check_reach(who, known.roster.unit(shift.unit).territory)
    check_reach(who, known.roster.post(shift.post).territory)
