"""The HTTP API (`/api/v1`): Litestar, problem details for refusals, OpenAPI 3.1 at `/openapi.json`."""

import msgspec
from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.openapi.config import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api import (
    admin_accounts,
    admin_lists,
    admin_packs,
    admin_people,
    admin_system,
    agreements,
    batches,
    calendar,
    calls,
    changes,
    deliveries,
    disputes,
    exports,
    files,
    ground,
    log,
    matters,
    mediators,
    mine,
    notices,
    oidc,
    open311,
    pages,
    policies,
    pressing,
    procedures,
    public,
    rates,
    readings,
    receipts,
    reception,
    requesters,
    screening,
    search,
    sign_in,
    status,
    suggestions,
    traces,
    verifying,
    welcome,
)
from yuzhi.doors.api._allowance import Allowance
from yuzhi.doors.api._documenting import Document, completed
from yuzhi.doors.api._guard import Guard, note_refusal
from yuzhi.doors.api._headers import Headers
from yuzhi.doors.api._needs import (
    AdminNeeds,
    ApiNeeds,
    Asker,
    CentreNeeds,
    EntranceNeeds,
    LogNeeds,
    OutsideNeeds,
    PageNeeds,
    PostNeeds,
    SignIn,
)
from yuzhi.doors.api._placing import below, taking
from yuzhi.doors.api._problems import misdirected, refused, unexpected
from yuzhi.doors.api._request import AnyRequest
from yuzhi.doors.api._securely import Securely

VERSION = "1"


def create_app(needs: ApiNeeds) -> Litestar:
    """Return the application; nothing is opened here, and closing is the wiring's business."""
    return Litestar(
        route_handlers=_routes(needs.max_upload),
        state=_state(needs),
        exception_handlers={
            Refusal: refused,
            HTTPException: open311.misdirected_here(misdirected),
            Exception: unexpected,
        },
        middleware=_before(needs),
        after_exception=[note_refusal],
        before_send=[_headers(needs)],
        request_class=AnyRequest,
        request_max_body_size=needs.max_body,
        openapi_config=_openapi(),
        logging_config=None,
    )


def reuse(app: Litestar, needs: ApiNeeds) -> None:
    """Give an application that nobody uses any more other needs, whose largest sizes must be the same.

    Laying out two hundred routes takes a fifth of a second: tests, which need hundreds of applications one
    after another, have it done once.
    """
    app.state = _state(needs)
    old: tuple[object, ...] = (*app.middleware, *app.before_send)
    for one, new in zip(old, (*_before(needs), _headers(needs)), strict=True):
        vars(one).update(vars(new))


def _state(needs: ApiNeeds) -> State:
    return State(
        {
            "needs": needs,
            "feed": changes.Feed(needs),
            "outside_allowance": Allowance(needs.entrance.anonymous_limit),
        }
    )


def _before(needs: ApiNeeds) -> list[ASGIMiddleware]:
    return [Securely(needs.entrance.address, needs.entrance.trusted_proxies), Guard(needs)]


def _headers(needs: ApiNeeds) -> Headers:
    return Headers(
        always_secure=needs.entrance.address.startswith("https:"),
        tiles=needs.pages.tiles,
        secure_for=needs.entrance.secure_for,
    )


def document() -> bytes:
    """Return the OpenAPI document, which no installation changes, for front ends to be made from."""
    app = Litestar(
        route_handlers=_routes(1), openapi_config=_openapi(), request_class=AnyRequest, logging_config=None
    )
    whole = completed(app.openapi_schema.to_schema())
    return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=1)


def _routes(max_upload: int) -> list[ControllerRouterHandler]:
    v1 = below(
        "/api/v1",
        [
            *matters.HANDLERS,
            *exports.HANDLERS,
            *taking(max_upload, files.HANDLERS),
            *changes.HANDLERS,
            *procedures.HANDLERS,
            *pressing.HANDLERS,
            *rates.HANDLERS,
            *public.HANDLERS,
            *batches.HANDLERS,
            *receipts.HANDLERS,
            *requesters.HANDLERS,
            *sign_in.HANDLERS,
            *oidc.HANDLERS,
            *admin_people.HANDLERS,
            *admin_lists.HANDLERS,
            *admin_accounts.HANDLERS,
            *admin_packs.HANDLERS,
            *admin_system.HANDLERS,
            *calendar.HANDLERS,
            *traces.HANDLERS,
            *search.HANDLERS,
            *deliveries.HANDLERS,
            *readings.HANDLERS,
            *calls.HANDLERS,
            *notices.HANDLERS,
            *suggestions.HANDLERS,
            status.warnings,
            *disputes.HANDLERS,
            *agreements.HANDLERS,
            *mediators.HANDLERS,
            *policies.HANDLERS,
            *mine.HANDLERS,
            *reception.HANDLERS,
            *screening.HANDLERS,
            *ground.HANDLERS,
            *welcome.HANDLERS,
        ],
    )
    return [
        *v1,
        open311.ROUTER,
        *status.HANDLERS,
        *log.HANDLERS,
        *verifying.HANDLERS,
        *pages.HANDLERS,
    ]


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Yuzhi 域治", version=VERSION, path="/openapi.json", use_handler_docstrings=True,
        render_plugins=[Document()],
    )  # fmt: skip


def hang_up(app: Litestar) -> None:
    """End every open stream of changes, so that the process can stop."""
    app.state["feed"].close()


__all__ = [
    "AdminNeeds",
    "ApiNeeds",
    "Asker",
    "CentreNeeds",
    "EntranceNeeds",
    "LogNeeds",
    "OutsideNeeds",
    "PageNeeds",
    "PostNeeds",
    "SignIn",
    "create_app",
    "document",
    "hang_up",
    "reuse",
]
