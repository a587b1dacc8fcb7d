"""GeoReport documents on the wire: the same data as JSON and as XML, and its list of errors in both."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import msgspec
from litestar import Request, Response

from yuzhi.base.refusal import Refusal
from yuzhi.doors.api._problems import language_of, status_of
from yuzhi.doors.wording import word

AnyRequest = Request[Any, Any, Any]
MEDIA_TYPES = {"json": "application/json", "xml": "text/xml"}
ITEMS = {
    "services": "service", "attributes": "attribute", "values": "value", "service_requests": "request",
    "errors": "error", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip
"""What an element of each list is called in XML."""

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_FOUND = {"open311.unknown_service", "open311.unknown_jurisdiction", "open311.unknown_token",
              "open311.unknown_request", "request.not_found", "request.method_not_allowed"}  # fmt: skip
_FORBIDDEN = {"open311.key_missing", "open311.key_unknown", "opening.not_your_duty"}
_AS_THEY_ARE = {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.INTERNAL_SERVER_ERROR}  # fmt: skip


def format_of(request: AnyRequest) -> str:
    """Return the format a path ends with; where it names none, XML, which every client must know."""
    ending = request.url.path.rpartition(".")[2].lower()
    return ending if ending in MEDIA_TYPES else "xml"


def answer(request: AnyRequest, root: str, data: object, *, status: int = 200) -> Response[bytes]:
    """Return data as a document; in JSON a list stays a list, in XML everything hangs from `root`."""
    form = format_of(request)
    plain = msgspec.to_builtins(data)
    body = msgspec.json.encode(plain) if form == "json" else _xml(root, plain)
    return Response(body, status_code=status, media_type=MEDIA_TYPES[form])


def refused(request: AnyRequest, refusal: Refusal) -> Response[bytes]:
    """Answer with a refusal as GeoReport has it: a list of errors, each a code and a sentence."""
    status = georeport_status(refusal)
    wording = word(refusal, language_of(request))
    said = " ".join(part for part in (wording.says, wording.do) if part)
    made = answer(request, "errors", [{"code": int(status), "description": said}], status=status)
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS}:
        made.headers["Retry-After"] = str(refusal.facts.get("retry_after", 5))
    return made


def georeport_status(refusal: Refusal) -> HTTPStatus:
    """Return the status GeoReport gives a refusal: 404, 403, or 400 for whatever is wrong with a request."""
    if refusal.code in _NOT_FOUND:
        return HTTPStatus.NOT_FOUND
    if refusal.code in _FORBIDDEN:
        return HTTPStatus.FORBIDDEN
    status = status_of(refusal)
    return status if status in _AS_THEY_ARE else HTTPStatus.BAD_REQUEST


def _xml(root: str, data: object) -> bytes:
    element = Element(root)
    _fill(element, data)
    text: str = tostring(element, encoding="unicode")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode()


def _fill(element: Element, data: object) -> None:
    if isinstance(data, Mapping):
        for name, value in data.items():
            _fill(SubElement(element, str(name)), value)
    elif isinstance(data, Sequence) and not isinstance(data, str):
        for one in data:
            _fill(SubElement(element, ITEMS[element.tag]), one)
    elif data is not None:
        text = str(data).lower() if isinstance(data, bool) else str(data)
        # What no XML document may hold cannot be told in one.
        element.text = _NO_XML.sub("\ufffd", text)
