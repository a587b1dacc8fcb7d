"""What every answer tells a browser not to do, unless a handler has told it more strictly already."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

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


def _packed(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode()


PRIVATE: Final = _packed("Cache-Control", "no-store")


class Headers:
    """Adds them. `always_secure` says that the outside only ever reaches us over TLS.

    `tiles` is where map tiles come from: the one other host that pages may ask, if there is one.
    `secure_for` is how long browsers are to ask over TLS only; nothing tells them to forget it.
    """

    def __init__(
        self, *, always_secure: bool, tiles: str = "", secure_for: timedelta = timedelta(days=365)
    ) -> None:
        self._always_secure = always_secure
        told_for = int(secure_for.total_seconds())
        self._transport = _packed("Strict-Transport-Security", f"max-age={told_for}")
        always = {**ALWAYS, "Content-Security-Policy": _policy(tiles)}
        self._always = tuple(_packed(*one) for one in always.items())

    async def __call__(self, message: Message, scope: Scope) -> None:
        """Complete the headers of an answer that begins."""
        if message["type"] != "http.response.start":
            return
        # As they go over the wire: reading each by its name costs more than handling a small request.
        headers = list(message["headers"])
        told = {name.lower() for name, _ in headers}
        headers += (one for one in self._always if one[0] not in told)
        if (self._always_secure or scope["scheme"] == "https") and self._transport[0] not in told:
            headers.append(self._transport)
        if scope["path"].startswith("/api/") and PRIVATE[0] not in told:
            headers.append(PRIVATE)
        message["headers"] = headers


def _policy(tiles: str) -> str:
    if not tiles:
        return CONTENT_POLICY
    parts = urlsplit(tiles)
    host = f"{parts.scheme}://{parts.netloc}"
    return CONTENT_POLICY.replace("img-src 'self'", f"img-src 'self' {host}").replace(
        "connect-src 'self'", f"connect-src 'self' {host}"
    )
