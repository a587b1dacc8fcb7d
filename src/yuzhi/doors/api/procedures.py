"""Procedures over HTTP: what can be opened, with its words and forms, so that a screen need know no rule."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from yuzhi.doors.api._needs import ABOUT_NO_MATTER, asking
from yuzhi.doors.api._problems import language_of
from yuzhi.engine.definition import LegalBasis, Procedure
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
    return Response(
        svg(found, pack.words, lang or language_of(request), at=at),
        media_type="image/svg+xml",
        headers={
            "Cache-Control": "private, max-age=300",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        },
    )


HANDLERS = (procedures, procedure, diagram)
