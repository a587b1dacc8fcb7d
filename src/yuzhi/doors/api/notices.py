"""Inboxes over HTTP: what a post's unit, or whoever asked, was written, and that it was read."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from yuzhi.capabilities import deliveries, matters
from yuzhi.capabilities.deliveries import NoticesPage
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api.matters import matter_id


class Read(Struct, frozen=True):
    """Notices somebody has read."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=200)]


class Marked(Struct, frozen=True):
    """How many notices were unread till now."""

    read: int


@get("/notices")
async def inbox(
    request: AnyRequest,
    unread: FromQuery[bool] = False,
    after: FromQuery[str | None] = None,
    most: FromQuery[int] = 50,
) -> NoticesPage:
    """List the inbox of this post's unit, or of this requester, newest first."""
    handed, by, _ = asking(request)
    return await deliveries.notices(handed.pool, by, is_unread=unread, after=after, most=most)


@post("/notices/read", status_code=200)
async def read(request: AnyRequest, data: JSONBody[Read]) -> Marked:
    """Mark notices of one's own inbox as read; others' are passed over."""
    handed, by, now = asking(request)
    return Marked(read=await deliveries.mark_read(handed.pool, by, data.ids, now))


@get("/matters/{matter:str}/notices")
async def of_matter(
    request: AnyRequest, matter: FromPath[str], after: FromQuery[str | None] = None, most: FromQuery[int] = 50
) -> NoticesPage:
    """List what this post's unit, or this requester, was written about one matter, newest first."""
    handed, by, _ = asking(request)
    id_ = await matter_id(handed, matter)
    await matters.view(handed.office, id_, by, lets_parties_in=True)  # one that may not be seen is not found
    return await deliveries.notices(handed.pool, by, matter=id_, after=after, most=most)


HANDLERS = (inbox, read, of_matter)
