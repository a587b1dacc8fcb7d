"""What every answer tells a browser not to do, unless a handler has told it more strictly already."""

from typing import Final
from urllib.parse import urlsplit

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
ALWAYS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=(self), payment=(), usb=()",
}
TRANSPORT: Final = ("Strict-Transport-Security", "max-age=31536000")
PRIVATE: Final = ("Cache-Control", "no-store")


class Headers:
    """Adds them. `always_secure` says that the outside only ever reaches us over TLS.

    `tiles` is where map tiles come from: the one other host that pages may ask, if there is one.
    """

    def __init__(self, *, always_secure: bool, tiles: str = "") -> None:
        self._always_secure = always_secure
        self._always = {**ALWAYS, "Content-Security-Policy": _policy(tiles)}

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Complete the headers of an answer that begins."""
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in self._always.items():
            headers.setdefault(name, value)
        if self._always_secure or scope["scheme"] == "https":
            headers.setdefault(*TRANSPORT)
        if scope["path"].startswith("/api/"):
            headers.setdefault(*PRIVATE)


def _policy(tiles: str) -> str:
    if not tiles:
        return CONTENT_POLICY
    parts = urlsplit(tiles)
    host = f"{parts.scheme}://{parts.netloc}"
    return CONTENT_POLICY.replace("img-src 'self'", f"img-src 'self' {host}").replace(
        "connect-src 'self'", f"connect-src 'self' {host}"
    )
