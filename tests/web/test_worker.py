"""A grid worker's day without a network: fifty reports filed, the page reloaded, all sent once."""

import asyncio

import pytest
from playwright.async_api import FilePayload, Geolocation, Page, expect

from fakes.opens import Opens
from fakes.screens import PNG, ready_for_offline
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
    """Return the numbers of what was filed by `report`."""
    found = await stage.pool.fetch(
        "select m.number from matter m join text t on t.matter_id = m.id"
        " where m.procedure = 'grid-event' and t.body ~ '^第 [0-9]+ 处$'"
    )
    return [row["number"] for row in found]


async def sent(page: Page) -> None:
    """Wait until nothing waits any more."""
    await expect(page.get_by_role("status").first).to_contain_text("都已上传", timeout=40_000)


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
        await expect(page.get_by_role("status").first).to_contain_text("都已上传", timeout=40_000)
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
        theirs = refused.locator("section").filter(has_text="现在的情况")
        await expect(theirs).to_contain_text("立案")
        await refused.get_by_role("button", name="不办了").click()
        await expect(page.get_by_text("没有记录")).to_be_visible()


PICTURE: FilePayload = {"name": "p.png", "mimeType": "image/png", "buffer": PNG}
TAPS = """
window.__taps = 0;
addEventListener('pointerdown', () => { window.__taps += 1; }, true);
"""


async def test_a_report_with_a_photo_takes_four_taps_at_most(stage: Stage, opens: Opens) -> None:
    async with opens(post=GRID, width=360) as page:
        await page.add_init_script(TAPS)
        await page.goto("/worker")
        await page.get_by_role("link", name="拍照上报").click()
        async with page.expect_file_chooser() as camera:
            await page.locator("form label").first.click()
        await (await camera.value).set_files([PICTURE])
        await expect(page.get_by_role("img", name="照片")).to_be_visible()
        await page.locator(".chips label").first.click()
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("button", name="再报一条")).to_be_visible()
        await sent(page)
        taps = await page.evaluate("window.__taps")
    assert 0 < taps <= 4
    newest = await stage.pool.fetchrow(
        "select * from matter where procedure = 'grid-event' order by id desc limit 1"
    )
    told = await stage.get(f"/matters/{newest['id']}", GRID)
    assert [one["kind"] for one in told["evidence"]] == ["photo"]
    assert told["category"]


async def test_something_is_settled_on_the_spot_with_two_photos(stage: Stage, opens: Opens) -> None:
    async with opens(post=GRID, width=360) as page:
        await page.goto("/worker/report")
        await page.get_by_label("同时办理").select_option("settle-on-the-spot")
        for at in (1, 2):
            await page.locator("input[type=file]").nth(at).set_input_files(PICTURE)
        await page.locator("form textarea").last.fill("已劝离，恢复通行。")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("button", name="再报一条")).to_be_visible()
        await sent(page)
    newest = await stage.pool.fetchrow(
        "select * from matter where procedure = 'grid-event' order by id desc limit 1"
    )
    assert (newest["state"], newest["outcome"]) == ("self_settled", "solved")


async def test_a_home_visit_is_recorded_in_one_form(stage: Stage, opens: Opens) -> None:
    async with opens(post=GRID, width=360) as page:
        await page.goto("/worker/report")
        await page.get_by_label("上报什么").select_option("home-visit")
        await page.get_by_label("同时办理").select_option("record")
        await page.get_by_role("radio", name="已见面").check()
        await page.get_by_label("见到谁").select_option("resident")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("button", name="再报一条")).to_be_visible()
        await sent(page)
    newest = await stage.pool.fetchrow(
        "select * from matter where procedure = 'home-visit' order by id desc limit 1"
    )
    assert (newest["state"], newest["outcome"]) == ("recorded", "visited")


async def test_a_patrol_is_kept_as_cells_and_recorded_with_how_many(stage: Stage, opens: Opens) -> None:
    here: Geolocation = {"latitude": 29.80, "longitude": 121.55}
    async with opens(post=GRID, width=360, geolocation=here, permissions=["geolocation"]) as page:
        await page.goto("/worker/patrol")
        await page.get_by_role("button", name="开始巡查").click()
        cells = page.locator("[data-test=cells]")
        await expect(cells).to_contain_text("1 个格子")
        await page.context.set_geolocation({**here, "longitude": 121.5521})
        await expect(cells).to_contain_text("2 个格子")
        await page.reload()
        await expect(cells).to_contain_text("2 个格子")
        await page.get_by_role("button", name="结束巡查").click()
        await page.context.set_geolocation({**here, "longitude": 121.56})
        await page.get_by_role("link", name="登记巡查记录").click()
        await expect(page.get_by_label("走过的格子数")).to_have_value("2")
        await page.get_by_role("radio", name="没有发现问题").check()
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("button", name="再报一条")).to_be_visible()
        await sent(page)
        assert await page.evaluate("localStorage.getItem('yuzhi.patrol')") is None
    newest = await stage.pool.fetchrow(
        "select * from matter where procedure = 'patrol' order by id desc limit 1"
    )
    assert (newest["state"], newest["outcome"]) == ("finished", "nothing_found")


async def test_todays_tasks_are_a_way_to_walk(stage: Stage, opens: Opens) -> None:
    for number, lon in enumerate((121.552, 121.558, 121.555)):
        opened = await stage.post(
            "/matters",
            {"procedure": "grid-event", "kind": "event", "channel": "patrol", "subject": f"路线 {number}",
             "territory": COMMUNITY, "lon": lon, "lat": 29.8 + number / 1000},
            by=GRID,
        )  # fmt: skip
        await stage.take(opened["id"], "take-on", GRID)
    here = {"latitude": 29.80, "longitude": 121.551}
    async with opens(post=GRID, width=360, geolocation=here, permissions=["geolocation"]) as page:
        await page.goto("/worker")
        await page.get_by_role("button", name="按路线走").click()
        await expect(page.locator("polyline")).to_be_visible()
        shown = page.locator("main li strong", has_text="路线")
        await expect(shown).to_have_text(["路线 0", "路线 2", "路线 1"])
