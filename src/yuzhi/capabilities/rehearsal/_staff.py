"""The simulated staff: who might do something about a matter now. They are real posts of the roster."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from random import Random

from yuzhi.base.actor import Actor, requester
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.registry import Post, Roster
from yuzhi.engine.matter import Matter

SameGround = Callable[[str], Iterable[str]]


class Staff:
    """The posts of one day, found by unit and by the ground they answer for.

    Raises Refusal `rehearsal.nobody` when the roster holds no post.
    """

    def __init__(self, roster: Roster, on: date, same_ground: SameGround) -> None:
        held = [post for post in roster.posts.values() if post.is_valid(on)]
        if not held:
            raise Refusal("rehearsal.nobody")
        self._actors = {post.id: roster.actor(post.id, on, same_ground) for post in held}
        self._in_unit: dict[str, list[Post]] = {}
        self._on_ground: dict[str, list[Post]] = {}
        for post in held:
            self._in_unit.setdefault(post.unit, []).append(post)
            self._on_ground.setdefault(post.territory, []).append(post)
        self._crews: dict[str, tuple[tuple[Actor, ...], ...]] = {}

    def might_act(self, matter: Matter, chance: Random) -> list[Actor]:
        """Return who might do something: the units that have it, one of each crew around, the requester."""
        units = dict.fromkeys(one.unit for one in matter.live_assignments)
        found = [chance.choice(crew) for unit in units for crew in self._crews_of_unit(unit)]
        found += [chance.choice(crew) for crew in self._crews_around(matter.territory)]
        if matter.requester:
            found.append(requester(matter.requester))
        return found

    def post_with(self, duty: str, territory: str, chance: Random) -> Actor | None:
        """Return a post with a duty whose ground holds a territory, None when there is none."""
        able = [crew for crew in self._crews_around(territory) if duty in crew[0].duties]
        return chance.choice(chance.choice(able)) if able else None

    def _crews_of_unit(self, unit: str) -> tuple[tuple[Actor, ...], ...]:
        return self._crews_by(f"unit {unit}", self._in_unit.get(unit, ()))

    def _crews_around(self, territory: str) -> tuple[tuple[Actor, ...], ...]:
        key = f"ground {territory}"
        if key not in self._crews:
            lengths = range(len(territory) + 1)
            around = [post for end in lengths for post in self._on_ground.get(territory[:end], ())]
            return self._crews_by(key, around)
        return self._crews[key]

    def _crews_by(self, key: str, posts: Sequence[Post]) -> tuple[tuple[Actor, ...], ...]:
        """Return posts as crews of the same duties: one of each crew is as good as another."""
        if key not in self._crews:
            crews: dict[frozenset[str], list[Actor]] = {}
            for post in posts:
                crews.setdefault(frozenset(post.duties), []).append(self._actors[post.id])
            self._crews[key] = tuple(map(tuple, crews.values()))
        return self._crews[key]
