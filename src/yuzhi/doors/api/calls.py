"""The hotline's desk over HTTP: a call in one request, and drafts that no broken connection loses."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import hotline, matters
from yuzhi.capabilities.accounts import tracking_code
from yuzhi.capabilities.hotline import CallOptions, DraftView, KeptView, NewCall
from yuzhi.doors.api._attached import check_files
from yuzhi.doors.api._needs import ApiNeeds, asking
from yuzhi.doors.api.matters import JSON, KeyHeader, OpenedAnswer, matter_id

AnyRequest = Request[Any, Any, Any]
MOST_ISSUES = 200


class CallOpened(OpenedAnswer, frozen=True):
    """What the operator is told: the matter, its code, and the number of the matter it was merged into."""

    merged_into: str = ""


class DraftGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A draft as the operator's screen has it, and the version it was based on (0: new)."""

    version: Annotated[int, Meta(ge=0, lt=2**31 - 1)]
    content: dict[str, Any]


class DraftList(Struct, frozen=True):
    """The drafts of a post."""

    drafts: tuple[DraftView, ...]


class _Numbered(Struct):
    id: UUID
    number: str


@post("/calls", status_code=201)
async def open_call(
    request: AnyRequest, data: JSONBody[NewCall], idempotency_key: KeyHeader = ""
) -> Response[CallOpened]:
    """Open a call's matter; at once explained with a reply, merged into what is known, or given out."""
    handed, by, now = asking(request)
    await check_files(request, [one.file for one in data.matter.attachments])
    target = await _target(request, handed, data) if data.merge_into else None
    answer = await hotline.open_call(
        handed.office, data, by, now, target=target, key=idempotency_key, request=await request.body()
    )
    opened = msgspec.json.decode(answer, type=_Numbered)
    merged = await matters.relations(handed.office, handed.pool, opened.id, by) if target else None
    if data.draft is not None:
        await hotline.drop_draft(handed.pool, by.id, data.draft)
    code = tracking_code(handed.entrance.gate, opened.number)
    into = merged.merged_into[0] if merged and merged.merged_into else ""
    told = b'%s,"tracking_code":"%s","merged_into":"%s"}' % (answer[:-1], code.encode(), into.encode())
    return Response(told, status_code=201, media_type=JSON)  # type: ignore[arg-type]


@get("/calls/options")
async def call_options(request: AnyRequest, procedure: FromQuery[str]) -> CallOptions:
    """Say what this post may do with a call in the act that opens it; screens offer that and no more."""
    handed, by, _ = asking(request)
    if by.hand != "post":
        raise Refusal("call.posts_only")
    return hotline.call_options(handed.office, procedure, by)


@put("/calls/drafts/{draft:uuid}")
async def keep_draft(request: AnyRequest, draft: FromPath[UUID], data: JSONBody[DraftGiven]) -> KeptView:
    """Keep a draft under an id of one's own making; the same change again is answered alike."""
    handed, post = _desk(request)
    return await hotline.keep_draft(
        handed.pool, handed.drafts, post, draft, data.content, data.version, handed.now()
    )


@get("/calls/drafts")
async def list_drafts(request: AnyRequest) -> DraftList:
    """List this post's own drafts, the newest first."""
    handed, post = _desk(request)
    return DraftList(tuple(await hotline.drafts(handed.pool, handed.drafts, post, handed.now())))


@get("/calls/drafts/{draft:uuid}")
async def show_draft(request: AnyRequest, draft: FromPath[UUID]) -> DraftView:
    """Show one of this post's own drafts."""
    handed, post = _desk(request)
    return await hotline.draft(handed.pool, handed.drafts, post, draft, handed.now())


@delete("/calls/drafts/{draft:uuid}")
async def drop_draft(request: AnyRequest, draft: FromPath[UUID]) -> None:
    """Drop a draft."""
    handed, post = _desk(request)
    await hotline.drop_draft(handed.pool, post, draft)


def _desk(request: AnyRequest) -> tuple[ApiNeeds, str]:
    handed, by, _ = asking(request)
    if by.hand != "post":
        raise Refusal("call.posts_only")
    return handed, by.id


async def _target(request: AnyRequest, handed: ApiNeeds, data: NewCall) -> UUID:
    """Return the matter meant: by id or number, or the first of a hot issue that this post may see."""
    try:
        return await matter_id(handed, data.merge_into)
    except Refusal:
        _, by, _ = asking(request)
        pack = handed.shelf.procedure(data.matter.procedure).pack
        issues = await handed.adviser.hot_issues(pack, by, most=MOST_ISSUES)
        members = next((one.members for one in issues if one.id == data.merge_into), ())
        if not members:
            raise
        return members[0]


HANDLERS = (open_call, call_options, keep_draft, list_drafts, show_draft, drop_draft)
