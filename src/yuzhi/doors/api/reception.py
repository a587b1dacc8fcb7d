"""The centre's hall over HTTP: the guide, registrations, numbers and windows, and the board over them."""

from uuid import UUID

from litestar import get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import reception
from yuzhi.capabilities.reception import (
    BoardView,
    GuideView,
    Moved,
    NewChoice,
    NewRegistration,
    NewTicket,
    NewWindow,
    RegistrationView,
    TicketView,
)
from yuzhi.doors.api._attached import check_files
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import sound

_ACTS = {
    "recall": reception.recall,
    "begin": reception.begin,
    "finish": reception.finish,
    "skip": reception.skip,
    "come-back": reception.come_back,
}


class RegistrationsView(Struct, frozen=True):
    """A page of registrations; `next` is the id before which the next page begins."""

    registrations: tuple[RegistrationView, ...]
    next: UUID | None


class CalledView(Struct, frozen=True):
    """The number that was called, none when nobody waits."""

    ticket: TicketView | None


@get("/guide")
async def guide(request: AnyRequest) -> GuideView:
    """Show what is asked of whoever comes with a dispute."""
    handed, _, _ = asking(request)
    return reception.questions(handed.centre.shelf, language_of(request))


@post("/registrations", status_code=201)
async def register(request: AnyRequest, data: JSONBody[NewRegistration]) -> RegistrationView:
    """Register a visit; answered with the roads there are, each with its reasons and the law."""
    sound(data)
    handed, by, now = asking(request)
    await check_files(request, [data.consent])
    centre = handed.centre
    return await reception.register(centre.cases, centre.shelf, data, by, now, language_of(request))


@get("/registrations")
async def registrations(
    request: AnyRequest, before: FromQuery[UUID | None] = None, most: FromQuery[int] = 50
) -> RegistrationsView:
    """List one's own centre's registrations, newest first."""
    handed, by, _ = asking(request)
    found = await reception.registrations(handed.centre.cases, by, before=before, most=most)
    return RegistrationsView(found, found[-1].id if len(found) == max(1, min(most, 100)) else None)


@get("/registrations/{registration:uuid}")
async def registered(request: AnyRequest, registration: FromPath[UUID]) -> RegistrationView:
    """Show a registration with what was offered then."""
    handed, by, _ = asking(request)
    return await reception.registration(handed.centre.cases, registration, by)


@post("/registrations/{registration:uuid}/choice", status_code=200)
async def choose(
    request: AnyRequest, registration: FromPath[UUID], data: JSONBody[NewChoice]
) -> RegistrationView:
    """Record the person's own choice; with a dispute its case is opened in the same visit."""
    sound(data)
    handed, by, now = asking(request)
    centre = handed.centre
    if data.dispute is not None:
        told = [one.consent for party in data.dispute.parties for one in party.representatives]
        await check_files(request, [*told, *(one.file for one in data.dispute.matter.attachments)])
    return await reception.choose(centre.cases, centre.shelf, registration, data, by, now)


@put("/windows/{window:str}", status_code=204)
async def set_window(request: AnyRequest, window: FromPath[str], data: JSONBody[NewWindow]) -> None:
    """Set up a window of one's own centre, open or close it."""
    sound(data, window)
    handed, by, _ = asking(request)
    await reception.set_window(handed.centre.cases, window, data, by)


@post("/windows/{window:str}/call", status_code=200)
async def call_next(request: AnyRequest, window: FromPath[str]) -> CalledView:
    """Call the next number to a window."""
    sound(window)
    handed, by, now = asking(request)
    return CalledView(await reception.call_next(handed.centre.cases, window, by, now))


@post("/centres/{unit:str}/tickets", status_code=201)
async def take_number(request: AnyRequest, unit: FromPath[str], data: JSONBody[NewTicket]) -> TicketView:
    """Take a number of a centre."""
    sound(data, unit)
    handed, by, now = asking(request)
    return await reception.take_number(handed.centre.cases, unit, data, by, now)


@get("/centres/{unit:str}/tickets/{ticket:uuid}")
async def shown(request: AnyRequest, unit: FromPath[str], ticket: FromPath[UUID]) -> TicketView:
    """Show a number, how many are ahead of it, and about how long that takes."""
    sound(unit)
    handed, _, _ = asking(request)
    return await reception.ticket_view(handed.centre.cases, unit, ticket)


@get("/centres/{unit:str}/board")
async def board(request: AnyRequest, unit: FromPath[str]) -> BoardView:
    """Show what the screen in a centre's hall shows: numbers, never names."""
    sound(unit)
    handed, _, now = asking(request)
    return await reception.board(handed.centre.cases, unit, now)


@post("/tickets/{ticket:uuid}/pass-on", status_code=200)
async def pass_on(request: AnyRequest, ticket: FromPath[UUID], data: JSONBody[Moved]) -> TicketView:
    """Pass somebody on to another line, where they are next."""
    sound(data)
    handed, by, _ = asking(request)
    return await reception.pass_on(handed.centre.cases, ticket, data.line, by)


@post("/tickets/{ticket:uuid}/{act:str}", status_code=200)
async def act_on(request: AnyRequest, ticket: FromPath[UUID], act: FromPath[str]) -> TicketView:
    """Call a number again (`recall`), `begin` or `finish` its visit, `skip` it, or let it `come-back`."""
    sound(act)
    handed, by, now = asking(request)
    if act not in _ACTS:
        raise Refusal("request.not_found", path=act[:40])
    return await _ACTS[act](handed.centre.cases, ticket, by, now)


HANDLERS = (
    guide, register, registrations, registered, choose, set_window, call_next, take_number, shown, board,
    pass_on, act_on,
)  # fmt: skip
