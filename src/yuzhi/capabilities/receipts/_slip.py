"""What is printed on paper: a matter's number, its first leaf hash, and where to check both, as a QR code."""

import io
from typing import Literal
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import segno
from msgspec import Struct

from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import _queries as queries
from yuzhi.capabilities.receipts._log import Log
from yuzhi.store.journal import leaf_hash
from yuzhi.store.postgres.pool import acquired

SCALE = 6  # pixels a module
QUIET = 4  # modules around it (ISO/IEC 18004)


class Slip(Struct, frozen=True):
    """What the slip says, and the address its QR code leads to."""

    number: str
    leaf: str
    address: str


async def slip_of(log: Log, matter: UUID, number: str, page: str) -> Slip:
    """Return a matter's slip; `page` is the address of the verification page.

    Number and hash stand behind the `#`, so that no server on the way is told of them. Raises Refusal
    `receipt.no_address` when the page has no full address, and `matter.not_found`.
    """
    if urlsplit(page).scheme not in {"https", "http"} or not urlsplit(page).netloc:
        raise Refusal("receipt.no_address", given=page[:80])
    async with acquired(log.pool) as conn:
        entries = await queries.logged(conn, matter)
    if not entries:
        raise Refusal("matter.not_found", matter=str(matter))
    leaf = leaf_hash(entries[0].body).hex()
    return Slip(number=number, leaf=leaf, address=f"{page}#{urlencode({'number': number, 'leaf': leaf})}")


def picture(slip: Slip, form: Literal["svg", "png"] = "svg") -> bytes:
    """Return the slip's QR code as a picture; up to 15 % of it may be lost (level M)."""
    code = segno.make(slip.address, error="m", micro=False, boost_error=False)
    out = io.BytesIO()
    if form == "svg":
        code.save(out, kind="svg", scale=SCALE, border=QUIET, xmldecl=False, title=slip.number)
    else:
        code.save(out, kind="png", scale=SCALE, border=QUIET)
    return out.getvalue()
