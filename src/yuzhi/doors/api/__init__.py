"""The HTTP API (`/api/v1`): Litestar, problem details for refusals, OpenAPI 3.1 at `/openapi.json`."""

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api import (
    admin_accounts,
    admin_packs,
    admin_people,
    agreements,
    batches,
    changes,
    deliveries,
    disputes,
    files,
    log,
    matters,
    mediators,
    oidc,
    open311,
    procedures,
    public,
    rates,
    receipts,
    reception,
    screening,
    search,
    sign_in,
    status,
    traces,
    verifying,
)
from yuzhi.doors.api._allowance import Allowance
from yuzhi.doors.api._documenting import Document
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
    PostNeeds,
    SignIn,
)
from yuzhi.doors.api._problems import misdirected, refused, unexpected
from yuzhi.doors.api._request import AnyRequest

VERSION = "1"


def create_app(needs: ApiNeeds) -> Litestar:
    """Return the application; nothing is opened here, and closing is the wiring's business."""
    v1 = Router(
        path="/api/v1",
        route_handlers=[
            *matters.HANDLERS,
            Router("/", route_handlers=files.HANDLERS, request_max_body_size=needs.max_upload),
            *changes.HANDLERS,
            *procedures.HANDLERS,
            *rates.HANDLERS,
            *public.HANDLERS,
            *batches.HANDLERS,
            *receipts.HANDLERS,
            *sign_in.HANDLERS,
            *oidc.HANDLERS,
            *admin_people.HANDLERS,
            *admin_accounts.HANDLERS,
            *admin_packs.HANDLERS,
            *traces.HANDLERS,
            *search.HANDLERS,
            *deliveries.HANDLERS,
            *disputes.HANDLERS,
            *agreements.HANDLERS,
            *mediators.HANDLERS,
            *reception.HANDLERS,
            *screening.HANDLERS,
        ],
    )
    return Litestar(
        route_handlers=[v1, open311.ROUTER, *status.HANDLERS, *log.HANDLERS, *verifying.HANDLERS],
        state=State(
            {
                "needs": needs,
                "feed": changes.Feed(needs),
                "outside_allowance": Allowance(needs.entrance.anonymous_limit),
            }
        ),
        exception_handlers={
            Refusal: refused,
            HTTPException: open311.misdirected_here(misdirected),
            Exception: unexpected,
        },
        middleware=[Guard(needs)],
        after_exception=[note_refusal],
        before_send=[Headers(always_secure=needs.entrance.address.startswith("https:"))],
        request_class=AnyRequest,
        request_max_body_size=needs.max_body,
        openapi_config=OpenAPIConfig(
            title="Yuzhi 域治", version=VERSION, path="/", use_handler_docstrings=True,
            render_plugins=[Document()],
        ),
        logging_config=None,
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
    "PostNeeds",
    "SignIn",
    "create_app",
    "hang_up",
]
