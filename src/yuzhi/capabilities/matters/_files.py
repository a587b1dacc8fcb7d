"""What a file is, by its first bytes: its name and declared type are not believed."""

from yuzhi.base.refusal import Refusal

HEAD = 64
"""How many bytes from the beginning it takes to tell."""

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
"""Kinds that are made anew before they are kept."""
NOT_READ = {"image/heic": "HEIC", "image/avif": "AVIF"}
"""Kinds of pictures that are known, but cannot be made anew: they are not taken any more."""

_SIGNATURES: tuple[tuple[tuple[tuple[int, bytes], ...], str], ...] = (
    (((0, b"\xff\xd8\xff"),), "image/jpeg"),
    (((0, b"\x89PNG\r\n\x1a\n"),), "image/png"),
    (((0, b"GIF87a"),), "image/gif"),
    (((0, b"GIF89a"),), "image/gif"),
    (((0, b"RIFF"), (8, b"WEBP")), "image/webp"),
    (((0, b"RIFF"), (8, b"WAVE")), "audio/wav"),
    (((0, b"%PDF-"),), "application/pdf"),
    (((0, b"ID3"),), "audio/mpeg"),
    (((0, b"#!AMR"),), "audio/amr"),
)
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")
_VIDEO = (b"iso", b"mp4", b"avc1", b"M4V ", b"MSNV", b"3gp", b"3g2", b"mmp4", b"dash", b"qt  ")


def media_type_of(head: bytes) -> str:
    """Return the media type of a file that begins so; raise Refusal `file.type_not_allowed` for others."""
    for marks, media_type in _SIGNATURES:
        if all(head[offset : offset + len(mark)] == mark for offset, mark in marks):
            return media_type
    if head[4:8] == b"ftyp" and (found := _boxed(head)):
        return found
    kinds = {kind for _, kind in _SIGNATURES} | {"video/mp4", "audio/mp4"}
    raise Refusal("file.type_not_allowed", allowed=sorted(kinds))


def _boxed(head: bytes) -> str:
    """Return what a file of boxes (ISO/IEC 14496-12) holds by its brands; a picture may name one second."""
    end = min(int.from_bytes(head[:4], "big"), HEAD)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end, 4))]
    if any(brand in _AVIF for brand in brands):
        return "image/avif"
    if any(brand in _HEIC for brand in brands):
        return "image/heic"
    if brands[0] == b"M4A ":
        return "audio/mp4"
    return "video/mp4" if brands[0].startswith(_VIDEO) else ""
