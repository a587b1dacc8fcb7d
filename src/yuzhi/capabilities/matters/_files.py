"""What a file is, by its first bytes: its name and declared type are not believed."""

from yuzhi.base.refusal import Refusal

HEAD = 64
"""How many bytes from the beginning it takes to tell."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (0, b"%PDF-", "application/pdf"),
    (4, b"ftyp", "video/mp4"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
)


def media_type_of(head: bytes) -> str:
    """Return the media type of a file that begins so; raise Refusal `file.type_not_allowed` for others."""
    for offset, signature, media_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return media_type
    raise Refusal("file.type_not_allowed", allowed=sorted({kind for _, _, kind in _SIGNATURES}))
