"""A small town served over HTTP within the process: units, posts, accounts, and clients of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from httpx import ASGITransport, AsyncClient, Response
from litestar import Litestar

from fakes.apps import an_app
from fakes.gate import GOOD, WEAK
from yuzhi.capabilities import accounts
from yuzhi.capabilities.accounts import Passwords
from yuzhi.capabilities.registry import Person, Post, PostList, Unit, UnitList, save_posts, save_units
from yuzhi.settings import Settings
from yuzhi.wiring.office import Assembly, assembled

HOST = "city.example"
ORIGIN = f"https://{HOST}"
CITY, DISTRICT, NEAR, FAR = "3302", "330212", "330212001", "330212002"
GROUND = {CITY: "city", DISTRICT: "district", NEAR: "town", FAR: "town"}
UNITS = (
    Unit("hotline", "热线中心", "hotline", CITY),
    Unit("near", "下应街道", "town_office", NEAR, "hotline"),
    Unit("far", "首南街道", "town_office", FAR, "hotline"),
)
PEOPLE = ("chief", "desk", "near", "far", "both")
POSTS = (
    Post("p-chief", "chief", "hotline", ("administrator", "supervisor"), CITY),
    Post("p-desk", "desk", "hotline", ("intake_desk", "dispatcher"), CITY),
    Post("p-near", "near", "near", ("handler",), NEAR),
    Post("p-far", "far", "far", ("handler",), FAR),
    Post("p-both-near", "both", "near", ("handler",), NEAR),
    Post("p-both-far", "both", "far", ("handler",), FAR),
)
PHONE = "13912345678"
ASK = {
    "procedure": "citizen-request", "kind": "complaint", "channel": "web", "subject": "路灯不亮",
    "detail": "小区门口的路灯三天不亮了。", "territory": NEAR,
}  # fmt: skip


@dataclass
class Town:
    """The town's parts, its application and the accounts of its people by name."""

    assembly: Assembly
    app: Litestar
    accounts: dict[str, UUID]

    @property
    def pool(self) -> asyncpg.Pool:
        return self.assembly.pool

    @asynccontextmanager
    async def client(self, *, address: str = "192.0.2.1", **headers: str) -> AsyncIterator["Browser"]:
        """Lend a browser with its own cookies."""
        transport = ASGITransport(self.app, client=(address, 1), raise_app_exceptions=False)  # type: ignore[arg-type]
        async with AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as made:
            yield Browser(made)

    @asynccontextmanager
    async def signed_in(
        self, name: str, *, post: str = "", address: str = "192.0.2.1"
    ) -> AsyncIterator["Browser"]:
        """Lend a browser somebody signed in with, as one of their posts."""
        async with self.client(address=address) as browser:
            answer = await browser.sign_in(name)
            assert answer.status_code == 200, answer.text
            if post:
                chosen = await browser.put("/api/v1/session/post", {"post": post})
                assert chosen.status_code == 200, chosen.text
            yield browser


