"""Who is there, over HTTP, for those who administer: units as a tree, people, posts; lists taken in.

What is listed is what lies on one's own ground; a list that is taken in is checked row by row as if each
were entered by itself.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final, TypeVar

from litestar import get, post
from litestar.params import FromPath, FromQuery, QueryParameter
from msgspec import Struct
from msgspec.structs import asdict

from yuzhi.base.ground import is_whole
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import administration
from yuzhi.capabilities.administration import Saving, What
from yuzhi.capabilities.registry import Deputy, Person, Post, Unit
from yuzhi.doors.api._needs import administering, asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.wording import Language, causes, word
from yuzhi.store.postgres.pool import acquired

MANAGE: Final = "people.manage"
MOST: Final = 200
MOST_FAULTS: Final = 200
Most = Annotated[int, QueryParameter(ge=1, le=MOST)]
Words = Annotated[
    str, QueryParameter(name="q", max_length=100, description="some letters of a name or of a code")
]
One = TypeVar("One")


class PowerView(Struct, frozen=True):
    """A power over the platform: whether this post has it, and which duties do."""

    power: str
    is_held: bool
    duties: tuple[str, ...]


class StandingView(Struct, frozen=True):
    """What the acting post may administer: `ground` are territory codes, none for everywhere.

    `is_whole` says that packs and models, which are everybody's, are within it. `duties` and `kinds`
    are those that posts and units may be given.
    """

    powers: tuple[PowerView, ...]
    ground: tuple[str, ...]
    is_whole: bool
    person: str
    duties: tuple[str, ...]
    kinds: tuple[str, ...]


class UnitRow(Unit, frozen=True):
    """A unit, and how many units and posts stand under it."""

    below: int = 0
    held: int = 0


class PostRow(Post, frozen=True):
    """A post with the name of whoever holds it; `deputies` stand in for it."""

    person_name: str = ""
    deputies: tuple[Deputy, ...] = ()


class PersonRow(Person, frozen=True):
    """A person, and their posts."""

    posts: tuple[str, ...] = ()


class UnitList(Struct, frozen=True):
    """Units by code; `next` is where the next page begins, empty at the end."""

    units: tuple[UnitRow, ...]
    next: str


class PostList(Struct, frozen=True):
    """Posts by id, as a unit list."""

    posts: tuple[PostRow, ...]
    next: str


class PersonList(Struct, frozen=True):
    """People by number, as a unit list."""

    people: tuple[PersonRow, ...]
    next: str


class RowFault(Struct, frozen=True):
    """What is wrong in a line of a file (0: with the file as a whole), and what to do."""

    line: int
    code: str
    says: str
    do: str


class ListTaken(Struct, frozen=True):
    """What a list did, or in a trial would do: it is taken whole or, with any fault, not at all."""

    name: str
    is_saved: bool
    added: int
    changed: int
    unchanged: int
    count: int
    faults: tuple[RowFault, ...]


@get("/admin/powers")
async def standing(request: AnyRequest) -> StandingView:
    """Say what this post may administer, and of the rest whose duty it is."""
    handed, by, _ = asking(request)
    if by.hand != "post":
        raise Refusal("sign_in.needed")
    powers, known = handed.admin.powers, handed.admin.known()
    held = powers.of(by.duties)
    return StandingView(
        powers=tuple(
            PowerView(one, one in held, tuple(sorted(powers.holders(one)))) for one in administration.POWERS
        ),
        ground=by.covers,
        is_whole=is_whole(by.covers or ("",)),
        person=known.roster.post(by.id).person,
        duties=tuple(sorted(known.duties)),
        kinds=tuple(sorted(known.kinds)),
    )


@get("/admin/units")
async def units(
    request: AnyRequest,
    under: FromQuery[str | None] = None,
    words: Words = "",
    after: FromQuery[str] = "",
    most: Most = 50,
) -> UnitList:
    """List units of one's ground, ended ones too; `under` is a unit, or empty for those at the top."""
    handed, who, _ = administering(request, MANAGE)
    roster = handed.admin.known().roster
    mine = {one.code: one for one in roster.units.values() if who.reaches(one.territory)}
    below: dict[str, int] = {}
    for one in mine.values():
        below[one.parent or ""] = below.get(one.parent or "", 0) + 1
    held: dict[str, int] = {}
    for found in roster.posts.values():
        held[found.unit] = held.get(found.unit, 0) + 1

    def is_sought(one: Unit) -> bool:
        # At the top is whatever has nothing of one's own ground above it.
        above = one.parent if one.parent in mine else ""
        return (under is None or above == under) and _has(words, one.name, one.code)

    page, next_ = _page(mine.values(), lambda one: one.code, is_sought, after, most)
    rows = [UnitRow(**asdict(one), below=below.get(one.code, 0), held=held.get(one.code, 0)) for one in page]
    return UnitList(tuple(rows), next_)


