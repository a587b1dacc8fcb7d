"""Agreements over HTTP: drafted, set as PDF or DOCX, signed by everybody, performed; inside the case."""

from typing import Final
from uuid import UUID

from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from yuzhi.capabilities import agreements
from yuzhi.capabilities.agreements import (
    AgreementView,
    NewAgreement,
    NewPerformance,
    NewSignature,
)
from yuzhi.capabilities.typesetting import DOCX, PDF, as_docx, as_pdf
from yuzhi.doors.api._attached import check_files
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._papers import sent
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._sound import sound
from yuzhi.doors.api.matters import matter_id

ONE: Final = "/disputes/{matter:str}/agreements/{agreement:uuid}"


class AgreementsView(Struct, frozen=True):
    """The agreements of a case."""

    agreements: tuple[AgreementView, ...]


@get("/disputes/{matter:str}/agreements")
async def listed(request: AnyRequest, matter: FromPath[str]) -> AgreementsView:
    """List a case's agreements, oldest first."""
    handed, by, _ = asking(request)
    id_ = await matter_id(handed, matter)
    return AgreementsView(await agreements.agreements(handed.centre.agreements, id_, by))


@post("/disputes/{matter:str}/agreements", status_code=201)
async def draft(request: AnyRequest, matter: FromPath[str], data: JSONBody[NewAgreement]) -> AgreementView:
    """Draft an agreement, or record an oral one, which takes effect when it was reached."""
    sound(data)
    handed, by, now = asking(request)
    return await agreements.draft(handed.centre.agreements, await matter_id(handed, matter), data, by, now)


@get(ONE)
async def shown(request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID]) -> AgreementView:
    """Show an agreement, who has signed it, and who has not."""
    handed, by, _ = asking(request)
    id_ = await matter_id(handed, matter)
    return await agreements.agreement(handed.centre.agreements, id_, agreement, by)


@put(ONE)
async def redraft(
    request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID], data: JSONBody[NewAgreement]
) -> AgreementView:
    """Change a draft."""
    sound(data)
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await agreements.redraft(handed.centre.agreements, id_, agreement, data, by, now)


@get(ONE + "/document.pdf")
async def pdf(request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID]) -> Response[bytes]:
    """Send the agreement as PDF; a draft is marked as one, a signed one tells who signed, how and when."""
    handed, by, now = asking(request)
    id_, room = await matter_id(handed, matter), handed.centre.agreements
    written = await agreements.document(room, id_, agreement, by, now, tells_hands=True)
    return sent(await as_pdf(written, room.fonts), PDF, f"{agreement}.pdf")


@get(ONE + "/document.docx")
async def docx(request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID]) -> Response[bytes]:
    """Send the agreement as a Word document, as the PDF."""
    handed, by, now = asking(request)
    id_, room = await matter_id(handed, matter), handed.centre.agreements
    written = await agreements.document(room, id_, agreement, by, now, tells_hands=True)
    return sent(await as_docx(written), DOCX, f"{agreement}.docx")


@post(ONE + "/offer", status_code=200)
async def offer(request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID]) -> AgreementView:
    """Offer a draft to be signed; from now on its words are fixed."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await agreements.offer(handed.centre.agreements, id_, agreement, by, now)


@post(ONE + "/codes", status_code=202)
async def ask_code(
    request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID], data: JSONBody[NewSignature]
) -> None:
    """Send the code with which a party, or who speaks for it, signs on a telephone."""
    sound(data)
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    await agreements.ask_code(handed.centre.agreements, id_, agreement, data, by, now)


@post(ONE + "/signatures", status_code=200)
async def sign(
    request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID], data: JSONBody[NewSignature]
) -> AgreementView:
    """Sign: with the code that was sent, on paper that was scanned, as the mediator, with the seal."""
    sound(data)
    handed, by, now = asking(request)
    await check_files(request, [data.file])
    id_ = await matter_id(handed, matter)
    return await agreements.sign(handed.centre.agreements, id_, agreement, data, by, now)


@post(ONE + "/conclude", status_code=200)
async def conclude(request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID]) -> AgreementView:
    """Let an agreement take effect once everybody has signed; not before."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await agreements.conclude(handed.centre.agreements, id_, agreement, by, now)


@post(ONE + "/give-up", status_code=200)
async def give_up(request: AnyRequest, matter: FromPath[str], agreement: FromPath[UUID]) -> AgreementView:
    """Give up an agreement that has not taken effect."""
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await agreements.give_up(handed.centre.agreements, id_, agreement, by, now)


@post(ONE + "/instalments/{no:int}/performance", status_code=200)
async def perform(
    request: AnyRequest,
    matter: FromPath[str],
    agreement: FromPath[UUID],
    no: FromPath[int],
    data: JSONBody[NewPerformance],
) -> AgreementView:
    """Note what was performed of an instalment, all of it or a part that was paid."""
    sound(data)
    handed, by, now = asking(request)
    id_ = await matter_id(handed, matter)
    return await agreements.perform(handed.centre.agreements, id_, agreement, no, data, by, now)


HANDLERS = (
    listed, draft, shown, redraft, pdf, docx, offer, ask_code, sign, conclude, give_up, perform,
)  # fmt: skip
