"""Open311 GeoReport v2 at `/open311/v2`: for clients that were written for any city."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import uuid4

import msgspec
import structlog
from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from msgspec.structs import asdict

from yuzhi.base.actor import Actor, stranger
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities import matters, open311
from yuzhi.capabilities.accounts import network_of, tokens
from yuzhi.capabilities.matters import OpenedView
from yuzhi.doors.api._addresses import FORWARDED_FOR, client_address, forwarded
from yuzhi.doors.api._allowance import Allowance
from yuzhi.doors.api._georeport import AnyRequest, answer, refused
from yuzhi.doors.api._needs import ApiNeeds, needs
from yuzhi.doors.api._problems import language_of

log = structlog.get_logger()

PATH: Final = "/open311"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
MOST_FIELDS: Final = 200
FORM: Final = "application/x-www-form-urlencoded"
NOTICES: Final = {"zh": "办理时限至 {due}。", "en": "To be answered by {due}."}


@get(["/discovery.json", "/discovery.xml", "/v2/discovery.json", "/v2/discovery.xml"])
async def discovery(request: AnyRequest) -> Response[bytes]:
    """Say where this city's endpoint is and what it speaks."""
    handed = needs(request)
    outside = handed.outside
    since = max((pack.in_force_from for pack in handed.shelf.packs), default="")
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{handed.entrance.address}/open311/v2",
        "changeset": since,
        "type": "test" if outside.is_test else "production",
        "formats": ["text/xml", "application/json"],
    }
    told = {
        "changeset": since, "contact": outside.contact, "key_service": outside.contact,
        "endpoints": [endpoint],
    }  # fmt: skip
    return answer(request, "discovery", told)


@get(["/v2/services.json", "/v2/services.xml"])
async def services(request: AnyRequest) -> Response[bytes]:
    """List the services one may ask for."""
    handed = _asked(request, request.query_params.dict())
    found = open311.services(handed.shelf, language_of(request))
    told = [
        {
            "service_code": one.code, "service_name": one.name, "description": one.description,
            "metadata": True, "type": "realtime", "keywords": ",".join(one.keywords), "group": one.group,
        }
        for one in found
    ]  # fmt: skip
    return answer(request, "services", told)


@get("/v2/services/{code:str}")
async def service(request: AnyRequest, code: FromPath[str]) -> Response[bytes]:
    """Say what is asked for with a request of a service."""
    handed = _asked(request, request.query_params.dict())
    language = language_of(request)
    found = open311.service_of(handed.shelf, _plain(code), language)
    told = [asdict(one) for one in open311.attributes(handed.shelf, found, language)]
    return answer(request, "service_definition", {"service_code": found.code, "attributes": told})


@get(["/v2/requests.json", "/v2/requests.xml"])
async def requests(request: AnyRequest) -> Response[bytes]:
    """List requests: by number, or by service, status and a window of at most ninety days."""
    given = request.query_params.dict()
    handed = _asked(request, given)
    language = language_of(request)
    known = open311.services(handed.shelf, language)
    asked = open311.wanted(given, known, handed.now(), handed.office.calendar.zone)
    return await _told(request, handed, asked, given)


@get("/v2/requests/{number:str}")
async def request_by_number(request: AnyRequest, number: FromPath[str]) -> Response[bytes]:
    """Show one request, as a list of one."""
    given = request.query_params.dict()
    handed = _asked(request, given)
    asked = open311.Wanted(numbers=(_plain(number)[:40],))
    return await _told(request, handed, asked, given, must_be_there=True)


