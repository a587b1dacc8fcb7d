"""Files taken in: told by their first bytes, pictures made anew, and only then kept."""

from collections.abc import AsyncIterator

from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.matters._files import HEAD, NOT_READ, PICTURES, media_type_of
from yuzhi.capabilities.matters._pictures import Pictures
from yuzhi.capabilities.matters._views import PlaceView
from yuzhi.store.files import Files

PICTURE_MOST = 40 * 1024 * 1024
"""Bytes of a picture; longer ones come from no telephone."""


class FileView(Struct, frozen=True):
    """A kept file: the SHA-256 of its content, its size in bytes, and what its first bytes say it is.

    A picture is kept as it was made anew; `place` is where it said it was taken (WGS-84), which is told
    here once and kept nowhere.
    """

    file: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None
    place: PlaceView | None = None


async def take_in(files: Files, pictures: Pictures, content: AsyncIterator[bytes], *, most: int) -> FileView:
    """Keep a content of at most `most` bytes and return what it is.

    Raises Refusal `file.type_not_allowed`, `file.format_not_read`, and those of `Files.put` and
    `Pictures.remade`; then nothing is kept.
    """
    head, rest = await head_of(content)
    media_type = media_type_of(head)
    if media_type in NOT_READ:
        raise Refusal("file.format_not_read", given=NOT_READ[media_type])
    if media_type not in PICTURES:
        kept = await files.put(joined(head, rest), most=most)
        return FileView(file=kept.sha256, size=kept.size, media_type=media_type)
    async with pictures.remade(joined(head, rest), most=min(most, PICTURE_MOST)) as made:
        kept = await files.put(made.pieces(), most=PICTURE_MOST * 4)
        return FileView(kept.sha256, kept.size, made.media_type, made.width, made.height, made.place)


async def typed(pieces: AsyncIterator[bytes]) -> tuple[str, AsyncIterator[bytes]]:
    """Return what the first bytes of a content say it is, and the content, whole."""
    head, rest = await head_of(pieces)
    return media_type_of(head), joined(head, rest)


async def head_of(pieces: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    """Take enough from the beginning to tell what a content is; return it, and the rest."""
    head = b""
    async for piece in pieces:
        head += piece
        if len(head) >= HEAD:
            break
    return head, pieces


async def joined(head: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield a beginning and the rest."""
    yield head
    async for piece in rest:
        yield piece
