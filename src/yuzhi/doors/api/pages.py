"""The front end as it was built: one page for every address of a screen, and the files it is made of."""

from collections.abc import Mapping
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api._needs import needs

AnyRequest = Request[Any, Any, Any]

FOREVER: Final = "public, max-age=31536000, immutable"
ALWAYS_ASK: Final = "no-cache"
SCREENS: Final = ("resident", "worker", "desk", "supervisor", "command", "admin", "sign-in")
"""First words of the addresses that are screens; whatever else is unknown stays unknown."""
LOOSE: Final = ("worker-sw.js", "worker.webmanifest", "icon.svg")
"""Files whose address may not change with their content."""
FIRST_FILES: Final = "first-files.json"
ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))


@get(
    ["/", *(f"/{one}" for one in SCREENS), *(f"/{one}/{{rest:path}}" for one in SCREENS)],
    include_in_schema=False,
    sync_to_thread=False,
)
def page(request: AnyRequest) -> Response[bytes]:
    """Give the page; which screen it shows is the page's own business.

    The files a first visit to this address needs are named with it, so that none waits for another.
    """
    answer = _file(request, "index.html", ALWAYS_ASK)
    folder = needs(request).pages.folder
    if folder is not None and (link := _links(folder, _built_at(folder)).get(request.url.path)):
        answer.headers["Link"] = link
    return answer


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def asset(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Give a file whose name tells its content."""
    return _file(request, f"assets/{name}", FOREVER)


@get([f"/{name}" for name in LOOSE], include_in_schema=False, sync_to_thread=False)
def loose(request: AnyRequest) -> Response[bytes]:
    """Give a file that keeps its name."""
    return _file(request, request.scope["path"].lstrip("/"), ALWAYS_ASK)


def _file(request: AnyRequest, name: str, caching: str) -> Response[bytes]:
    folder = needs(request).pages.folder
    known = _known(folder, _built_at(folder)) if folder is not None else {}
    if name not in known:
        raise Refusal("page.not_built" if name == "index.html" else "request.not_found")
    accepted = request.headers.get("accept-encoding", "")
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    file = known[name]
    for encoding, ending in ENCODINGS:
        if encoding in accepted and name + ending in known:
            file, headers["Content-Encoding"] = known[name + ending], encoding
            break
    return Response(file.read_bytes(), media_type=_media_type(name), headers=headers)


def _built_at(folder: Path) -> int:
    try:
        return (folder / "index.html").stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=2)
def _known(folder: Path, _built_at: int) -> Mapping[str, Path]:
    """Return every file of a build by its address: only these are ever given, whatever is asked for."""
    return {str(one.relative_to(folder)): one for one in folder.rglob("*") if one.is_file()}


@lru_cache(maxsize=2)
def _links(folder: Path, built_at: int) -> Mapping[str, str]:
    """Return the Link header of every address the build knows first files of."""
    listed = _known(folder, built_at).get(FIRST_FILES)
    if listed is None:
        return {}
    told = msgspec.json.decode(listed.read_bytes(), type=dict[str, list[str]])
    return {
        address: ", ".join(
            f"<{file}>; rel=preload; as=style" if file.endswith(".css") else f"<{file}>; rel=modulepreload"
            for file in files
        )
        for address, files in told.items()
    }


def _media_type(name: str) -> str:
    if name.endswith((".js", ".mjs")):
        return "text/javascript; charset=utf-8"
    if name.endswith(".webmanifest"):
        return "application/manifest+json"
    return guess_type(name)[0] or "application/octet-stream"


HANDLERS = (page, asset, loose)
