"""Refusals as answers: RFC 9457 problem details, and the one table from refusal code to HTTP status."""

import re
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api._needs import needs
from yuzhi.doors.api._reasons import worded
from yuzhi.doors.wording import LANGUAGES, Language, Wording, word

log = structlog.get_logger()

AnyRequest = Request[Any, Any, Any]
MEDIA_TYPE = "application/problem+json"
MOST_LANGUAGES = 20
_WANTED = re.compile(r"([a-z]{2})(?:-[a-z0-9-]+)?(?:\s*;\s*q=(\d(?:\.\d{0,3})?))?", re.ASCII)
DEFAULT = HTTPStatus.UNPROCESSABLE_ENTITY

_EXACT: dict[str, HTTPStatus] = {
    "assign.lead_missing": HTTPStatus.CONFLICT,
    "assign.unit_twice": HTTPStatus.CONFLICT,
    "call.posts_only": HTTPStatus.FORBIDDEN,
    "channel.unknown": HTTPStatus.NOT_FOUND,
    "delivery.not_dead": HTTPStatus.CONFLICT,
    "delivery.not_your_duty": HTTPStatus.FORBIDDEN,
    "delivery.unknown": HTTPStatus.NOT_FOUND,
    "draft.stale": HTTPStatus.CONFLICT,
    "draft.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "draft.too_many": HTTPStatus.CONFLICT,
    "draft.unknown": HTTPStatus.NOT_FOUND,
    "export.posts_only": HTTPStatus.FORBIDDEN,
    "escalate.top_of_ladder": HTTPStatus.CONFLICT,
    "file.damaged": HTTPStatus.SERVICE_UNAVAILABLE,
    "field.malformed": HTTPStatus.BAD_REQUEST,
    "field.posts_only": HTTPStatus.FORBIDDEN,
    "field.too_many": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "file.not_found": HTTPStatus.NOT_FOUND,
    "file.format_not_read": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "file.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "file.type_not_allowed": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "guard.not_met": HTTPStatus.CONFLICT,
    "file.unknown": HTTPStatus.NOT_FOUND,
    "first_run.over": HTTPStatus.CONFLICT,
    "invitation.wrong": HTTPStatus.FORBIDDEN,
    "list.bad_cursor": HTTPStatus.BAD_REQUEST,
    "list.bad_filter": HTTPStatus.BAD_REQUEST,
    "list.too_wide": HTTPStatus.SERVICE_UNAVAILABLE,
    "matter.not_found": HTTPStatus.NOT_FOUND,
    "matter.nobody_asked": HTTPStatus.NOT_FOUND,
    "matter.stale": HTTPStatus.CONFLICT,
    "opening.not_your_duty": HTTPStatus.FORBIDDEN,
    "procedure.unknown": HTTPStatus.NOT_FOUND,
    "receipt.entry_altered": HTTPStatus.SERVICE_UNAVAILABLE,
    "receipt.entry_too_long": HTTPStatus.NOT_FOUND,
    "receipt.not_yet": HTTPStatus.NOT_FOUND,
    "receipt.tile_altered": HTTPStatus.SERVICE_UNAVAILABLE,
    "receipt.tile_missing": HTTPStatus.NOT_FOUND,
    "receipt.unknown_leaf": HTTPStatus.NOT_FOUND,
    "page.not_built": HTTPStatus.NOT_FOUND,
    "password.old_wrong": HTTPStatus.FORBIDDEN,
    "request.cross_site": HTTPStatus.FORBIDDEN,
    "request.csrf": HTTPStatus.FORBIDDEN,
    "request.malformed": HTTPStatus.BAD_REQUEST,
    "request.not_found": HTTPStatus.NOT_FOUND,
    "request.not_secure": HTTPStatus.FORBIDDEN,
    "request.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "request.too_many": HTTPStatus.TOO_MANY_REQUESTS,
    "sensor.busy": HTTPStatus.TOO_MANY_REQUESTS,
    "sensor.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "sensor.too_many": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "second_factor.code_wrong": HTTPStatus.FORBIDDEN,
    "second_factor.not_begun": HTTPStatus.CONFLICT,
    "second_factor.set_already": HTTPStatus.CONFLICT,
    "session.unknown": HTTPStatus.NOT_FOUND,
    "sign_in.busy": HTTPStatus.SERVICE_UNAVAILABLE,
    "sign_in.no_account": HTTPStatus.FORBIDDEN,
    "sign_in.only_one_matter": HTTPStatus.FORBIDDEN,
    "sign_in.post_not_chosen": HTTPStatus.FORBIDDEN,
    "sign_in.wait": HTTPStatus.TOO_MANY_REQUESTS,
    "step.before_last_entry": HTTPStatus.CONFLICT,
    "step.not_your_duty": HTTPStatus.FORBIDDEN,
    "step.not_your_matter": HTTPStatus.FORBIDDEN,
    "step.out_of_scope": HTTPStatus.FORBIDDEN,
    "step.unknown": HTTPStatus.NOT_FOUND,
    "step.wrong_state": HTTPStatus.CONFLICT,
    "oidc.not_set_up": HTTPStatus.NOT_FOUND,
    "oidc.unreachable": HTTPStatus.SERVICE_UNAVAILABLE,
    "understanding.no-earlier-version": HTTPStatus.CONFLICT,
    "understanding.posts_only": HTTPStatus.FORBIDDEN,
    "territory.not_found": HTTPStatus.NOT_FOUND,
    "token.out_of_scope": HTTPStatus.FORBIDDEN,
    "token.unknown": HTTPStatus.NOT_FOUND,
    "account.unknown": HTTPStatus.NOT_FOUND,
    "administration.oneself": HTTPStatus.FORBIDDEN,
    "administration.out_of_reach": HTTPStatus.FORBIDDEN,
    "administration.too_new": HTTPStatus.FORBIDDEN,
    "pack.decided_already": HTTPStatus.CONFLICT,
    "pack.no_proposal": HTTPStatus.NOT_FOUND,
    "pack.own_proposal": HTTPStatus.FORBIDDEN,
    "pack.version_twice": HTTPStatus.CONFLICT,
    "procedure.twice": HTTPStatus.CONFLICT,
    "registry.deputy_unknown": HTTPStatus.NOT_FOUND,
    "registry.over": HTTPStatus.CONFLICT,
    "registry.shift_unknown": HTTPStatus.NOT_FOUND,
    "registry.post_taken": HTTPStatus.CONFLICT,
    "registry.post_unknown": HTTPStatus.NOT_FOUND,
    "registry.unit_unknown": HTTPStatus.NOT_FOUND,
    "account.has_one": HTTPStatus.CONFLICT,
    "account.name_taken": HTTPStatus.CONFLICT,
    "vault.altered": HTTPStatus.SERVICE_UNAVAILABLE,
    "vault.erased": HTTPStatus.NOT_FOUND,
    "vault.purpose_unknown": HTTPStatus.UNPROCESSABLE_ENTITY,
    "vault.seek_by_one": HTTPStatus.UNPROCESSABLE_ENTITY,
    "vault.key_missing": HTTPStatus.SERVICE_UNAVAILABLE,
    "vault.not_found": HTTPStatus.NOT_FOUND,
    "vault.not_yours": HTTPStatus.FORBIDDEN,
    "vault.purpose_not_yours": HTTPStatus.FORBIDDEN,
    "dispute.not_found": HTTPStatus.NOT_FOUND,
    "agreement.not_broken": HTTPStatus.CONFLICT,
    "guide.chosen_already": HTTPStatus.CONFLICT,
    "guide.none": HTTPStatus.NOT_FOUND,
    "guide.not_here": HTTPStatus.CONFLICT,
    "guide.road_closed": HTTPStatus.CONFLICT,
    "queue.call_again": HTTPStatus.CONFLICT,
    "queue.ticket_unknown": HTTPStatus.NOT_FOUND,
    "queue.window_busy": HTTPStatus.CONFLICT,
    "queue.window_closed": HTTPStatus.CONFLICT,
    "queue.window_unknown": HTTPStatus.NOT_FOUND,
    "queue.wrong_state": HTTPStatus.CONFLICT,
    "registration.unknown": HTTPStatus.NOT_FOUND,
    "screening.not_your_ground": HTTPStatus.FORBIDDEN,
    "agreement.changed": HTTPStatus.CONFLICT,
    "agreement.no_mediator": HTTPStatus.CONFLICT,
    "agreement.signature_missing": HTTPStatus.CONFLICT,
    "agreement.under_way": HTTPStatus.CONFLICT,
    "agreement.unknown": HTTPStatus.NOT_FOUND,
    "agreement.wrong_state": HTTPStatus.CONFLICT,
    "instalment.done": HTTPStatus.CONFLICT,
    "instalment.unknown": HTTPStatus.NOT_FOUND,
    "mediator.chief_twice": HTTPStatus.CONFLICT,
    "mediator.full": HTTPStatus.CONFLICT,
    "mediator.has_interest": HTTPStatus.CONFLICT,
    "mediator.has_it": HTTPStatus.CONFLICT,
    "mediator.not_in_case": HTTPStatus.NOT_FOUND,
    "mediator.not_in_office": HTTPStatus.CONFLICT,
    "mediator.own_allowance": HTTPStatus.FORBIDDEN,
    "mediator.same_name": HTTPStatus.CONFLICT,
    "mediator.stepped_back": HTTPStatus.CONFLICT,
    "mediator.unknown": HTTPStatus.NOT_FOUND,
    "signature.before_draft": HTTPStatus.UNPROCESSABLE_ENTITY,
    "signature.code_wrong": HTTPStatus.FORBIDDEN,
    "signature.file_missing": HTTPStatus.UNPROCESSABLE_ENTITY,
    "signature.guardian_needed": HTTPStatus.UNPROCESSABLE_ENTITY,
    "signature.in_future": HTTPStatus.UNPROCESSABLE_ENTITY,
    "signature.not_your_case": HTTPStatus.CONFLICT,
    "signature.twice": HTTPStatus.CONFLICT,
    "signing.no_phone": HTTPStatus.CONFLICT,
    "signing.wait": HTTPStatus.TOO_MANY_REQUESTS,
    "dispute.posts_only": HTTPStatus.FORBIDDEN,
    "dispute.same": HTTPStatus.CONFLICT,
    "dispute.sealed": HTTPStatus.FORBIDDEN,
    "mediator.is_party": HTTPStatus.CONFLICT,
    "party.has_account": HTTPStatus.CONFLICT,
    "party.guardian_acts": HTTPStatus.FORBIDDEN,
    "phone.not_yours": HTTPStatus.FORBIDDEN,
    "party.not_recognised": HTTPStatus.FORBIDDEN,
    "party.sign_in_first": HTTPStatus.UNAUTHORIZED,
    "party.unknown": HTTPStatus.NOT_FOUND,
    "claim.kept_secret": HTTPStatus.CONFLICT,
    "claim.phone_needed": HTTPStatus.FORBIDDEN,
    "claim.too_many": HTTPStatus.CONFLICT,
    "policy.unknown": HTTPStatus.NOT_FOUND,
    "representative.unknown": HTTPStatus.NOT_FOUND,
    "vault.masked_value": HTTPStatus.UNPROCESSABLE_ENTITY,
}
_BY_ROOT: dict[str, HTTPStatus] = {
    "vault": HTTPStatus.FORBIDDEN,
    "assignment": HTTPStatus.CONFLICT,
    "clock": HTTPStatus.CONFLICT,
    "oidc": HTTPStatus.UNAUTHORIZED,
    "power": HTTPStatus.FORBIDDEN,
    "sign_in": HTTPStatus.UNAUTHORIZED,
    "signature": HTTPStatus.UNAUTHORIZED,
    "store": HTTPStatus.SERVICE_UNAVAILABLE,
}


