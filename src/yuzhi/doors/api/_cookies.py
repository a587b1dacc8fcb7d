"""The cookies we set: the session, the browser's own mark, a sign-in under way elsewhere, a page with a form.

`__Host-` makes a browser take them only over TLS, from this very host and for all of it. On one's own
machine without TLS they go by another name, so that neither is ever taken for the other.
"""

import hmac
from hashlib import sha256
from typing import Final, Literal

from litestar.datastructures import Cookie

Name = Literal["session", "device", "oidc", "form"]

DEVICE_FOR: Final = 400 * 86_400  # seconds, the most a browser keeps one
OIDC_FOR: Final = 600


class Cookies:
    """Names and makes them; `is_plain` for one's own machine without TLS."""

    def __init__(self, *, is_plain: bool) -> None:
        self._is_plain = is_plain

    def name(self, of: Name) -> str:
        """Return what a cookie is called."""
        return f"yuzhi-{of}" if self._is_plain else f"__Host-yuzhi-{of}"

    def make(self, of: Name, value: str, *, lasts_for: int | None = None) -> Cookie:
        """Return a cookie no script can read; without a time it ends with the browser."""
        return Cookie(
            key=self.name(of),
            value=value,
            path="/",
            max_age=lasts_for,
            secure=not self._is_plain,
            httponly=True,
            samesite="lax",
        )

    def unmake(self, of: Name) -> Cookie:
        """Return what makes a browser forget a cookie."""
        return self.make(of, "", lasts_for=0)


def csrf_token(cookie: str) -> str:
    """Return the token that a page of ours sends along with what it asks for.

    It follows from what a cookie holds, the session's or the form's, which no other site can read; so it is
    bound to it, and kept nowhere.
    """
    return hmac.digest(cookie.encode(), b"yuzhi csrf", sha256).hex()


def is_csrf_token(given: str, cookie: str) -> bool:
    """Say whether a token belongs to what a cookie holds."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token(cookie).encode())
