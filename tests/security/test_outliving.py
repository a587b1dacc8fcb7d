"""What outlives the right to it: open streams, posts that were handed over, deputies whose time is over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from httpx import AsyncClient, Response

from fakes.served import listening
from fakes.town import ASK, Browser, Town, a_town
from yuzhi.capabilities.registry import Deputy, Post, PostList, save_deputies, save_posts
from yuzhi.doors.api import changes

API = "/api/v1"
SESSION = "__Host-yuzhi-session"


@pytest.fixture
async def town(fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(changes, "KEEP_ALIVE", 0.2)
    monkeypatch.setattr(changes, "CHECKED", 0.0)
    async with a_town(fresh_database, tmp_path) as made:
        yield made


@asynccontextmanager
async def stream(town: Town, browser: Browser) -> AsyncIterator[Response]:
    """Open a stream of changes with the cookie of a browser."""
    cookie = {"Cookie": f"{SESSION}={browser.http.cookies[SESSION]}"}
    async with (
        listening(town.app) as address,
        AsyncClient(base_url=address, timeout=10) as client,
        client.stream("GET", f"{API}/changes", headers=cookie) as answer,
    ):
        assert answer.status_code == 200
        yield answer


async def rest(answer: Response) -> list[str]:
    """Return what a stream still says until it ends; it has to end."""
    async with asyncio.timeout(5):
        return [line async for line in answer.aiter_lines() if line.startswith("data: {")]


async def test_a_stream_ends_with_its_session(town: Town) -> None:
    async with (
        town.signed_in("acc-near") as officer,
        town.signed_in("acc-chief") as chief,
        stream(town, officer) as answer,
    ):
        assert (await chief.delete(f"{API}/admin/accounts/acc-near/sessions")).status_code == 200
        async with town.client() as resident:
            assert (await resident.post(f"{API}/matters", ASK)).status_code == 201
        assert await rest(answer) == []


async def test_a_stream_ends_when_the_post_is_another_persons(town: Town) -> None:
    async with town.signed_in("acc-near") as officer, stream(town, officer) as answer:
        async with town.pool.acquire() as conn:
            known = town.assembly.ground.current.roster
            moved = Post("p-near", "far", "near", ("handler",), "330212001")
            posts = PostList((known.people["far"],), (moved,))
            await save_posts(conn, posts, actor="test", now=datetime.now(UTC))
        await town.assembly.ground.load()
        assert await rest(answer) == []
        assert (await officer.get(f"{API}/matters")).json()["code"] == "sign_in.post_not_chosen"


async def test_listening_keeps_no_session_from_growing_idle(town: Town) -> None:
    async with town.signed_in("acc-near") as officer, stream(town, officer) as answer:
        await town.pool.execute("update session set seen_at = seen_at - interval '10 minutes'")
        before = await town.pool.fetchval("select max(seen_at) from session")
        async with asyncio.timeout(5):
            async for line in answer.aiter_lines():
                if line.startswith(": still"):
                    break
        assert await town.pool.fetchval("select max(seen_at) from session") == before


async def test_a_deputy_whose_time_is_over_acts_no_more(town: Town) -> None:
    today = date.today()  # noqa: DTZ011 - the roster's own day is the city's; a day to spare on each side
    span = Deputy("d", "p-near", "p-far", today - timedelta(days=2), today + timedelta(days=2), "leave")
    async with town.pool.acquire() as conn:
        await save_deputies(conn, [span], actor="test", now=datetime.now(UTC))
    await town.assembly.ground.load()
    async with town.client() as resident:
        matter = (await resident.post(f"{API}/matters", ASK)).json()["id"]
    async with town.signed_in("acc-far", post="p-near") as deputy:
        assert (await deputy.get(f"{API}/matters/{matter}")).status_code == 200
        async with town.pool.acquire() as conn:
            over = Deputy("d", "p-near", "p-far", span.valid_from, today - timedelta(days=1), "leave")
            await save_deputies(conn, [over], actor="test", now=datetime.now(UTC))
        await town.assembly.ground.load()
        assert (await deputy.get(f"{API}/matters/{matter}")).status_code in {403, 404}
        as_theirs = await deputy.get(f"{API}/matters/{matter}", headers={"X-Yuzhi-Post": "p-near"})
        assert as_theirs.status_code in {401, 403, 404}
