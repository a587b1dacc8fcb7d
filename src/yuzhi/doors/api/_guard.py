"""Stands before every handler of the API: who asks, from where, may they ask so often, is it they who ask."""

from collections.abc import Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from litestar.connection import Request
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from yuzhi.base.actor import Actor
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import trace
from yuzhi.capabilities.accounts import Signed, network_of, tokens
from yuzhi.capabilities.trace import WHENCE, Whence
from yuzhi.doors.api._addresses import FORWARDED_FOR, client_address, forwarded
from yuzhi.doors.api._allowance import Allowance
from yuzhi.doors.api._cookies import Cookies, is_csrf_token
from yuzhi.doors.api._needs import ApiNeeds, Asker, asker, needs
from yuzhi.doors.api._problems import status_of
from yuzhi.store.postgres.pool import acquired

log = structlog.get_logger()

API: Final = "/api/v1/"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_TOKEN: Final = 200


def _is_elsewhere(scope: Scope) -> bool:
    return not scope["path"].startswith(API)


class Guard(ASGIMiddleware):
    """Finds out who asks with at most one statement, and refuses what no handler should see."""

    scopes = (ScopeType.HTTP,)
    should_bypass_for_scope = staticmethod(_is_elsewhere)

    def __init__(self, needs: ApiNeeds) -> None:
        self._needs = needs
        entrance = needs.entrance
        self._entrance = entrance
        self._cookies = Cookies(is_plain=entrance.is_plain)
        self._anonymous = Allowance(entrance.anonymous_limit)
        self._signed_in = Allowance(entrance.signed_in_limit)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Let a request through with its asker beside it, or raise the refusal it gets."""
        headers = Headers.from_scope(scope)
        peer = (scope.get("client") or ("", 0))[0]
        address = client_address(peer, forwarded(headers, FORWARDED_FOR), self._entrance.trusted_proxies)
        whence = WHENCE.set(Whence(address=address))
        try:
            asker = await self._known(headers, address)
            scope["state"]["asker"] = asker
            WHENCE.set(Whence(address=address, account=asker.signed.name if asker.signed else ""))
            self._check_allowance(asker)
            if _method(scope) not in SAFE:
                self._check_origin(headers, asker)
            if asker.signed is not None and asker.signed.scopes is not None:
                _check_scope(asker.signed, scope)
            await next_app(scope, receive, send)
        finally:
            WHENCE.reset(whence)

    async def _known(self, headers: Headers, address: str) -> Asker:
        """Return who asks; tokens that are none count against the address, or guessing would cost nothing."""
        try:
            return await self._asker(headers, address)
        except Refusal as refusal:
            if refusal.code.startswith("sign_in.") and (
                wait := self._anonymous.take(network_of(address), monotonic())
            ):
                raise Refusal("request.too_many", retry_after=wait) from refusal
            raise

    async def _asker(self, headers: Headers, address: str) -> Asker:
        cookies = _cookies(headers)
        token = cookies.get(self._cookies.name("session"), "")[:LONGEST_TOKEN]
        found = await self._entrance.sign_in.who(headers.get, token, self._needs.now())
        return Asker(
            actor=found.actor,
            signed=found.signed,
            choices=found.choices,
            session_token=found.session_token,
            address=address,
            agent=headers.get("user-agent", "")[:LONGEST_TOKEN],
            device=cookies.get(self._cookies.name("device"), "")[:LONGEST_TOKEN],
        )

    def _check_allowance(self, asker: Asker) -> None:
        if asker.signed is not None:
            wait = self._signed_in.take(str(asker.signed.account or asker.signed.requester), monotonic())
        else:
            wait = self._anonymous.take(network_of(asker.address), monotonic())
        if wait:
            raise Refusal("request.too_many", retry_after=wait)

    def _check_origin(self, headers: Headers, asker: Asker) -> None:
        """Refuse what another site makes a browser send. A token in a header no site can make it send."""
        if asker.signed is not None and not asker.session_token:
            return
        site, origin = headers.get("sec-fetch-site", "none"), headers.get("origin")
        ours = {headers.get("host", ""), urlsplit(self._entrance.address).netloc}
        if site not in {"same-origin", "none"} or (origin is not None and _netloc(origin) not in ours):
            raise Refusal("request.cross_site")
        if asker.session_token and not is_csrf_token(headers.get("x-csrf-token", ""), asker.session_token):
            raise Refusal("request.csrf")


async def note_refusal(error: Exception, scope: Scope) -> None:
    """Leave a line in the trace when somebody known asked for what they may not do, or may not see."""
    asker = scope.get("state", {}).get("asker")
    if not isinstance(error, Refusal) or not isinstance(asker, Asker) or asker.signed is None:
        return
    if status_of(error) not in {401, 403} and not (asker.signed.person and error.code == "matter.not_found"):
        return
    handed = needs(Request[Any, Any, Any](scope))
    who = f"person:{asker.signed.person}" if asker.signed.person else f"requester:{asker.signed.requester}"
    whence = WHENCE.set(Whence(address=asker.address, account=asker.signed.name))
    try:
        async with acquired(handed.pool) as conn:
            await trace.note(
                conn, "refused", by=asker.actor or who, at=handed.now(),
                subject=f"{_method(scope)} {scope['path']}", code=error.code,
            )  # fmt: skip
    except Refusal as trouble:
        log.warning("a refusal left no trace", code=trouble.code)
    finally:
        WHENCE.reset(whence)


def _check_scope(signed: Signed, scope: Scope) -> None:
    if _method(scope) == "DELETE" and scope["path"] == f"{API}session":
        return  # whoever is signed in may sign out
    way = "read" if _method(scope) in SAFE else "write"
    area = scope["path"].removeprefix(API).partition("/")[0]
    if not tokens.is_allowed(signed.scopes or frozenset(), way, area):
        raise Refusal("token.out_of_scope", needed=f"{way}:{area[:40]}")


async def glance(request: Request[Any, Any, Any]) -> Actor | None:
    """Return whom a request stands for by now, long after it came in; raises Refusal as signing in does."""
    handed, signed = needs(request), asker(request)
    found = await handed.entrance.sign_in.who(
        request.headers.get, signed.session_token, handed.now(), is_glance=True
    )
    return found.actor if found.signed is not None else None


def cookie_of(request: Request[Any, Any, Any], name: str) -> str:
    """Return a cookie's value, empty if there is none."""
    return _cookies(request.headers).get(name, "")[:LONGEST_TOKEN]


def _cookies(headers: Headers) -> Mapping[str, str]:
    """Return the cookies of a request; of two with one name the first, which is the more particular one."""
    found: dict[str, str] = {}
    for part in headers.get("cookie", "").split(";"):
        name, _, value = part.strip().partition("=")
        found.setdefault(name, value)
    return found


def _method(scope: Scope) -> str:
    return str(scope.get("method", "GET"))


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""
