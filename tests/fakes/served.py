"""The application itself in this process, on a database of the test's own, spoken to as a client would."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from fakes.apps import an_app
from fakes.town import settle
from yuzhi.doors.api import ApiNeeds, hang_up
from yuzhi.settings import Settings
from yuzhi.wiring.office import Assembly, assembled

HOST = "http://127.0.0.1"
CLERK, NEAR, FAR = "p-desk", "p-near", "p-far"
RESIDENT = "0197d2a5-0000-7000-8000-000000000001"
API = "/api/v1"


@dataclass
class Served:
    """A running application: its parts, and how to speak to it as a post or as a resident."""

    assembly: Assembly
    app: Litestar
    needs: ApiNeeds
    client: AsyncClient

    @property
    def pool(self) -> asyncpg.Pool:
        """The pool the application uses."""
        return self.assembly.pool

    async def ask(self, method: str, path: str, by: str = CLERK, **said: Any) -> Response:
        """Ask as a post, or as the resident when `by` is their id, or as nobody when it is empty."""
        headers = {**_signed(by), **said.pop("headers", {})}
        return await self.client.request(method, API + path, headers=headers, **said)

    async def get(self, path: str, by: str = CLERK, **said: Any) -> Response:
        """Get something."""
        return await self.ask("GET", path, by, **said)

    async def post(self, path: str, body: object, by: str = CLERK, **said: Any) -> Response:
        """Post JSON."""
        return await self.ask("POST", path, by, json=body, **said)

    async def opened(self, by: str = CLERK, **said: Any) -> dict[str, Any]:
        """Open a matter and return the answer."""
        answer = await self.post("/matters", a_matter(**said), by)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def step(self, matter: str, step: str, by: str = CLERK, **said: Any) -> Response:
        """Take a step."""
        return await self.post(f"/matters/{matter}/steps/{step}", said, by)


def _signed(by: str) -> dict[str, str]:
    if not by:
        return {}
    return {"X-Yuzhi-Requester": by} if by == RESIDENT else {"X-Yuzhi-Post": by}


def a_matter(**said: Any) -> dict[str, Any]:
    """Return the body that opens a matter."""
    return {
        "procedure": "citizen-request", "kind": "complaint", "channel": "hotline", "subject": "路灯不亮",
        "territory": "330212001", **said,
    }  # fmt: skip


@asynccontextmanager
async def served(dsn: str, home: Path, *, is_laid: bool = False, **told: Any) -> AsyncIterator[Served]:
    """Serve a small town from a migrated database; `told` are settings, or parts of `ApiNeeds`."""
    parts = {name: told.pop(name) for name in ("files", "now", "max_body", "max_upload") if name in told}
    given: dict[str, Any] = {
        "development_sign_in": True, "anonymous_limit": 0, "signed_in_limit": 0, **told,
    }  # fmt: skip
    settings = Settings(home=home, database_url=dsn, **given)
    async with assembled(settings, dsn, name="yuzhi test") as made:
        if not is_laid:
            await settle(made.pool, has_people=True)
        await made.ground.load()
        needs = replace(made.for_api(), **parts)
        with an_app(needs) as app:
            transport = ASGITransport(app)  # type: ignore[arg-type]
            async with AsyncClient(transport=transport, base_url=HOST) as client:
                yield Served(made, app, needs, client)


@asynccontextmanager
async def listening(app: Litestar, certificate: Path | None = None, port: int = 0) -> AsyncIterator[str]:
    """Serve an application on a port of this machine, for what cannot be had without one: open streams, TLS.

    `certificate` is a file with a certificate and its key; without it there is no TLS. Without a port any
    free one is taken.
    """
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ssl_certfile=certificate)
    server = uvicorn.Server(config)
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        running = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        try:
            host = HOST.replace("http:", "https:") if certificate else HOST
            yield f"{host}:{bound.getsockname()[1]}"
        finally:
            hang_up(app)
            server.should_exit = True
            await running
