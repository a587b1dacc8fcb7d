"""The log's public files (C2SP tlog-tiles) at `/log`: anybody may read them, from anywhere, for ever."""

import asyncio
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from yuzhi.base.ids import is_matter_number
from yuzhi.base.refusal import Refusal
from yuzhi.capabilities.receipts import ENTRIES, entry_bundle, leaf_proof, place_of
from yuzhi.doors.api._needs import needs
from yuzhi.store.files import is_sha256

AnyRequest = Request[Any, Any, Any]

TEXT, HASHES = "text/plain", "application/octet-stream"
# They hold nothing of whoever asks, so pages of others may check the log with them.
_OPEN = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
NOW = {**_OPEN, "Cache-Control": "no-cache"}
FOR_EVER = {**_OPEN, "Cache-Control": "public, max-age=31536000, immutable"}


@get("/log/checkpoint", include_in_schema=False)
async def checkpoint(request: AnyRequest) -> Response[str]:
    """Give the newest signed checkpoint."""
    note = await asyncio.to_thread(needs(request).log.log.folder.checkpoint)
    if note is None:
        raise Refusal("receipt.not_yet")
    return Response(note, media_type=TEXT, headers=NOW)


@get("/log/keys", include_in_schema=False)
async def keys(request: AnyRequest) -> Response[str]:
    """Give the log's verifier keys, one a line, former ones included."""
    shown = await asyncio.to_thread(needs(request).log.log.verifiers)
    return Response("".join(f"{key}\n" for key in shown), media_type=TEXT, headers=NOW)


@get("/log/tile/{path:path}", include_in_schema=False)
async def tile(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
    """Give a tile of hashes or, where the installation publishes them, a bundle of entries."""
    handed = needs(request).log
    place = place_of(path.removeprefix("/"))
    if place is None or (place.level == ENTRIES and not handed.are_entries_public):
        raise Refusal("request.not_found")
    if place.level == ENTRIES:
        content = await entry_bundle(handed.log, place)
    else:
        content = await asyncio.to_thread(handed.log.folder.read_tile, place)
    return Response(content, media_type=HASHES, headers=FOR_EVER)


@get("/log/slip/{number:str}/{leaf:str}", include_in_schema=False)
async def slip(request: AnyRequest, number: FromPath[str], leaf: FromPath[str]) -> Response[str]:
    """Give the proof (C2SP tlog-proof) for what a slip says: a matter's number and first leaf hash."""
    if not is_matter_number(number) or not is_sha256(leaf):
        raise Refusal("receipt.unknown_leaf")
    found = await leaf_proof(needs(request).log.log, number, leaf)
    return Response(found.text, media_type=TEXT, headers=NOW)


HANDLERS = (checkpoint, keys, tile, slip)
