"""The wall: it hears what happens, finds its way back when the server was away, and does not grow."""

import asyncio
import json
import re
from itertools import count

import pytest
from httpx import URL
from playwright.async_api import CDPSession, Route, expect

from fakes.opens import Opens
from fakes.served import listening
from fakes.stage import CHIEF, Stage
from yuzhi.doors.api import create_app

pytestmark = pytest.mark.asyncio(loop_scope="module")

WARM, TOLD, AT_ONCE = 500, 2_000, 250
MOST_GROWTH = 2_000_000
"""Bytes of script's memory that 2,000 changes may leave behind: what is shown is capped."""
MOST_NODES = 600


async def test_it_hears_what_happens(stage: Stage, opens: Opens) -> None:
    await stage.opened(subject="路灯不亮")
    async with opens(post=CHIEF, width=1920) as page:
        await page.goto("/command")
        await expect(page.locator("[data-state=live]")).to_have_text("实时")
        before = int(await page.locator("[data-open]").inner_text())
        number = (await stage.opened(subject="井盖松动"))["number"]
        await expect(page.locator("[data-news]").filter(has_text=number).first).to_be_visible()
        await expect(page.locator("[data-open]")).to_have_text(str(before + 1))
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")


async def test_it_comes_back_by_itself_when_the_server_does(stage: Stage, opens: Opens) -> None:
    async with opens(post=CHIEF, width=1920) as page:
        async with listening(create_app(stage.assembly.for_api())) as address:
            await page.goto(f"{address}/command")
            await expect(page.locator("[data-state=live]")).to_have_text("实时")
            before = int(await page.locator("[data-open]").inner_text())
        told = page.locator("[data-state=stale]")
        await expect(told).to_have_text(re.compile(r"数据停在 \d\d:\d\d:\d\d，正在重新连接"))
        await expect(page.locator("[data-open]")).to_have_text(str(before))
        number = (await stage.opened(subject="停机时来的一件"))["number"]
        async with listening(create_app(stage.assembly.for_api()), port=URL(address).port or 0):
            await expect(page.locator("[data-state=live]")).to_have_text("实时")
            await expect(page.locator("[data-open]")).to_have_text(str(before + 1))
            await expect(page.locator("[data-news]").filter(has_text=number).first).to_be_visible()
            await page.goto("about:blank")


async def test_it_does_not_grow(stage: Stage, opens: Opens) -> None:
    matter = await stage.opened(subject="路灯不亮")
    begins = count(0, AT_ONCE)
    reached = {told: asyncio.Event() for told in (WARM, WARM + TOLD)}

    async def tell(route: Route) -> None:
        first = next(begins)
        body = "".join(
            f"id: 1-{n}\nevent: matter\ndata: {json.dumps(_change(matter, n))}\n\n"
            for n in range(first, first + AT_ONCE)
        )
        await route.fulfill(status=200, content_type="text/event-stream", body=body)
        if first + AT_ONCE in reached:
            reached[first + AT_ONCE].set()

    async with opens(post=CHIEF, width=1920) as page:
        await page.route("**/api/v1/changes", tell)
        await page.goto("/command")
        cdp = await page.context.new_cdp_session(page)
        await reached[WARM].wait()
        heap, nodes = await _kept(cdp)
        await reached[WARM + TOLD].wait()
        after, nodes_after = await _kept(cdp)
        assert await page.locator("[data-news]").count() == 40
    assert after - heap < MOST_GROWTH
    assert nodes_after - nodes < MOST_NODES


async def _kept(cdp: CDPSession) -> tuple[int, int]:
    """Return what is held after everything that can be let go of was: bytes of script, nodes of the page."""
    await asyncio.sleep(1)
    for _ in range(3):
        await cdp.send("HeapProfiler.collectGarbage")
    used = await cdp.send("Runtime.getHeapUsage")
    return int(used["usedSize"]), int((await cdp.send("Memory.getDOMCounters"))["nodes"])


def _change(matter: dict[str, str], version: int) -> dict[str, object]:
    return {
        "matter": matter["id"], "number": matter["number"], "version": version, "step": "sign",
        "state": "handling", "at": "2026-03-02T09:00:00Z",
    }  # fmt: skip
