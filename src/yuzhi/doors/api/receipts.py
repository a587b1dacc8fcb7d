"""Receipts over HTTP: a matter's receipt as a file, and the QR code for its slip of paper."""

from typing import Any, Literal

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from yuzhi.capabilities import matters
from yuzhi.capabilities.receipts import Receipt, picture, receipt_of, slip_of, to_json
from yuzhi.doors.api._needs import asking
from yuzhi.doors.api.matters import matter_id

AnyRequest = Request[Any, Any, Any]
JSON = "application/json"


@get("/matters/{matter:str}/receipt")
async def receipt(request: AnyRequest, matter: FromPath[str]) -> Response[Receipt]:
    """Give the receipt of a matter this post may see: its entries with proofs that the log holds them."""
    handed, by, _ = asking(request)
    seen = await matters.view(handed.office, await matter_id(handed, matter), by)
    found = await receipt_of(handed.log.log, seen.id, seen.number)
    return Response(
        to_json(found),  # type: ignore[arg-type]
        media_type=JSON,
        headers={
            "Content-Disposition": f'attachment; filename="receipt-{seen.number}.json"',
            "Cache-Control": "no-store",
        },
    )


@get("/matters/{matter:str}/slip")
async def slip(
    request: AnyRequest, matter: FromPath[str], form: FromQuery[Literal["svg", "png"]] = "svg"
) -> Response[bytes]:
    """Give the QR code to print for a matter this post may see: number, first hash, where to check them."""
    handed, by, _ = asking(request)
    seen = await matters.view(handed.office, await matter_id(handed, matter), by)
    found = await slip_of(handed.log.log, seen.id, seen.number, handed.log.page)
    return Response(
        picture(found, form),
        media_type="image/svg+xml" if form == "svg" else "image/png",
        headers={
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
        },
    )


HANDLERS = (receipt, slip)
