"""Sends a paper that was set for one reader: as a file, kept by nothing on its way."""

from litestar import Response


def sent(content: bytes, media_type: str, name: str) -> Response[bytes]:
    """Return a paper as a download that no cache holds."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )
