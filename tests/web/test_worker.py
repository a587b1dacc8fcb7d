"""A grid worker's day without a network: fifty reports filed, the page reloaded, all sent once."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from fakes.opens import Opens
from fakes.screens import ready_for_offline
from fakes.stage import COMMUNITY, DESK, GRID, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

REPORTS = 50
KEPT = """async () => {
  const opened = indexedDB.open('yuzhi-worker');
  const db = await new Promise((done) => { opened.onsuccess = () => done(opened.result); });
  const asked = db.transaction('items').objectStore('items').getAll();
  const items = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  db.close();
  return items.map((one) => one.state);
}"""


async def report(page: Page, number: int) -> None:
    """File one report in the form, as a thumb would."""
    await page.get_by_label("补充说明").fill(f"第 {number} 处")
    await page.get_by_role("button", name="提交").click()
    await page.get_by_role("button", name="再报一条").click()


async def reports(stage: Stage) -> list[str]:
    found = await stage.pool.fetch(
        "select number from matter where procedure = 'grid-event' and channel = 'patrol'"
    )
    return [row["number"] for row in found]


async def test_fifty_reports_offline_arrive_once_after_a_reload(stage: Stage, opens: Opens) -> None:
    async with opens(post=GRID, width=390, service_workers="allow") as page:
        await ready_for_offline(page)
        await page.context.set_offline(True)
        await page.goto("/worker/report")
        await expect(page.get_by_label("上报什么")).to_have_value("grid-event")
        for number in range(1, REPORTS + 1):
            await report(page, number)
        await expect(page.get_by_role("status").first).to_contain_text(f"{REPORTS} 条待上传")
        await page.reload()
        await expect(page.get_by_role("status").first).to_contain_text(f"{REPORTS} 条待上传")
        assert await reports(stage) == []

        await page.context.set_offline(False)
        await expect(page.get_by_role("status").first).to_contain_text("都已上传", timeout=20_000)
        assert len(await reports(stage)) == REPORTS
        assert await page.evaluate(KEPT) == ["done"] * REPORTS
        await page.reload()
        await asyncio.sleep(0.5)
        assert len(await reports(stage)) == REPORTS


async def test_what_the_server_refuses_is_shown_with_its_reason(stage: Stage, opens: Opens) -> None:
    opened = await stage.post(
        "/matters",
        {
            "procedure": "grid-event",
            "kind": "event",
            "channel": "patrol",
            "subject": "占道",
            "territory": COMMUNITY,
        },
        by=GRID,
    )
    async with opens(post=GRID, width=390, service_workers="allow") as page:
        await ready_for_offline(page)
        await page.goto(f"/worker/matter/{opened['id']}")
        await expect(page.locator("[data-step=take-on]")).to_be_visible()
        await page.context.set_offline(True)
        await page.locator("[data-step=take-on]").click()
        await page.locator("form button[type=submit]").click()
        await expect(page.get_by_text("已存好，等待上传")).to_be_visible()
        # Meanwhile somebody at the desk has filed it.
        await stage.take(opened["id"], "file", DESK)
        await page.context.set_offline(False)
        await page.goto("/worker/queue")
        refused = page.locator("[data-state=refused]")
        await expect(refused.get_by_role("alert")).to_be_visible()
        await refused.get_by_role("button", name="不办了").click()
        await expect(page.get_by_text("没有记录")).to_be_visible()
