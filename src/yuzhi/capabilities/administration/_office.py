"""Who administers, and how far: an officer within the ground of their post, an operator at the machine."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from typing import Final

import asyncpg

from yuzhi.base.actor import Actor
from yuzhi.base.ground import lies_in
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import registry
from yuzhi.capabilities.administration._powers import Powers
from yuzhi.capabilities.registry import Roster

SETTLED: Final = timedelta(days=7)


@dataclass(frozen=True)
class Administrator:
    """Somebody who administers. `name` is as the trace has it, `person` empty for an operator.

    `reach` are territory prefixes; the empty one is everywhere.
    """

    name: str
    person: str = ""
    reach: tuple[str, ...] = ("",)
    ground: str = ""

    def reaches(self, territory: str) -> bool:
        """Say whether a territory lies in the ground they administer."""
        return any(lies_in(territory, prefix) for prefix in self.reach)


@dataclass(frozen=True)
class Known:
    """What changes are checked against: the roster, its day, the ground, and the words of packs."""

    roster: Roster
    on: date
    has_territory: Callable[[str], bool]
    kinds: frozenset[str] = frozenset()
    duties: frozenset[str] = frozenset()


def administrator(by: Actor, powers: Powers, power: str, roster: Roster) -> Administrator:
    """Return who administers when a post does; raises Refusal `power.missing`.

    A post without a territory, as the first administrator's, reaches everywhere.
    """
    powers.require(by, power)
    person = roster.post(by.id).person
    return Administrator(
        name=f"person:{person}", person=person, reach=by.covers or ("",), ground=next(iter(by.covers), "")
    )


def check_reach(who: Administrator, territory: str) -> None:
    """Refuse `administration.out_of_reach` for a territory outside somebody's ground."""
    if not who.reaches(territory):
        raise Refusal("administration.out_of_reach", territory=territory)


def check_not_oneself(who: Administrator, person: str) -> None:
    """Refuse `administration.oneself`: nobody gives themselves duties or takes their own limits away."""
    if who.person and who.person == person:
        raise Refusal("administration.oneself")


def check_reaches_person(who: Administrator, person: str, roster: Roster) -> None:
    """Refuse `administration.out_of_reach` unless every post of a person is within somebody's ground.

    Whoever could set the password of somebody with wider powers would have those powers.
    """
    for post in roster.posts_of_person(person):
        check_reach(who, post.territory)


async def check_settled(conn: asyncpg.Connection, who: Administrator, now: datetime) -> None:
    """Refuse `administration.too_new` to somebody whose post an administrator gave or changed of late.

    One who means to approve what they proposed could make up a second person for it: whoever reads the trace
    is given a week to see that. What was done at the machine itself is not asked about.
    """
    since = await registry.posted_at(conn, who.person)
    if since is not None and now - since < SETTLED:
        raise Refusal("administration.too_new", days=SETTLED.days)


def check_word(column: str, word: str, known: Iterable[str]) -> None:
    """Refuse `registry.word_unknown`, with the nearest known word, for one the packs do not have."""
    words = sorted(known)
    if words and word not in words:
        near = get_close_matches(word, words, n=1, cutoff=0)
        raise Refusal("registry.word_unknown", column=column, word=word[:100], nearest=near[0])
