"""Completes the OpenAPI document: every answer there can be, problem details among them, and who may ask."""

from typing import Any, Final

import msgspec
from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from yuzhi.capabilities.field import Batch
from yuzhi.capabilities.sensors import BATCHED, STRUCTURED
from yuzhi.capabilities.typesetting import PDF, XLSX
from yuzhi.doors.api._problems import MEDIA_TYPE, Problem

REFUSED: Final = {
    "400": "The request is not as it should be.",
    "401": "One has to sign in, or what was given does not do it.",
    "403": "Whoever asks may not.",
    "404": "There is no such thing, or whoever asks may not see it.",
    "405": "This path does not take this method.",
    "409": "What is there does not allow it now.",
    "413": "The body is too large.",
    "415": "This kind of content is not taken.",
    "422": "The request is well put, but cannot be granted.",
    "429": "Too many requests; `Retry-After` says how long to wait.",
    "503": "Not just now; `Retry-After` says when to try again.",
}
SIGNING: Final[dict[str, Any]] = {
    "session": {
        "type": "apiKey", "in": "cookie", "name": "__Host-yuzhi-session",
        "description": "A session; whatever changes anything carries its `csrf_token` in `X-CSRF-Token`.",
    },
    "token": {"type": "http", "scheme": "bearer", "description": "A service account's token, `yz_…`."},
}  # fmt: skip
GEOJSON: Final = "application/geo+json"
EXPORT: Final = "/export"
"""How the paths end that give out a file in the form asked for."""
_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A CloudEvent (CloudEvents 1.0.2, JSON format) whose data are readings.",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        **{name: {"type": "string", "minLength": 1} for name in ("id", "source", "type", "subject")},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": ["object", "array"]},
    },
}
_BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
BODIES: Final[dict[str, dict[str, Any]]] = {
    "/api/v1/batches": {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}},
    "/api/v1/admin/packs": {"application/zip": _BYTES},
    "/api/v1/admin/lists/{what}": {
        "text/csv": _BYTES,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BYTES,
    },
    "/api/v1/readings": {
        STRUCTURED: {"schema": _EVENT},
        BATCHED: {"schema": {"type": "array", "items": _EVENT}},
    },
}
"""What is posted where the body is read as it came, by media type."""
METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


class Document(JsonRenderPlugin):
    """Renders the document once, completed."""

    def __init__(self) -> None:
        super().__init__(path="/")
        self._rendered = b""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document as JSON."""
        if not self._rendered:
            self._rendered = super().render(request, completed(openapi_schema))
        return self._rendered


def completed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document with every refusal as problem details (RFC 9457), and how to sign in."""
    _, components = msgspec.json.schema_components(
        [Problem, Batch], ref_template="#/components/schemas/{name}"
    )
    told = dict(schema.get("components", {}))
    told["schemas"] = {**told.get("schemas", {}), **components}
    told["securitySchemes"] = SIGNING
    told["responses"] = {
        f"Refused{status}": {
            "description": what,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, what in REFUSED.items()
    }
    paths = {path: _completed_path(path, item) for path, item in schema["paths"].items()}
    return {**schema, "components": told, "paths": paths, "security": [{}, {"session": []}, {"token": []}]}


def _completed_path(path: str, item: dict[str, Any]) -> dict[str, Any]:
    body = {"requestBody": {"required": True, "content": BODIES[path]}} if path in BODIES else {}
    return {
        name: {
            **one,
            **(body if name == "post" else {}),
            "responses": {**_answers(path, one["responses"]), **_refusals()},
        }
        if name in METHODS
        else one
        for name, one in item.items()
    }


def _answers(path: str, responses: dict[str, Any]) -> dict[str, Any]:
    """Return answers with GeoJSON (RFC 7946) told as the object it is, and exports as all they may be."""
    return {
        status: {**one, "content": content} if (content := _content(path, one)) else one
        for status, one in responses.items()
    }


def _content(path: str, answer: dict[str, Any]) -> dict[str, Any]:
    if GEOJSON in answer.get("content", {}):
        return {GEOJSON: {"schema": {"type": "object"}}}
    if path.endswith(EXPORT):
        return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (PDF, XLSX)}
    return {}


def _refusals() -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/Refused{status}"} for status in REFUSED}
