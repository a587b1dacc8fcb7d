"""What a front end asks first: which city this is, how one may sign in, where the map's tiles come from."""

from typing import Any

from litestar import Request, get
from msgspec import Struct

from yuzhi.doors.api._needs import ApiNeeds, needs

AnyRequest = Request[Any, Any, Any]


class TrialPost(Struct, frozen=True):
    """A post that anybody on a development machine may act as."""

    post: str
    person: str
    unit: str
    unit_name: str
    unit_kind: str
    duties: tuple[str, ...]
    territory: str


class WelcomeView(Struct, frozen=True):
    """Which city, in which languages, how to sign in.

    `territory` is the smallest one that holds all others. `posts` are one of each sort, and only on a
    development machine, where a header signs in. `tiles` is an address with {z}, {x} and {y}, or empty.
    """

    city: str
    territory: str
    languages: tuple[str, ...]
    has_provider: bool
    is_development: bool
    posts: tuple[TrialPost, ...]
    tiles: str


@get("/welcome", sync_to_thread=False)
def welcome(request: AnyRequest) -> WelcomeView:
    """Say which city this is and how one may sign in."""
    handed = needs(request)
    terrain = handed.terrain()
    whole = terrain.whole()
    return WelcomeView(
        city=terrain.atlas[whole].name if whole in terrain.atlas else "",
        territory=whole,
        languages=("zh", "en"),
        has_provider=handed.entrance.provider is not None,
        is_development=handed.outside.is_test,
        posts=_posts(handed) if handed.outside.is_test else (),
        tiles=handed.pages.tiles,
    )


def _posts(handed: ApiNeeds) -> tuple[TrialPost, ...]:
    """Return a post of each sort: a unit's kind with a set of duties."""
    known = handed.admin.known()
    roster = known.roster
    found: dict[tuple[str, tuple[str, ...]], TrialPost] = {}
    for post in roster.posts.values():
        unit = roster.units.get(post.unit)
        if unit is None or not post.is_valid(known.on) or not unit.is_valid(known.on):
            continue
        person = roster.people.get(post.person)
        found.setdefault(
            (unit.kind, post.duties),
            TrialPost(
                post=post.id, person=person.name if person else post.person, unit=unit.code,
                unit_name=unit.name, unit_kind=unit.kind, duties=post.duties, territory=post.territory,
            ),
        )  # fmt: skip
    return tuple(found.values())


HANDLERS = (welcome,)
