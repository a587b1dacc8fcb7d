"""Disputes over HTTP: taking one up with its parties, who speaks for them, what is noted; for those in it."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import asdict

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts, matters, parties
from yuzhi.capabilities.accounts import tracking_code
from yuzhi.capabilities.parties import (
    ActView,
    AddedView,
    DisputeView,
    NewDispute,
    NewNote,
    NewParty,
    NewRepresentative,
    NoteView,
    RegisteredView,
)
from yuzhi.capabilities.typesetting import PDF, as_pdf
from yuzhi.doors.api._attached import check_files
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._papers import sent
from yuzhi.doors.api._party_slip import slip
from yuzhi.doors.api._problems import language_of
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import sound
from yuzhi.doors.api.matters import KeyHeader, matter_id


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose fields are read in clear, and what for; `person` is the id shown with the masked person."""

    person: UUID
    fields: tuple[str, ...]
    purpose: str


class Leaving(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a party does not belong to the case."""

    reason: str


class OwnPhone(Struct, frozen=True, forbid_unknown_fields=True):
    """The telephone one has signed in with."""

    phone: Annotated[str, Meta(max_length=40)]


class NotesView(Struct, frozen=True):
    """The notes of a case."""

    notes: tuple[NoteView, ...]


class ActsView(Struct, frozen=True):
    """What was done about the people and agreements of a case."""

    acts: tuple[ActView, ...]


class RegisteredAnswer(RegisteredView, frozen=True):
    """What whoever files a dispute is told, and the code to sign in to it with as who asked."""

    tracking_code: str


class PartyCode(Struct, frozen=True):
    """The number and code with which one party comes into its case: for the notice served on it."""

    number: str
    code: str


@post("/disputes", status_code=201)
async def register(
    request: AnyRequest, data: JSONBody[NewDispute], idempotency_key: KeyHeader = ""
) -> RegisteredAnswer:
    """Take a dispute up; the same one, already being handled, is named instead and can be joined."""
    sound(data)
    handed, by, now = asking(request)
    await check_files(request, [one.consent for party in data.parties for one in party.representatives])
    await check_files(request, [one.file for one in data.matter.attachments])
    once = matters.Key.sent(idempotency_key, await request.body(), by)
    made = await parties.register(handed.centre.cases, data, by, now, once=once)
    code = tracking_code(handed.entrance.gate, made.number)
    return RegisteredAnswer(**asdict(made), tracking_code=code)


@get("/disputes/{matter:str}")
async def view(request: AnyRequest, matter: FromPath[str]) -> DisputeView:
    """Show who is in a dispute, masked, to those in the case."""
    handed, by, _ = asking(request)
    return await parties.view(handed.centre.cases, await matter_id(handed, matter), by)


@post("/disputes/{matter:str}/parties", status_code=201)
async def add_party(request: AnyRequest, matter: FromPath[str], data: JSONBody[NewParty]) -> AddedView:
    """Let one more party into a case."""
    sound(data)
    handed, by, now = asking(request)
    await check_files(request, [one.consent for one in data.representatives])
    return await parties.add_party(handed.centre.cases, await matter_id(handed, matter), data, by, now)


@post("/disputes/{matter:str}/parties/{party:uuid}/code", status_code=200)
async def party_code(request: AnyRequest, matter: FromPath[str], party: FromPath[UUID]) -> PartyCode:
    """Tell the number and code with which a party signs in to its case and acts there by itself."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    number = await parties.party_number(handed.centre.cases, id_, party, by, now)
    return PartyCode(number, tracking_code(handed.entrance.gate, number))


@post("/disputes/{matter:str}/parties/{party:uuid}/code/slip", status_code=200)
async def party_slip(request: AnyRequest, matter: FromPath[str], party: FromPath[UUID]) -> Response[bytes]:
    """Set a party's number and code as PDF, for whoever came to the hall to take home."""
    handed, by, now = asking(request)
    id_, cases = await matter_id(handed, matter), handed.centre.cases
    number = await parties.party_number(cases, id_, party, by, now)
    case = await parties.view(cases, id_, by)
    one = next(one for one in case.parties if one.id == party)
    paper = partial(
        slip, side=one.side, number=number, code=tracking_code(handed.entrance.gate, number),
        address=handed.entrance.address, at=now, day=handed.office.calendar.day_of(now).isoformat(),
        language=language_of(request),
    )  # fmt: skip
    fonts = handed.centre.agreements.fonts
    try:
        made = await as_pdf(paper(one.person.name), fonts)
    except Refusal as refusal:
        if refusal.code != "document.character_missing":
            raise
        made = await as_pdf(paper("*"), fonts)  # a rare character in a name keeps nobody from their code
    return sent(made, PDF, f"{number}.pdf")


@post("/disputes/{matter:str}/parties/join", status_code=200)
async def join(request: AnyRequest, matter: FromPath[str], data: JSONBody[OwnPhone]) -> AddedView:
    """Join a case in which one is named already, by the telephone one has signed in with."""
    sound(data)
    handed, by, now = asking(request)
    if by.hand == "requester" and by.is_known:
        await accounts.check_own_phone(handed.pool, handed.entrance.gate, by.id, data.phone)
    return await parties.join(handed.centre.cases, await matter_id(handed, matter), data.phone, by, now)


@post("/disputes/{matter:str}/parties/{party:uuid}/leave", status_code=204)
async def leave(
    request: AnyRequest, matter: FromPath[str], party: FromPath[UUID], data: JSONBody[Leaving]
) -> None:
    """Let a party go that does not belong to the case."""
    sound(data)
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    await parties.leave(handed.centre.cases, id_, party, data.reason, by, now)


@post("/disputes/{matter:str}/parties/{party:uuid}/representatives", status_code=201)
async def add_representative(
    request: AnyRequest, matter: FromPath[str], party: FromPath[UUID], data: JSONBody[NewRepresentative]
) -> AddedView:
    """Let a guardian, or an agent with the party's consent, speak for a party."""
    sound(data)
    handed, by, now = asking(request)
    await check_files(request, [data.consent])
    id_ = await matter_id(handed, matter)
    return await parties.add_representative(handed.centre.cases, id_, party, data, by, now)


@delete("/disputes/{matter:str}/representatives/{representative:uuid}", status_code=204)
async def end_representative(
    request: AnyRequest, matter: FromPath[str], representative: FromPath[UUID]
) -> None:
    """End somebody's speaking for a party."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    await parties.end_representative(handed.centre.cases, id_, representative, by, now)


@post("/disputes/{matter:str}/readings", status_code=200)
async def read_person(
    request: AnyRequest, matter: FromPath[str], data: JSONBody[Reading]
) -> Mapping[str, str]:
    """Read fields of somebody in a case in clear; for what, and by whom, stays on record."""
    sound(data)
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await parties.reveal(handed.centre.cases, id_, data.person, data.fields, data.purpose, by, now)


@post("/disputes/{matter:str}/notes", status_code=201)
async def keep_note(request: AnyRequest, matter: FromPath[str], data: JSONBody[NewNote]) -> NoteView:
    """Keep a note of what was said or done in a mediation."""
    sound(data)
    handed, by, now = asking(request)
    return await parties.keep_note(handed.centre.cases, await matter_id(handed, matter), data, by, now)


@get("/disputes/{matter:str}/notes")
async def notes(request: AnyRequest, matter: FromPath[str]) -> NotesView:
    """Show a case's notes to those who work on it."""
    handed, by, _ = asking(request)
    return NotesView(await parties.notes(handed.centre.cases, await matter_id(handed, matter), by))


@get("/disputes/{matter:str}/acts")
async def acts(request: AnyRequest, matter: FromPath[str]) -> ActsView:
    """Show what was done about a case's people and agreements, oldest first."""
    handed, by, _ = asking(request)
    return ActsView(await parties.acts(handed.centre.cases, await matter_id(handed, matter), by))


HANDLERS = (
    register, view, add_party, party_code, party_slip, join, leave, add_representative, end_representative,
    read_person, keep_note, notes, acts,
)  # fmt: skip
