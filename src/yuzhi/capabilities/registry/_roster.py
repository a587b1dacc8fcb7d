"""The roster: every unit, person and post, in memory, asked thousands of times a second.

A frozen value; it never reads a table, and a changed registry is a new roster. Every question names
the day it is about, because posts and units begin and end.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, TypeVar

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry._views import Acting, Deputy, Person, Post, Unit

At = Literal["city", "district", "town", "community", "grid", "nearest"]

_LENGTHS: Final[dict[str, int]] = {"city": 4, "district": 6, "town": 9, "community": 12}
"""Digits of a territory code at each level (国统字〔2009〕91号); a grid's code is longer than all of them."""

Key = TypeVar("Key", bound=Hashable)
Held = TypeVar("Held")


class Roster:
    """Units, people and posts with the indexes that make each question a look-up."""

    __slots__ = (
        "_by_kind",
        "_by_territory",
        "_deputies_for",
        "_deputies_of",
        "_people",
        "_posts",
        "_posts_of_person",
        "_posts_of_unit",
        "_units",
    )

    def __init__(
        self,
        units: Iterable[Unit] = (),
        people: Iterable[Person] = (),
        posts: Iterable[Post] = (),
        deputies: Iterable[Deputy] = (),
    ) -> None:
        """Take them in any order; the last one of a code or id counts."""
        ordered = sorted(units, key=lambda unit: unit.code)
        self._units: Final = {unit.code: unit for unit in ordered}
        self._people: Final = {person.id: person for person in people}
        self._posts: Final = {post.id: post for post in sorted(posts, key=lambda post: post.id)}
        self._by_kind: Final = _grouped(self._units.values(), lambda unit: (unit.kind, unit.territory))
        self._by_territory: Final = _grouped(self._units.values(), lambda unit: unit.territory)
        self._posts_of_unit: Final = _grouped(self._posts.values(), lambda post: post.unit)
        self._posts_of_person: Final = _grouped(self._posts.values(), lambda post: post.person)
        standing_in = sorted(deputies, key=lambda deputy: (deputy.valid_from, deputy.id))
        self._deputies_of: Final = _grouped(standing_in, lambda deputy: deputy.acting)
        self._deputies_for: Final = _grouped(standing_in, lambda deputy: deputy.post)

    @property
    def units(self) -> Mapping[str, Unit]:
        """Every unit by code, in the order of codes."""
        return MappingProxyType(self._units)

    @property
    def people(self) -> Mapping[str, Person]:
        """Everybody on the staff by id."""
        return MappingProxyType(self._people)

    @property
    def posts(self) -> Mapping[str, Post]:
        """Every post by id, in the order of ids."""
        return MappingProxyType(self._posts)

    def unit(self, code: str) -> Unit:
        """Return a unit, whether it still exists or not; refuses `registry.unit_unknown`."""
        if (unit := self._units.get(code)) is None:
            raise Refusal("registry.unit_unknown", unit=code)
        return unit

    def post(self, id: str) -> Post:  # noqa: A002
        """Return a post, whether it is still held or not; refuses `registry.post_unknown`."""
        if (post := self._posts.get(id)) is None:
            raise Refusal("registry.post_unknown", post=id)
        return post

    def knows_unit(self, code: str, *, on: date) -> bool:
        """Say whether a unit of that code exists on a day."""
        unit = self._units.get(code)
        return unit is not None and unit.is_valid(on)

    def posts_of(self, person: str, *, on: date) -> tuple[Post, ...]:
        """Return the posts a person holds on a day."""
        return tuple(post for post in self._posts_of_person.get(person, ()) if post.is_valid(on))

    def posts_of_person(self, person: str) -> tuple[Post, ...]:
        """Return every post of a person, those past and to come, too."""
        return self._posts_of_person.get(person, ())

    def deputies_for(self, post: str) -> tuple[Deputy, ...]:
        """Return who stands, stood or will stand in for a post, by when it begins."""
        return self._deputies_for.get(post, ())

    def acting(self, person: str, *, on: date) -> tuple[Acting, ...]:
        """Return every post a person may act as on a day: their own first, then those they stand in for.

        A deputy's deputy is none: standing in is not passed on.
        """
        own = self.posts_of(person, on=on)
        stood_in = {
            deputy.post: post.id
            for post in own
            for deputy in self._deputies_of.get(post.id, ())
            if deputy.is_valid(on) and deputy.post in self._posts and self._posts[deputy.post].is_valid(on)
        }
        held = {post.id for post in own}
        others = (Acting(self._posts[id_], through) for id_, through in stood_in.items() if id_ not in held)
        return (*(Acting(post) for post in own), *others)

    def posts_in(self, unit: str, *, on: date, duty: str = "") -> tuple[Post, ...]:
        """Return the posts held in a unit on a day, only those with a duty when one is named."""
        held = (post for post in self._posts_of_unit.get(unit, ()) if post.is_valid(on))
        return tuple(post for post in held if not duty or duty in post.duties)

    def unit_of_kind(self, kind: str, territory: str, at: At = "nearest", *, on: date) -> Unit | None:
        """Return the unit of a kind that answers for a territory, None when there is none.

        At a level it is the one whose territory is the ancestor of `territory` at that level;
        `nearest` walks up from `territory` itself and takes the first. Of several, the lowest code.
        """
        for ground in _grounds(territory, at):
            for unit in self._by_kind.get((kind, ground), ()):
                if unit.is_valid(on):
                    return unit
        return None

    def up_the_ladder(self, unit: str, duty: str, *, on: date) -> Unit | None:
        """Return the next unit up that has a post with a duty, None at the top of the ladder.

        The rung above a unit is its parent; above one without a parent, the units of the territory
        right above its own, those of the same kind first, then by code.
        """
        here = self._units.get(unit)
        seen = {unit}
        while here is not None:
            above = self._units.get(here.parent or "")
            if above is None or above.code in seen or not above.is_valid(on):
                break
            if self.posts_in(above.code, on=on, duty=duty):
                return above
            seen.add(above.code)
            here = above
        return self._over(here, duty, on) if here is not None else None

    def actor(self, post_id: str, on: date, equivalents: Callable[[str], Iterable[str]]) -> Actor:
        """Return who acts when this post acts on a day.

        `equivalents` gives, for a territory code, it and every code that went into it, so that a post
        covers what was filed before a re-organisation. Refuses `registry.post_unknown`,
        `registry.post_not_held` and `registry.unit_closed`.
        """
        post = self.post(post_id)
        if not post.is_valid(on):
            raise Refusal("registry.post_not_held", post=post.id, begins=post.valid_from, ends=post.valid_to)
        if not self.knows_unit(post.unit, on=on):
            raise Refusal("registry.unit_closed", unit=post.unit)
        covers = dict.fromkeys((post.territory, *equivalents(post.territory))) if post.territory else ()
        return Actor(
            hand="post", id=post.id, unit=post.unit, duties=frozenset(post.duties), covers=tuple(covers)
        )

    def actor_as(self, acting: Acting, on: date, equivalents: Callable[[str], Iterable[str]]) -> Actor:
        """Return who acts when somebody acts as a post: named by their own post, with the other's reach."""
        actor = self.actor(acting.post.id, on, equivalents)
        return replace(actor, id=acting.through) if acting.through else actor

    def _over(self, here: Unit, duty: str, on: date) -> Unit | None:
        for ground in _grounds(here.territory, "nearest"):
            if ground == here.territory:
                continue
            able = [
                unit
                for unit in self._by_territory.get(ground, ())
                if unit.is_valid(on) and self.posts_in(unit.code, on=on, duty=duty)
            ]
            if able:
                return next((unit for unit in able if unit.kind == here.kind), able[0])
        return None


def _grounds(territory: str, at: At) -> tuple[str, ...]:
    """Return the territory codes to look at, the smallest first."""
    if at == "grid":
        return (territory,) if len(territory) > _LENGTHS["community"] else ()
    if at != "nearest":
        length = _LENGTHS[at]
        return (territory[:length],) if len(territory) >= length else ()
    above = (
        territory[:length] for length in sorted(_LENGTHS.values(), reverse=True) if length < len(territory)
    )
    return (territory, *above) if territory else ()


def _grouped(held: Iterable[Held], key: Callable[[Held], Key]) -> dict[Key, tuple[Held, ...]]:
    groups: dict[Key, list[Held]] = defaultdict(list)
    for one in held:
        groups[key(one)].append(one)
    return {of: tuple(group) for of, group in groups.items()}


EMPTY: Final = Roster()