@get("/v2/tokens/{token:str}")
async def token(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """Say which request a token was given for."""
    handed = _asked(request, request.query_params.dict())
    found = await open311.found_by_token(handed.outside.window, _plain(token))
    return answer(request, "service_requests", [{"service_request_id": found, "token": _plain(token)}])


@post(["/v2/requests.json", "/v2/requests.xml"], status_code=201)
async def new_request(request: AnyRequest) -> Response[bytes]:
    """Open a matter. With `Prefer: respond-async` a token is given in place of the number."""
    given = await _posted(request)
    handed = _asked(request, given)
    language = language_of(request)
    by = await _who(handed, open311.one_of(given, "api_key"))
    code = open311.one_of(given, "service_code")
    if not code:
        raise Refusal("open311.service_missing")
    ask = open311.new_matter(open311.service_of(handed.shelf, code, language), given)
    made = await matters.open_matter(handed.office, ask, by, handed.now())
    opened = msgspec.json.decode(made, type=OpenedView)
    is_async = "respond-async" in request.headers.get("prefer", "").lower()
    told = {
        **({"token": str(opened.id)} if is_async else {"service_request_id": opened.number}),
        "service_notice": _notice(handed, opened, language),
        "account_id": None,
    }
    return answer(request, "service_requests", [told], status=201)


async def _within_allowance(request: AnyRequest) -> None:
    handed = needs(request)
    peer = request.client.host if request.client else ""
    hops = forwarded(request.headers, FORWARDED_FOR)
    address = client_address(peer, hops, handed.entrance.trusted_proxies)
    allowance: Allowance = request.app.state["outside_allowance"]
    if wait := allowance.take(network_of(address), monotonic()):
        raise Refusal("request.too_many", retry_after=wait)


def _misdirected(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    if error.status_code >= 500:
        return _unexpected(request, error)
    code = {404: "request.not_found", 405: "request.method_not_allowed", 413: "request.too_large"}
    named = code.get(error.status_code, "request.malformed")
    return refused(request, Refusal(named, faults=[error.detail[:200]]))


def _unexpected(request: AnyRequest, error: Exception) -> Response[bytes]:
    log.error("unexpected error", path=request.url.path, exc_info=error)
    return refused(request, Refusal("server.error"))


def misdirected_here(
    elsewhere: Callable[[AnyRequest, HTTPException], Response[bytes]],
) -> Callable[[AnyRequest, HTTPException], Response[bytes]]:
    """Return what answers to unknown paths: here as clients of this interface read it, else as elsewhere."""

    def misdirected(request: AnyRequest, error: HTTPException) -> Response[bytes]:
        is_here = request.url.path.startswith(f"{PATH}/")
        return _misdirected(request, error) if is_here else elsewhere(request, error)

    return misdirected


ROUTER = Router(
    path=PATH,
    route_handlers=[
        discovery, services, service, requests, request_by_number, token, new_request,
    ],
    before_request=_within_allowance,
    exception_handlers={Refusal: refused, HTTPException: _misdirected, Exception: _unexpected},
)  # fmt: skip


def _asked(request: AnyRequest, given: Mapping[str, Sequence[str]]) -> ApiNeeds:
    """Return what this door was handed, once the request is found to be meant for this city."""
    handed = needs(request)
    named = open311.one_of(given, "jurisdiction_id")
    if named and named != handed.outside.jurisdiction:
        raise Refusal("open311.unknown_jurisdiction", given=named[:80])
    return handed


async def _posted(request: AnyRequest) -> dict[str, list[str]]:
    """Return the arguments of a POST, from its body and its query; raise Refusal for bodies of no use."""
    given = {name: list(values) for name, values in request.query_params.dict().items()}
    if request.content_type[0] == "multipart/form-data":
        form = await request.form()
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                raise Refusal("open311.no_uploads", argument=name[:40])
            given.setdefault(name, []).append(str(value))
        return given
    if request.content_type[0] not in {FORM, ""}:
        raise Refusal("open311.not_a_form", given=request.content_type[0][:80])
    try:
        body = (await request.body()).decode()
        posted = parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refusal("open311.not_a_form", given=FORM) from None
    for name, values in posted.items():
        given.setdefault(name, []).extend(values)
    return given


async def _who(handed: ApiNeeds, key: str) -> Actor:
    """Return who a request is opened by: a resident, through a program that has a key of ours.

    A key is one of the settings', or a token of a service account that may write `open311`; with that the
    account's post opens it.
    """
    if not key:
        raise Refusal("open311.key_missing")
    # All are compared, so that time tells nothing.
    fits = [hmac.compare_digest(key.encode(), known.encode()) for known in handed.outside.keys.values()]
    if any(fits):
        return stranger(str(uuid4()))
    headers = {"authorization": f"Bearer {key}"}
    try:
        asker = await handed.entrance.sign_in.who(headers.get, "", handed.now())
    except Refusal as refusal:
        if refusal.code.startswith("sign_in."):
            raise Refusal("open311.key_unknown") from refusal
        raise
    scopes = asker.signed.scopes if asker.signed else None
    if asker.actor is None or not tokens.is_allowed(scopes or frozenset(), "write", "open311"):
        raise Refusal("open311.key_unknown")
    return asker.actor


async def _told(
    request: AnyRequest,
    handed: ApiNeeds,
    asked: open311.Wanted,
    given: Mapping[str, Sequence[str]],
    *,
    must_be_there: bool = False,
) -> Response[bytes]:
    extended = open311.one_of(given, "extensions").lower() in {"true", "1", "v1"}
    found = await open311.find(handed.outside.window, asked, language_of(request), extended=extended)
    if must_be_there and not found:
        raise Refusal("open311.unknown_request", given=asked.numbers[0])
    plain: list[dict[str, Any]] = [asdict(one) for one in found]
    if not extended:
        for one in plain:
            del one["extended_attributes"]
    return answer(request, "service_requests", plain)


def _notice(handed: ApiNeeds, opened: OpenedView, language: str) -> str | None:
    if opened.due_at is None:
        return None
    due = opened.due_at.astimezone(handed.office.calendar.zone)
    return NOTICES.get(language, NOTICES["en"]).format(due=f"{due:%Y-%m-%d %H:%M}")


def _plain(named: str) -> str:
    """Return what a path names without its format."""
    name, _, ending = named.rpartition(".")
    return name if ending.lower() in {"json", "xml"} else named
