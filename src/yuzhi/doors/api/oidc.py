"""Signing in through an OpenID Connect provider: there and back again."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.response import Redirect

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import accounts
from yuzhi.capabilities.accounts import oidc
from yuzhi.doors.api._cookies import OIDC_FOR, Cookies
from yuzhi.doors.api._guard import cookie_of
from yuzhi.doors.api._needs import ApiNeeds, asker, needs
from yuzhi.doors.api.sign_in import client_of, entering
from yuzhi.store.postgres.pool import acquired

AnyRequest = Request[Any, Any, Any]

CALLBACK: Final = "/api/v1/sign-in/oidc/callback"
LONGEST: Final = 500


@get("/sign-in/oidc", status_code=302)
async def go(request: AnyRequest, return_to: FromQuery[str] = "/") -> Response[Any]:
    """Go to the provider to sign in there, and come back to a path of ours."""
    handed = needs(request)
    discovery = _discovery(handed)
    async with acquired(handed.pool) as conn:
        url, browser = await oidc.begin(
            conn, handed.entrance.gate, discovery, redirect_uri=_redirect_uri(handed),
            return_to=safe_path(return_to), now=handed.now(),
        )  # fmt: skip
    cookie = Cookies(is_plain=handed.entrance.is_plain).make("oidc", browser, lasts_for=OIDC_FOR)
    return Redirect(url, status_code=302, cookies=[cookie])


@get("/sign-in/oidc/callback", status_code=302)
async def come_back(request: AnyRequest) -> Response[Any]:
    """Come back from the provider with its answer, and be signed in."""
    handed, who, now = needs(request), asker(request), needs(request).now()
    discovery = _discovery(handed)
    cookies = Cookies(is_plain=handed.entrance.is_plain)
    answer = {name: value for name, value in request.query_params.items() if isinstance(value, str)}
    proved = await oidc.finish(
        handed.pool, discovery, answer, cookie_of(request, cookies.name("oidc")),
        redirect_uri=_redirect_uri(handed), now=now,
    )  # fmt: skip
    opened, device = await oidc.sign_in_by_oidc(
        handed.pool, handed.entrance.gate, discovery.provider, proved, client_of(who), now
    )
    if who.session_token and who.signed is not None:
        async with acquired(handed.pool) as conn:
            await accounts.end_session(conn, who.signed.id, now, by="signed in again")
    return Redirect(
        proved.return_to, status_code=302,
        cookies=[*entering(handed, opened, device), cookies.unmake("oidc")],
    )  # fmt: skip


def safe_path(path: str) -> str:
    """Return a path of this site, or its root for anything that could lead elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\"))
    is_plain = path.isascii() and path.isprintable() and "\\" not in path and len(path) <= LONGEST
    return path if is_ours and is_plain else "/"


def _discovery(handed: ApiNeeds) -> oidc.Discovery:
    if handed.entrance.provider is None:
        raise Refusal("oidc.not_set_up")
    return handed.entrance.provider


def _redirect_uri(handed: ApiNeeds) -> str:
    return f"{handed.entrance.address}{CALLBACK}"


HANDLERS = (go, come_back)
