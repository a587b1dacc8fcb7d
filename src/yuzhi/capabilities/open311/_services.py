"""Services of GeoReport v2: the leaves of the catalogues of every procedure open to this channel.

A service's code is its procedure and category with dots between the names, as in
`citizen-request.urban.road.lamp`; the procedure alone is the service for whatever fits no category. Names
hold no dots, so codes tell both.
"""

from collections.abc import Iterator

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.open311._fields import DOT, can_be_asked
from yuzhi.capabilities.packs import Shelf
from yuzhi.engine.definition import Category, Pack, Procedure

CHANNEL = "open311"


class Service(Struct, frozen=True):
    """A service: where its requests go, and how it is told in one language."""

    code: str
    procedure: Procedure
    pack: Pack
    category: str
    name: str
    description: str
    group: str
    keywords: tuple[str, ...]


def services(shelf: Shelf, language: str) -> tuple[Service, ...]:
    """Return every service, procedure by procedure in the order of their catalogues."""
    return tuple(
        service
        for procedure in shelf.procedures
        if CHANNEL in procedure.opening.channels and "requester" in procedure.opening.duties
        if can_be_asked(shelf.pack(procedure.pack, procedure.version).forms.get(procedure.opening.form, {}))
        for service in _of(shelf, procedure, language)
    )


def service_of(shelf: Shelf, code: str, language: str) -> Service:
    """Return the service of a code; refuse `open311.unknown_service`."""
    for one in services(shelf, language):
        if one.code == code:
            return one
    raise Refusal("open311.unknown_service", given=code[:80])


def code_for(procedure: str, category: str) -> str:
    """Return the service code of a matter; one of a branch of the tree is told by the branch."""
    return DOT.join([procedure, *([category.replace("/", DOT)] if category else [])])


def _of(shelf: Shelf, procedure: Procedure, language: str) -> Iterator[Service]:
    pack = shelf.pack(procedure.pack, procedure.version)
    title = shelf.word(pack, f"procedure.{procedure.name}", language)
    yield Service(
        code=procedure.name, procedure=procedure, pack=pack, category="", name=title, description=title,
        group=title, keywords=(),
    )  # fmt: skip
    branches = {one.code.rpartition("/")[0] for one in pack.categories}
    for one in pack.categories:
        if one.code not in branches and _is_for(procedure, pack, one):
            path = one.code.split("/")
            names = [
                shelf.word(pack, f"category.{'/'.join(path[:depth])}", language)
                for depth in range(1, len(path) + 1)
            ]
            yield Service(
                code=code_for(procedure.name, one.code), procedure=procedure, pack=pack, category=one.code,
                name=names[-1], description=" / ".join(names), group=names[0],
                keywords=tuple(word.replace(",", " ") for word in one.words),
            )  # fmt: skip


def _is_for(procedure: Procedure, pack: Pack, category: Category) -> bool:
    """Say whether a category is this procedure's: a tree whose roots are kinds belongs to those kinds."""
    kinds = {kind for one in pack.procedures for kind in one.opening.kinds}
    root = category.code.partition("/")[0]
    return root not in kinds or root in procedure.opening.kinds
