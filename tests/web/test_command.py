"""The wall: it hears what happens, finds its way back when the server was away, and does not grow."""

import asyncio
import json
import re
from itertools import count

import pytest
from httpx import URL
from playwright.async_api import CDPSession, Locator, Page, Route, expect

from fakes.opens import Opens
from fakes.served import listening
from fakes.stage import CHIEF, Stage
from yuzhi.doors.api import create_app

pytestmark = pytest.mark.asyncio(loop_scope="module")

WARM, TOLD, AT_ONCE = 500, 2_000, 250
MOST_GROWTH = 2_000_000
"""Bytes of script's memory that 2,000 changes may leave behind: what is shown is capped."""
MOST_NODES = 600
PATIENCE = 20_000  # milliseconds: the machine draws maps without a graphics card


async def test_it_hears_what_happens(stage: Stage, opens: Opens) -> None:
    await stage.opened(subject="路灯不亮")
    async with opens(post=CHIEF, width=1920) as page:
        await page.goto("/command")
        await expect(page.locator("[data-state=live]")).to_have_text("实时", timeout=PATIENCE)
        before = await _open(page)
        number = (await stage.opened(subject="井盖松动"))["number"]
        await expect(_news(page, number)).to_be_visible(timeout=PATIENCE)
        await expect(page.locator("[data-open]")).to_have_text(str(before + 1), timeout=PATIENCE)
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_it_comes_back_by_itself_when_the_server_does(stage: Stage, opens: Opens) -> None:
    async with opens(post=CHIEF, width=1920) as page:
        async with listening(create_app(stage.assembly.for_api())) as address:
            await page.goto(f"{address}/command")
            await expect(page.locator("[data-state=live]")).to_have_text("实时", timeout=PATIENCE)
            before = await _open(page)
        told = page.locator("[data-state=stale]")
        await expect(told).to_have_text(
            re.compile(r"数据停在 \d\d:\d\d:\d\d，正在重新连接"), timeout=PATIENCE
        )
        await expect(page.locator("[data-open]")).to_have_text(str(before), timeout=PATIENCE)
        number = (await stage.opened(subject="停机时来的一件"))["number"]
        async with listening(create_app(stage.assembly.for_api()), port=URL(address).port or 0):
            await expect(page.locator("[data-state=live]")).to_have_text("实时", timeout=PATIENCE)
            await expect(page.locator("[data-open]")).to_have_text(str(before + 1), timeout=PATIENCE)
            await expect(_news(page, number)).to_be_visible(timeout=PATIENCE)


async def test_it_does_not_grow(opens: Opens) -> None:
    begins = count(0, AT_ONCE)
    held = {WARM: asyncio.Event(), WARM + TOLD: asyncio.Event()}

    async def tell(route: Route) -> None:
        if (first := next(begins)) in held:
            await held[first].wait()
        told = [json.dumps(_change(n)) for n in range(first, first + AT_ONCE)]
        body = "".join(f"id: 1-{n}\nevent: matter\ndata: {one}\n\n" for n, one in enumerate(told, first))
        await route.fulfill(status=200, content_type="text/event-stream", body=body)

    async with opens(post=CHIEF, width=1920) as page:
        await page.route("**/api/v1/changes", tell)
        await page.goto("/command")
        cdp = await page.context.new_cdp_session(page)
        await expect(page.get_by_text(_number(WARM - 1))).to_be_visible(timeout=PATIENCE)
        heap, nodes = await _kept(cdp)
        held[WARM].set()
        await expect(page.get_by_text(_number(WARM + TOLD - 1))).to_be_visible(timeout=2 * PATIENCE)
        after, nodes_after = await _kept(cdp)
        await expect(page.locator("[data-news]")).to_have_count(40)
        held[WARM + TOLD].set()
    assert after - heap < MOST_GROWTH
    assert nodes_after - nodes < MOST_NODES


async def _open(page: Page) -> int:
    """Return how many matters the wall says are open, once it knows."""
    shown = page.locator("[data-open]")
    await expect(shown).to_have_text(re.compile(r"\d"), timeout=PATIENCE)
    return int(await shown.inner_text())


def _news(page: Page, number: str) -> Locator:
    return page.locator("[data-news]").filter(has_text=number).first


async def _kept(cdp: CDPSession) -> tuple[int, int]:
    """Return what is held after everything that can be let go of was: bytes of script, nodes of the page."""
    await asyncio.sleep(0.5)
    for _ in range(3):
        await cdp.send("HeapProfiler.collectGarbage")
    used = await cdp.send("Runtime.getHeapUsage")
    return int(used["usedSize"]), int((await cdp.send("Memory.getDOMCounters"))["nodes"])


def _number(version: int) -> str:
    return f"20260302{version:08d}"


def _change(version: int) -> dict[str, object]:
    return {
        "matter": f"m{version % 100}", "number": _number(version), "procedure": "citizen-request",
        "version": version, "step": "sign", "state": "handling", "at": "2026-03-02T09:00:00Z",
    }  # fmt: skip
