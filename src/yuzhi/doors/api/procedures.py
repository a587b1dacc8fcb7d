"""Procedures over HTTP: what can be opened, with its words and forms, so that a screen need know no rule."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.packs import explained
from yuzhi.doors.api._needs import ABOUT_NO_MATTER, asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.wording import Language
from yuzhi.engine.definition import LegalBasis, Pack, Procedure
from yuzhi.engine.diagram import svg


class ProcedureLine(Struct, frozen=True):
    """A procedure in a menu."""

    name: str
    title: str
    pack: str
    version: str
    may_open: bool


class ProcedureList(Struct, frozen=True):
    """The procedures in force."""

    procedures: tuple[ProcedureLine, ...]


class CategoryView(Struct, frozen=True):
    """A category with its word."""

    code: str
    title: str


class ProcedureView(Struct, frozen=True):
    """A procedure whole: its definition, words in one language, forms, categories and legal basis."""

    definition: Mapping[str, Any]
    words: Mapping[str, str]
    forms: Mapping[str, Mapping[str, object]]
    categories: tuple[CategoryView, ...]
    basis: tuple[LegalBasis, ...]


@get("/procedures", opt={ABOUT_NO_MATTER: True})
async def procedures(request: Request[Any, Any, Any]) -> ProcedureList:
    """List the procedures in force, and which of them this post may open."""
    handed, by, _ = asking(request)
    language = language_of(request)

    def line(procedure: Procedure) -> ProcedureLine:
        pack = handed.shelf.pack(procedure.pack, procedure.version)
        return ProcedureLine(
            name=procedure.name, title=handed.shelf.word(pack, f"procedure.{procedure.name}", language),
            pack=pack.name, version=pack.version, may_open=bool(by.duties & set(procedure.opening.duties)),
        )  # fmt: skip

    return ProcedureList(tuple(line(procedure) for procedure in handed.shelf.procedures))


@get("/procedures/{name:str}", opt={ABOUT_NO_MATTER: True})
async def procedure(
    request: Request[Any, Any, Any], name: FromPath[str], version: FromQuery[str | None] = None
) -> ProcedureView:
    """Show a procedure with its words, forms and categories, in the version named or the one in force."""
    handed, _, _ = asking(request)
    language = language_of(request)
    found = handed.shelf.procedure(name, version)
    pack = handed.shelf.pack(found.pack, found.version)
    return ProcedureView(
        definition=msgspec.to_builtins(found, enc_hook=str),
        words={**pack.words.get("zh", {}), **pack.words.get(language, {})},
        forms=pack.forms,
        categories=tuple(
            CategoryView(code=one.code, title=handed.shelf.word(pack, f"category.{one.code}", language))
            for one in pack.categories
        ),
        basis=pack.basis,
    )


class PackVersion(Struct, frozen=True):
    """A version of a pack; `begins` is its first day, `is_in_force` whether it counts today."""

    version: str
    begins: str
    is_in_force: bool
    procedures: tuple[str, ...]
    digest: str


class PackLine(Struct, frozen=True):
    """A pack with its versions, the oldest first, and what the one in force rests on."""

    name: str
    versions: tuple[PackVersion, ...]
    procedures: tuple[ProcedureLine, ...]
    basis: tuple[LegalBasis, ...]


class PackList(Struct, frozen=True):
    """The packs this installation works with."""

    packs: tuple[PackLine, ...]


class Explanation(Struct, frozen=True):
    """A procedure told in plain sentences."""

    name: str
    version: str
    text: str


@get("/packs")
async def packs(request: Request[Any, Any, Any]) -> PackList:
    """List the packs with their versions: past, in force, and approved for a day to come; for the staff."""
    handed, by, _ = asking(request)
    if by.hand != "post":
        raise Refusal("sign_in.needed")
    language = language_of(request)
    lines = []
    for pack in handed.shelf.in_force:
        versions = tuple(
            PackVersion(
                one.version, one.in_force_from, one.version == pack.version,
                tuple(procedure.name for procedure in one.procedures), one.digest,
            )
            for one in handed.shelf.packs
            if one.name == pack.name
        )  # fmt: skip
        procedures = tuple(
            ProcedureLine(
                one.name, handed.shelf.word(pack, f"procedure.{one.name}", language), pack.name, pack.version,
                bool(by.duties & set(one.opening.duties)),
            )
            for one in pack.procedures
        )  # fmt: skip
        lines.append(PackLine(pack.name, versions, procedures, pack.basis))
    return PackList(tuple(lines))


@get("/procedures/{name:str}/explanation", opt={ABOUT_NO_MATTER: True})
async def explanation(
    request: Request[Any, Any, Any], name: FromPath[str], version: FromQuery[str | None] = None
) -> Explanation:
    """Tell a procedure in plain sentences, its time limits with what they rest on."""
    handed, _, _ = asking(request)
    found = handed.shelf.procedure(name, version)
    pack = handed.shelf.pack(found.pack, found.version)
    return Explanation(name, found.version, explained(handed.shelf, pack, found, language_of(request)))


@get("/procedures/{name:str}/diagram", opt={ABOUT_NO_MATTER: True}, media_type="image/svg+xml")
async def diagram(
    request: Request[Any, Any, Any],
    name: FromPath[str],
    version: FromQuery[str | None] = None,
    at: FromQuery[str] = "",
    lang: FromQuery[Literal["", "zh", "en"]] = "",
) -> Response[str]:
    """Draw a procedure as SVG; `at` is the state where a matter stands, which is then marked."""
    handed, _, _ = asking(request)
    found = handed.shelf.procedure(name, version)
    pack = handed.shelf.pack(found.pack, found.version)
    return drawn(found, pack, lang or language_of(request), at=at)


def drawn(procedure: Procedure, pack: Pack, language: Language, *, at: str = "") -> Response[str]:
    """Return a procedure's drawing; `at` is the state that is marked."""
    return Response(
        svg(procedure, pack.words, language, at=at),
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "private, max-age=300",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        },
    )


HANDLERS = (procedures, procedure, packs, explanation, diagram)