@get("/admin/people")
async def people(
    request: AnyRequest, words: Words = "", after: FromQuery[str] = "", most: Most = 50
) -> PersonList:
    """List people all of whose posts are on one's ground, those without any, too."""
    handed, who, _ = administering(request, MANAGE)
    roster = handed.admin.known().roster

    def is_sought(one: Person) -> bool:
        return _has(words, one.name, one.id) and all(
            who.reaches(held.territory) for held in roster.posts_of_person(one.id)
        )

    ordered = sorted(roster.people.values(), key=lambda one: one.id)
    found, next_ = _page(ordered, lambda one: one.id, is_sought, after, most)
    rows = [
        PersonRow(one.id, one.name, tuple(held.id for held in roster.posts_of_person(one.id)))
        for one in found
    ]
    return PersonList(tuple(rows), next_)


@get("/admin/posts")
async def posts(
    request: AnyRequest,
    unit: FromQuery[str] = "",
    person: FromQuery[str] = "",
    words: Words = "",
    after: FromQuery[str] = "",
    most: Most = 50,
) -> PostList:
    """List posts of one's ground with who stands in for them; of one unit or person if it is named."""
    handed, who, _ = administering(request, MANAGE)
    roster = handed.admin.known().roster

    def name_of(one: Post) -> str:
        found = roster.people.get(one.person)
        return found.name if found is not None else ""

    def is_sought(one: Post) -> bool:
        return (
            (not unit or one.unit == unit)
            and (not person or one.person == person)
            and _has(words, one.id, one.person, name_of(one))
            and who.reaches(one.territory)
        )

    found, next_ = _page(roster.posts.values(), lambda one: one.id, is_sought, after, most)
    rows = [
        PostRow(**asdict(one), person_name=name_of(one), deputies=roster.deputies_for(one.id))
        for one in found
    ]
    return PostList(tuple(rows), next_)


@post("/admin/lists/{what:str}", status_code=200, request_max_body_size=administration.LARGEST)
async def take_list(
    request: AnyRequest,
    what: FromPath[What],
    name: Annotated[str, QueryParameter(max_length=200, description="what the file is called")] = "",
    trial: FromQuery[bool] = True,
) -> ListTaken:
    """Take in a list (the body: CSV in UTF-8 or GB 18030, or XLSX); a trial tells what it would do.

    With any fault nothing is saved, and each is told with its line.
    """
    handed, who, now = administering(request, MANAGE)
    known, zone = handed.admin.known(), handed.office.calendar.zone
    body = await request.body()

    def read() -> Saving:
        with TemporaryDirectory(prefix="yuzhi-list-") as folder:
            file = Path(folder) / ("list.xlsx" if body.startswith(b"PK\x03\x04") else "list.csv")
            file.write_bytes(body)
            return administration.read_list(what, file, who, known, zone=zone)

    try:
        saving = await asyncio.to_thread(read)
    except Refusal as refused:
        if refused.code != "registry.file_refused":
            raise
        return _refused(refused, name, language_of(request))
    async with acquired(handed.pool) as conn:
        done = await administration.take_list(conn, saving, now, is_trial=trial)
    if not trial:
        await handed.admin.take_people()
    return ListTaken(name, not trial, done.added, done.changed, done.unchanged, 0, ())


def _refused(refused: Refusal, name: str, language: Language) -> ListTaken:
    told = []
    for fault in causes(refused)[:MOST_FAULTS]:
        says = word(fault, language)
        told.append(RowFault(int(str(fault.facts.get("line", 0))), fault.code, says.says, says.do))
    return ListTaken(name, False, 0, 0, 0, int(str(refused.facts["count"])), tuple(told))


def _page(
    ordered: Iterable[One], key: Callable[[One], str], is_sought: Callable[[One], bool], after: str, most: int
) -> tuple[list[One], str]:
    def sought() -> Iterator[One]:
        for one in ordered:
            if key(one) > after and is_sought(one):
                yield one

    found = [one for one, _ in zip(sought(), range(most + 1), strict=False)]
    return found[:most], key(found[most - 1]) if len(found) > most else ""


def _has(words: str, *texts: str) -> bool:
    return not words or any(words.lower() in text.lower() for text in texts)


HANDLERS = (standing, units, people, posts, take_list)