@dataclass
class Browser:
    """A client that sends the page's token along, as our front end does."""

    http: AsyncClient
    csrf: str = ""

    async def sign_in(self, name: str, password: str = GOOD, code: str = "") -> Response:
        given = {"name": name, "password": password, **({"code": code} if code else {})}
        return self._kept(await self.http.post("/api/v1/sign-in/password", json=given))

    async def get(self, path: str, **more: Any) -> Response:
        return await self.http.get(path, **more)

    async def post(self, path: str, body: object = None, **more: Any) -> Response:
        return self._kept(await self.http.post(path, json=body, headers=self._headers(more), **more))

    async def put(self, path: str, body: object = None, **more: Any) -> Response:
        return self._kept(await self.http.put(path, json=body, headers=self._headers(more), **more))

    async def delete(self, path: str, **more: Any) -> Response:
        return await self.http.delete(path, headers=self._headers(more), **more)

    def _headers(self, more: dict[str, Any]) -> dict[str, str]:
        csrf = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        return {"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN, **csrf, **more.pop("headers", {})}

    def _kept(self, answer: Response) -> Response:
        if answer.status_code == 200 and "csrf_token" in answer.text:
            self.csrf = answer.json()["csrf_token"]
        return answer


@asynccontextmanager
async def a_town(dsn: str, home: Path, *, has_people: bool = True, **told: Any) -> AsyncIterator[Town]:
    """Make the town on a migrated database, with an account for each of its people if it has any."""
    given: dict[str, Any] = {"public_address": ORIGIN, "anonymous_limit": 0, "signed_in_limit": 0, **told}
    settings = Settings(home=home, database_url=dsn, **given)
    async with assembled(settings, dsn, name="yuzhi test") as made:
        await settle(made.pool, has_people=has_people)
        await made.ground.load()
        needs = made.for_api()
        gate = needs.entrance.gate
        object.__setattr__(gate, "passwords", Passwords(WEAK))  # real ones take their time
        people = {name: await _account(made.pool, gate, name) for name in PEOPLE if has_people}
        with an_app(needs) as app:
            yield Town(made, app, people)


async def by_phone(town: Town, browser: Browser, phone: str = PHONE) -> None:
    """Sign in with the code that is on its way to a telephone."""
    await browser.post("/api/v1/sign-in/phone", {"phone": phone})
    async with town.pool.acquire() as conn:
        id_ = await conn.fetchval("select id from phone_code order by created_at desc limit 1")
        gate = town.assembly.for_api().entrance.gate
        sent = await accounts.code_to_send(conn, gate, id_, datetime.now(UTC))
    assert sent is not None
    answer = await browser.post("/api/v1/sign-in/phone/code", {"phone": phone, "code": sent.code})
    assert answer.json()["means"] == "phone"


async def settle(pool: asyncpg.Pool, *, has_people: bool) -> None:
    """Lay the ground, and put people on their posts."""
    now = datetime.now(UTC)
    async with pool.acquire() as conn:
        for code, level in GROUND.items():
            parent = next((one for one in reversed(GROUND) if code.startswith(one) and one != code), None)
            await conn.execute(
                "insert into territory (code, name, level, parent) values ($1, $1, $2, $3)",
                code,
                level,
                parent,
            )
        if not has_people:
            return
        await save_units(conn, UnitList(UNITS), actor="test", now=now)
        people = tuple(Person(name, name) for name in PEOPLE)
        await save_posts(conn, PostList(people, POSTS), actor="test", now=now)


async def _account(pool: asyncpg.Pool, gate: accounts.Gate, name: str) -> UUID:
    now = datetime.now(UTC)
    async with pool.acquire() as conn, conn.transaction():
        view, code = await accounts.keeping.create_account(
            conn, gate, f"acc-{name}", person=name, by="operator:test", now=now
        )
    await accounts.keeping.set_password_with_invitation(pool, gate, code, GOOD, now)
    return view.id


async def all_duties(town: Town) -> str:
    """Return a token for a post that has every duty, in the whole city, and every scope."""
    now = datetime.now(UTC)
    gate, duties = town.assembly.for_api().entrance.gate, town.assembly.for_api().admin.known().duties
    everything = Post("p-all", "machine", "hotline", tuple(sorted(duties)), CITY)
    async with town.pool.acquire() as conn, conn.transaction():
        people = PostList((Person("machine", "machine"),), (everything,))
        await save_posts(conn, people, actor="test", now=now)
        view, _ = await accounts.keeping.create_account(
            conn, gate, "machine", person="machine", kind="service", by="operator:test", now=now
        )
        _, token = await accounts.tokens.issue_token(
            conn, gate, view.id, name="all", post="p-all", scopes=["read:*", "write:*"],
            lasts_for=timedelta(days=1), by="operator:test", now=now,
        )  # fmt: skip
    await town.assembly.ground.load()
    return token
