"""Mediators over HTTP: the directory for everybody; for a case who fits it, who has it, who steps back."""

from typing import Annotated

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from yuzhi.capabilities import mediators
from yuzhi.capabilities.mediators import (
    Allowance,
    Deed,
    FitsView,
    Given,
    MediatorView,
    NewMediator,
    Recusal,
)
from yuzhi.doors.api._needs import administering, asking
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import sound
from yuzhi.doors.api.matters import matter_id

POWER = "mediators.manage"


class DirectoryView(Struct, frozen=True):
    """A page of the directory; `next` is the id after which the next page begins."""

    mediators: tuple[MediatorView, ...]
    next: str | None


class NewMediators(Struct, frozen=True, forbid_unknown_fields=True):
    """Mediators to be entered or changed."""

    mediators: Annotated[tuple[NewMediator, ...], Meta(min_length=1, max_length=500)]


class SavedView(Struct, frozen=True):
    """How many were entered or changed."""

    saved: int


@get("/mediators")
async def directory(
    request: AnyRequest,
    field: FromQuery[str] = "",
    territory: FromQuery[str] = "",
    after: FromQuery[str] = "",
    most: FromQuery[int] = 50,
) -> DirectoryView:
    """List mediators, for parties to choose from; how many cases they have is shown to posts only."""
    sound(field, territory, after)
    handed, by, _ = asking(request)
    found = await mediators.directory(
        handed.pool, shows_load=by.hand == "post", field=field, territory=territory, after=after, most=most
    )
    return DirectoryView(found, found[-1].id if len(found) == max(1, min(most, 200)) else None)


@post("/mediators", status_code=200)
async def save(request: AnyRequest, data: JSONBody[NewMediators]) -> SavedView:
    """Enter mediators into the directory, or change them."""
    sound(data)
    handed, by, now = administering(request, POWER)
    count = await mediators.save(handed.centre.cases, data.mediators, actor=by.name, now=now)
    return SavedView(count)


@post("/mediators/{mediator:str}/deeds", status_code=204)
async def note_deed(request: AnyRequest, mediator: FromPath[str], data: JSONBody[Deed]) -> None:
    """Note a training or an honour."""
    sound(data, mediator)
    handed, _, now = administering(request, POWER)
    await mediators.note_deed(handed.centre.cases, mediator, data, now)


@get("/disputes/{matter:str}/mediators/fits")
async def fits(
    request: AnyRequest, matter: FromPath[str], field: FromQuery[str] = "", language: FromQuery[str] = ""
) -> FitsView:
    """Show who could mediate in a case, and why or why not; a person decides."""
    sound(field, language)
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await mediators.fits(handed.centre.cases, id_, by, now, field=field, language=language)


@post("/disputes/{matter:str}/mediators", status_code=204)
async def give(request: AnyRequest, matter: FromPath[str], data: JSONBody[Given]) -> None:
    """Give a case a mediator, with a reason."""
    sound(data)
    handed, by, now = asking(request)
    await mediators.give(handed.centre.cases, await matter_id(handed, matter), data, by, now)


@post("/disputes/{matter:str}/mediators/{mediator:str}/recuse", status_code=204)
async def recuse(
    request: AnyRequest, matter: FromPath[str], mediator: FromPath[str], data: JSONBody[Recusal]
) -> None:
    """Let a mediator step back."""
    sound(data, mediator)
    handed, by, now = asking(request)
    await mediators.recuse(handed.centre.cases, await matter_id(handed, matter), mediator, data, by, now)


@post("/disputes/{matter:str}/mediators/{mediator:str}/allowance", status_code=204)
async def allow(
    request: AnyRequest, matter: FromPath[str], mediator: FromPath[str], data: JSONBody[Allowance]
) -> None:
    """Note what a mediator is paid for a case."""
    sound(data, mediator)
    handed, by, now = asking(request)
    await mediators.allow(handed.centre.cases, await matter_id(handed, matter), mediator, data, by, now)


HANDLERS = (directory, save, note_deed, fits, give, recuse, allow)
