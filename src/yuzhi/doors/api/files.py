"""Files over HTTP: put one in before a matter or a step refers to it; take one out through its matter."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.capabilities.matters import FileView
from yuzhi.doors.api._attached import hand_of
from yuzhi.doors.api._needs import ABOUT_NO_MATTER, asking
from yuzhi.doors.api.matters import matter_id
from yuzhi.store.files import is_sha256

AnyRequest = Request[Any, Any, Any]


@post("/files", status_code=201, opt={ABOUT_NO_MATTER: True})
async def put_file(request: AnyRequest) -> FileView:
    """Keep the request's body as a file. Its type is told from its first bytes, not from its headers.

    A picture is made anew from its pixels: where it was taken is told in the answer and kept nowhere.
    """
    handed, _, now = asking(request)
    kept = await matters.take_in(handed.files, handed.pictures, request.stream(), most=handed.max_upload)
    await matters.note_upload(handed.pool, kept.file, hand_of(request), now)
    return kept


@get("/matters/{matter:str}/files/{file:str}")
async def get_file(request: AnyRequest, matter: FromPath[str], file: FromPath[str]) -> Stream:
    """Send a file that is evidence of a matter this post may see."""
    handed, by, _ = asking(request)
    seen = await matters.view(handed.office, await matter_id(handed, matter), by)
    if not is_sha256(file) or file not in {one["file"] for one in seen.evidence}:
        raise Refusal("file.not_found", file=file[:64])
    size = await handed.files.size(file)
    media_type, content = await matters.typed(handed.files.read(file))
    return Stream(
        content,
        media_type=media_type,
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{file[:16]}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


HANDLERS = (put_file, get_file)
