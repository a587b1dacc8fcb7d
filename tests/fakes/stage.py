"""A small town with outlines, units and posts, served on a port with its worker: what a browser is shown."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import asyncpg
from httpx import AsyncClient

from fakes.served import listening
from yuzhi.capabilities import policies
from yuzhi.capabilities.registry import Person, Post, PostList, Unit, UnitList, save_posts, save_units
from yuzhi.capabilities.rehearsal import outlines
from yuzhi.capabilities.territory import Edition, Territory, save_import
from yuzhi.doors import worker
from yuzhi.doors.api import create_app
from yuzhi.settings import Settings
from yuzhi.wiring.office import Assembly, assembled

CITY, DISTRICT, TOWN, COMMUNITY = "3302", "330212", "330212001", "330212001001"
GROUND = (
    Territory(CITY, "宁波市", "city"),
    Territory(DISTRICT, "鄞州区", "district", CITY),
    Territory(TOWN, "下应街道", "town", DISTRICT),
    Territory("330212002", "首南街道", "town", DISTRICT),
    Territory(COMMUNITY, "东兴社区居委会", "community", TOWN),
    Territory("330212001002", "湖下社区居委会", "community", TOWN),
)
UNITS = (
    Unit("hotline", "热线中心", "hotline_centre", DISTRICT),
    Unit("order", "城市管理局", "urban_management", DISTRICT, "hotline"),
    Unit("town", "下应街道办事处", "town_office", TOWN, "hotline"),
    Unit("east", "东兴社区", "community", COMMUNITY, "town"),
)
PEOPLE = tuple(
    Person(one, name) for one, name in (
        ("a", "王芳"), ("b", "李强"), ("c", "张敏"), ("d", "赵磊"), ("e", "周静"), ("f", "吴涛"),
    )
)  # fmt: skip
DESK, HANDLER, GRID, CHIEF = "p-desk", "p-order", "p-grid", "p-chief"
ADMIN, REVIEWER = "p-admin", "p-reviewer"
POSTS = (
    Post(DESK, "a", "hotline", ("intake_desk", "dispatcher", "callback_desk"), DISTRICT),
    Post(HANDLER, "b", "order", ("handler",), DISTRICT),
    Post(GRID, "c", "east", ("grid_worker",), COMMUNITY),
    Post(CHIEF, "d", "hotline", ("supervisor", "administrator"), DISTRICT),
    Post(ADMIN, "e", "hotline", ("administrator",), CITY),
    Post(REVIEWER, "f", "hotline", ("pack_approver", "supervisor"), CITY),
)


@dataclass
class Stage:
    """The town as it is served: where, its parts, and a client to act in it beside the browser."""

    address: str
    assembly: Assembly
    client: AsyncClient

    @property
    def pool(self) -> asyncpg.Pool:
        """The pool the application uses."""
        return self.assembly.pool

    async def get(self, path: str, by: str = DESK) -> Any:
        """Return what a post is told."""
        answer = await self.client.get(f"/api/v1{path}", headers={"X-Yuzhi-Post": by})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: object, by: str = DESK) -> Any:
        """Have a post do something, and return what it is told."""
        answer = await self.client.post(f"/api/v1{path}", json=body, headers={"X-Yuzhi-Post": by})
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()

    async def opened(self, **said: Any) -> Any:
        """Open a matter at the desk."""
        return await self.post("/matters", {
            "procedure": "citizen-request", "kind": "complaint", "channel": "hotline", "subject": "路灯不亮",
            "detail": "小区门口的路灯三天不亮了。", "territory": COMMUNITY, **said,
        })  # fmt: skip

    async def take(self, matter: str, step: str, by: str, **said: Any) -> Any:
        """Take a step."""
        return await self.post(f"/matters/{matter}/steps/{step}", said, by)


@asynccontextmanager
async def staged(dsn: str, home: Path, **told: Any) -> AsyncIterator[Stage]:
    """Serve the town from a migrated database, its worker beside it."""
    settings = Settings(home=home, database_url=dsn, development_sign_in=True, plain_http=True, **told)
    async with assembled(settings, dsn, name="yuzhi test") as made:
        await _settle(made.pool)
        await made.ground.load()
        stop = asyncio.Event()
        working = asyncio.create_task(worker.run(made.for_worker(), stop))
        remembering = asyncio.create_task(made.adviser.follow())
        async with listening(create_app(made.for_api())) as address, AsyncClient(base_url=address) as client:
            yield Stage(address, made, client)
        stop.set()
        remembering.cancel()
        await working


async def _settle(pool: asyncpg.Pool) -> None:
    now = datetime.now(UTC)
    async with pool.acquire() as conn:
        drawn = outlines(DISTRICT, [one for one in GROUND if one.code.startswith(DISTRICT)])
        await save_import(conn, Edition(territories=GROUND, boundaries=drawn), actor="test", now=now)
        await save_units(conn, UnitList(UNITS), actor="test", now=now)
        await save_posts(conn, PostList(PEOPLE, POSTS), actor="test", now=now)
    with as_file(files("yuzhi") / "data" / "demo" / "policies.csv") as listed:
        await policies.save(pool, policies.read_policies(listed), actor="test", now=now)
