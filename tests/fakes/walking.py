"""Walks an OpenAPI document: every operation there is, with values for its parameters and its body."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Litestar

METHODS = ("get", "put", "post", "delete", "patch")
STREAM_FOR = 0.5  # seconds one listens to what never ends
DEEPEST = 6


@dataclass(frozen=True)
class Operation:
    """Something one may ask for: how, where, and what it is told; `sent` is all of that, as text."""

    method: str
    path: str
    query: tuple[str, ...]
    body: Any = None
    sent: str = ""

    @property
    def name(self) -> str:
        """How a failure tells it."""
        return f"{self.method} {self.path}"

    def address(self, values: Mapping[str, str]) -> str:
        """Return the path with a value for each of its parameters, and what the query must have."""
        path = self.path
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        told = {name: values[name] for name in self.query if name in values}
        return f"{path}?{urlencode(told)}" if told else path


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


def operations(document: dict[str, Any], known: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield every operation of a document; what bodies have by a name in `known` has that value."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            told = item[method]
            query = tuple(one["name"] for one in told.get("parameters", ()) if one["in"] == "query")
            content = told.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            body = None if schema is None else _made(document, schema, known, 0)
            yield Operation(method.upper(), path, query, body)


def _made(document: dict[str, Any], schema: dict[str, Any], known: Mapping[str, Any], depth: int) -> Any:
    """Return something that fits a schema, as full as it may be."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    for key in ("oneOf", "anyOf", "allOf"):
        if key in schema:
            choices = [one for one in schema[key] if one.get("type") != "null"]
            return _made(document, choices[0], known, depth)
    if "enum" in schema:
        return next((one for one in schema["enum"] if one), None)
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    kind = next((one for one in kind if one != "null"), None) if isinstance(kind, list) else kind
    if kind == "object":
        needed = schema.get("required", [])
        return {
            name: known[name] if name in known else _made(document, one, known, depth + 1)
            for name, one in schema.get("properties", {}).items()
            if name in needed or (name in known and depth < DEEPEST)
        }
    if kind == "array":
        return [_made(document, schema["items"], known, depth + 1)] if depth < DEEPEST else []
    formats = {"date-time": "2026-03-02T09:00:00Z", "date": "2026-03-02", "uuid": str(known["id"])}
    plain = {"integer": schema.get("minimum", 1), "number": 1.0, "boolean": True}
    return plain.get(
        kind or "", formats.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))
    )


async def asked(
    app: Litestar, method: str, address: str, headers: Mapping[str, str], body: Any = None
) -> Answer:
    """Ask an application, and hang up on what never ends."""
    path, _, query = address.partition("?")
    content = b"" if body is None else json.dumps(body).encode()
    sent = {"host": "127.0.0.1", "content-type": "application/json", **headers}
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    said: list[Any] = []
    is_sent = False

    async def receive() -> Any:
        nonlocal is_sent
        if is_sent:
            await asyncio.sleep(3600)
        is_sent = True
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    with suppress(TimeoutError):
        async with asyncio.timeout(STREAM_FOR if address.startswith("/api/v1/changes") else 20):
            await app(scope, receive, send)
    status = next((one["status"] for one in said if one["type"] == "http.response.start"), 0)
    return Answer(status, b"".join(one.get("body", b"") for one in said))
