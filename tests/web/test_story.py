"""One matter through all hands: said on a phone, dispatched at the desk, answered, rated, counted, verified.

Beside it a grid worker looks at the place without a network, and what was found arrives later.
"""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from fakes.opens import Opens
from fakes.screens import PNG, ready_for_offline, said
from fakes.stage import CHIEF, DESK, GRID, HANDLER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

SAID = "东兴社区门口的路灯坏了，晚上看不见路。"


async def dispatched(desk: Page, number: str) -> None:
    """See a new matter arrive in the worklist, and give it to a department."""
    news = desk.get_by_text(re.compile(r"有 \d+ 件有变化"))
    await expect(news).to_be_visible()
    await news.click()
    await desk.get_by_role("row", name=number).get_by_role("link").click()
    await desk.locator("[data-step=dispatch]").click()
    await desk.get_by_label("主办单位").fill("城市管理")
    await desk.get_by_role("button", name="城市管理局").click()
    await desk.locator("form button[type=submit]").click()
    await expect(desk.get_by_text("待签收").first).to_be_visible()


async def answered(officer: Page, id_: str) -> None:
    """Sign for a matter and answer it."""
    await officer.goto(f"/desk/matter/{id_}")
    await officer.locator("[data-step=sign]").click()
    await officer.locator("form button[type=submit]").click()
    await officer.locator("[data-step=answer]").click()
    form = officer.locator("form")
    await form.get_by_role("radio", name="已解决").check()
    await form.get_by_label("答复意见").fill("电缆接头受潮，已更换，路灯已亮。")
    await form.locator("button[type=submit]").click()
    await expect(officer.get_by_text("待评价").first).to_be_visible()


async def looked_at(worker: Page) -> None:
    """Report from the place with a photo, while there is no network; send it when there is one again."""
    await worker.context.set_offline(True)
    await worker.goto("/worker/report")
    await worker.locator("input[type=file]").first.set_input_files(
        {"name": "lamp.png", "mimeType": "image/png", "buffer": PNG}
    )
    await worker.get_by_label("补充说明").fill("现场核查：路灯已亮。")
    await worker.get_by_role("button", name="提交").click()
    await expect(worker.get_by_role("status").first).to_contain_text("1 条待上传")
    await worker.context.set_offline(False)
    await expect(worker.get_by_role("status").first).to_contain_text("都已上传", timeout=20_000)


async def rated(resident: Page) -> None:
    """Read the answer and say that it is good."""
    await resident.get_by_role("link", name="我的事项").click()
    await resident.get_by_role("button", name=re.compile("路灯")).first.click()
    await expect(resident.get_by_text("路灯已亮")).to_be_visible()
    await resident.locator("[data-step=confirm]").click()
    await resident.get_by_role("radio", name="满意", exact=True).check()
    await resident.get_by_role("radio", name="已解决").check()
    await resident.locator("form").get_by_role("button", name="评价").click()
    await expect(resident.get_by_role("heading", name="已办结")).to_be_visible()


async def verified(resident: Page, number: str, folder: Path) -> None:
    """Take the receipt along, and have it checked by the page that checks receipts."""
    async with resident.expect_download() as taken:
        await resident.get_by_role("link", name="下载回执").click()
    receipt = folder / "receipt.json"
    await (await taken.value).save_as(receipt)
    await resident.goto("/verify?lang=zh")
    await resident.locator("#file").set_input_files(receipt)
    await resident.get_by_role("button", name="查验").click()
    await expect(resident.locator("#verdict")).to_contain_text(f"编号 {number} 的回执属实")


async def counted(stage: Stage) -> dict[str, int]:
    """Return what the supervisor is told of the department: how many it was given, how many were content."""
    groups = (await stage.get("/rates?by=unit", CHIEF))["groups"]
    of_it = [one for one in groups if one["group"] == "order"]
    return {
        "received": sum(one["received"] for one in of_it),
        "satisfied": sum(one["satisfied"]["count"] for one in of_it),
    }


async def test_one_matter_through_all_hands(stage: Stage, opens: Opens, tmp_path: Path) -> None:
    before = await counted(stage)
    async with (
        opens(width=360) as resident,
        opens(post=DESK) as desk,
        opens(post=HANDLER) as officer,
        opens(post=GRID, width=390, service_workers="allow") as worker,
    ):
        await desk.goto("/desk?procedure=citizen-request&order=newest")
        await expect(desk.get_by_text("实时更新")).to_be_visible()
        number, _ = await said(resident, SAID)
        await dispatched(desk, number)
        id_ = (await stage.get(f"/matters/{number}"))["id"]
        await ready_for_offline(worker)
        await looked_at(worker)
        await answered(officer, id_)
        await rated(resident)
        await verified(resident, number, tmp_path)
    after = await counted(stage)
    assert (after["received"], after["satisfied"]) == (before["received"] + 1, before["satisfied"] + 1)
    events = (await stage.get("/matters?procedure=grid-event&order=newest&most=5", GRID))["rows"]
    seen = [await stage.get(f"/matters/{one['id']}", GRID) for one in events]
    assert [one["texts"]["detail"] for one in seen].count("现场核查：路灯已亮。") == 1