class Problem(Struct, omit_defaults=True):
    """RFC 9457 problem details; `code` is the refusal's dotted code and `facts` its values."""

    type: str
    title: str
    status: int
    code: str
    detail: str = ""
    facts: dict[str, Any] = {}


def status_of(refusal: Refusal) -> HTTPStatus:
    """Return the HTTP status a refusal answers with."""
    return _EXACT.get(refusal.code) or _BY_ROOT.get(refusal.code.partition(".")[0], DEFAULT)


def refused(request: AnyRequest, refusal: Refusal) -> Response[bytes]:
    """Answer with a refusal, in the language the request prefers."""
    return _answer(request, refusal, status_of(refusal))


def unexpected(_request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer to a bug: say nothing of it, and log everything, for code must change."""
    log.error("unexpected error", path=_request.url.path, exc_info=error)
    return _answer(_request, Refusal("server.error"), HTTPStatus.INTERNAL_SERVER_ERROR)


def misdirected(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Answer to what the framework itself refuses: unknown paths, wrong methods, bodies of no use."""
    status = HTTPStatus(error.status_code)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(request, error)
    code = {
        HTTPStatus.NOT_FOUND: "request.not_found",
        HTTPStatus.METHOD_NOT_ALLOWED: "request.method_not_allowed",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request.too_large",
    }.get(status, "request.malformed")
    extra = error.extra if isinstance(error.extra, list) else [error.detail]
    faults = [str(one.get("message", one)) if isinstance(one, dict) else str(one) for one in extra]
    answer = _answer(request, Refusal(code, faults=faults[:20]), status)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def language_of(request: AnyRequest) -> Language:
    """Return the language asked for: zh unless English is preferred (RFC 9110 §12.5.4)."""
    wanted = dict.fromkeys(LANGUAGES, 0.0)
    for part in request.headers.get("accept-language", "").lower().split(",")[:MOST_LANGUAGES]:
        found = _WANTED.fullmatch(part.strip())
        if found and found[1] in wanted:
            wanted[found[1]] = max(wanted[found[1]], float(found[2] or 1))
    return "en" if wanted["en"] > wanted["zh"] else "zh"


def _wording(request: AnyRequest, refusal: Refusal) -> Wording:
    """Return a refusal in words; the names a pack gave to steps and dates are told as it words them."""
    language = language_of(request)
    if "pack_version" not in refusal.facts or "needs" not in request.app.state:
        return word(refusal, language)
    shelf = needs(request).shelf
    pack = shelf.pack(str(refusal.facts["pack"]), str(refusal.facts["pack_version"]))
    return worded(refusal, lambda key: shelf.word(pack, key, language), language)


def _answer(request: AnyRequest, refusal: Refusal, status: HTTPStatus) -> Response[bytes]:
    wording = _wording(request, refusal)
    problem = Problem(
        type=f"/problems/{refusal.code}", title=wording.says, status=status, code=refusal.code,
        detail=wording.do, facts=dict(refusal.facts),
    )  # fmt: skip
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="yuzhi"'
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        headers["Retry-After"] = str(refusal.facts.get("retry_after", 5))
    body = msgspec.json.encode(problem, enc_hook=str)
    return Response(body, status_code=status, media_type=MEDIA_TYPE, headers=headers)
