"""Stands before everything where the outside reaches us over TLS: what came in the clear goes no further.

What a proxy of ours says of how it was asked (X-Forwarded-Proto) is believed, nobody else's word for it.
"""

from collections.abc import Sequence
from typing import Final

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api._addresses import Network, forwarded, is_trusted

HEALTH: Final = "/health/"
"""Asked by proxies themselves, in the clear."""
API: Final = "/api/"
PERMANENTLY: Final = 308


class Securely(ASGIMiddleware):
    """Sends pages that were asked for in the clear to the same address over TLS.

    What may carry a password or a token is refused with `request.not_secure`: once it has gone over the
    wire in the clear, sending it again elsewhere would only hide that.
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, address: str, trusted: Sequence[Network]) -> None:
        """Take the address where the outside reaches us, and our proxies; nothing is done without TLS."""
        self._address = address
        self._trusted = tuple(trusted) if address.startswith("https:") else ()

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a request through, send it elsewhere, or refuse it."""
        if not self._is_in_the_clear(scope):
            await next_app(scope, receive, send)
            return
        if scope["path"].startswith(API) or scope.get("method") not in {"GET", "HEAD"}:
            raise Refusal("request.not_secure", address=self._address)
        query = scope.get("query_string", b"")
        path = scope.get("raw_path", b"").partition(b"?")[0] or scope["path"].encode()
        target = self._address.encode() + path + (b"?" + query if query else b"")
        headers = [(b"location", target), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": PERMANENTLY, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _is_in_the_clear(self, scope: Scope) -> bool:
        if not self._trusted or scope["path"].startswith(HEALTH):
            return False
        if not is_trusted((scope.get("client") or ("", 0))[0], self._trusted):
            return False
        # Of several proxies the last one writes last; it is the one we know.
        told = forwarded(Headers.from_scope(scope), "x-forwarded-proto").rpartition(",")[2].strip().lower()
        return told == "http"
