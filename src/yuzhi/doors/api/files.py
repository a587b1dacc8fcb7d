"""Files over HTTP: put one in before a matter or a step refers to it; take one out through its matter."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters
from yuzhi.doors.api._needs import ABOUT_NO_MATTER, asking
from yuzhi.doors.api.matters import matter_id
from yuzhi.store.files import is_sha256

AnyRequest = Request[Any, Any, Any]


class FileView(Struct, frozen=True):
    """A kept file: the SHA-256 of its content, its size in bytes, and what its first bytes say it is."""

    file: str
    size: int
    media_type: str


@post("/files", status_code=201, opt={ABOUT_NO_MATTER: True})
async def put_file(request: AnyRequest) -> FileView:
    """Keep the request's body as a file. Its type is told from its first bytes, not from its headers."""
    handed, _, _ = asking(request)
    head, rest = await _head(request.stream())
    media_type = matters.media_type_of(head)
    kept = await handed.files.put(_joined(head, rest), most=handed.max_upload)
    return FileView(file=kept.sha256, size=kept.size, media_type=media_type)


@get("/matters/{matter:str}/files/{file:str}")
async def get_file(request: AnyRequest, matter: FromPath[str], file: FromPath[str]) -> Stream:
    """Send a file that is evidence of a matter this post may see."""
    handed, by, _ = asking(request)
    seen = await matters.view(handed.office, await matter_id(handed, matter), by)
    if not is_sha256(file) or file not in {one["file"] for one in seen.evidence}:
        raise Refusal("file.not_found", file=file[:64])
    size = await handed.files.size(file)
    head, rest = await _head(handed.files.read(file))
    return Stream(
        _joined(head, rest),
        media_type=matters.media_type_of(head),
        headers={
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{file[:16]}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


async def _head(pieces: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """Take enough from the beginning to tell what a content is."""
    head = b""
    async for piece in pieces:
        head += piece
        if len(head) >= matters.HEAD:
            break
    return head, pieces


async def _joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in rest:
        yield piece


HANDLERS = (put_file, get_file)
