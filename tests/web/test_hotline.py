"""The hotline's desk by keyboard alone: suggestions, the caller's earlier matters, drafts, merging."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, expect

from fakes.axe import faults
from fakes.opens import Opens
from fakes.stage import DESK, HANDLER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = "13900007777"


async def tabbed(page: Page, there: Locator) -> None:
    """Go to something with Tab."""
    await expect(there).to_be_visible()
    for _ in range(80):
        if await there.evaluate("one => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    await expect(there).to_be_focused()


async def test_a_call_is_taken_down_by_keyboard_alone(stage: Stage, opens: Opens) -> None:
    person = {"name": "周宁", "phone": PHONE}
    earlier = await stage.opened(
        subject="河边栏杆断了",
        detail="桥头南侧河边的木栏杆断了两根，孩子靠上去很危险，请修。",
        requester=person,
    )
    async with opens(post=DESK) as page:
        await page.goto("/desk/open")
        await expect(page.get_by_label("内容", exact=True)).to_be_focused()
        await page.keyboard.type("东兴社区门口的路灯坏了三天，晚上很黑。")
        first = page.locator("[data-slot='1']")
        await expect(first).to_contain_text("路灯照明")
        await expect(first).to_contain_text("依据")
        await page.keyboard.press("Alt+1")
        await expect(first).to_contain_text("已采纳")
        await page.keyboard.press("Alt+4")
        await expect(page.get_by_text("已选：宁波市鄞州区下应街道东兴社区居委会")).to_be_visible()
        await page.keyboard.press("Alt+t")
        await expect(page.get_by_label("内容", exact=True)).to_be_focused()
        await tabbed(page, page.get_by_label("电话", exact=True))
        await page.keyboard.type(PHONE)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("link", name=re.compile(earlier["number"]))).to_be_visible()
        await page.keyboard.press("Control+Enter")
        told = await page.get_by_role("status").filter(has_text="已登记").text_content()
        matter = await stage.get("/matters/" + re.sub(r"\D", "", told or ""))
        assert (matter["category"], matter["territory"]) == ("urban/road/lamp", "330212001001")
        assert matter["texts"]["subject"] == "东兴社区门口的路灯坏了三天，晚上很黑"
        await page.keyboard.press("Alt+n")
        await expect(page.get_by_label("内容", exact=True)).to_be_focused()
        await page.keyboard.type("小区路灯坏了该找谁修？")
        await expect(page.locator("[data-slot='0']")).to_contain_text("市政道路两侧的路灯")
        await page.keyboard.press("Alt+t")
        await page.keyboard.press("Alt+0")
        await page.keyboard.press("Alt+a")
        await expect(page.get_by_label("当场答复")).to_be_focused()
        await page.keyboard.press("Control+End")
        await page.keyboard.type("谢谢来电。")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_role("status").filter(has_text="已登记")).to_be_visible()
    newest = (await stage.get("/matters?order=newest&most=1"))["rows"][0]
    assert (newest["subject"], newest["outcome"]) == ("小区路灯坏了该找谁修", "explained")
    traced = await stage.pool.fetch("select actor, purpose from personal_access where act = 'search'")
    assert [tuple(row) for row in traced] == [(DESK, "contact")]


async def test_a_repetition_is_merged_and_a_draft_outlives_the_page(stage: Stage, opens: Opens) -> None:
    detail = "湖下社区菜市场门口的窨井盖缺了一块，昨天有人踩空，请马上派人来看。"
    before = stage.assembly.adviser.remembered
    lead = await stage.opened(subject="窨井盖缺失", detail=detail)
    async with asyncio.timeout(20):
        while stage.assembly.adviser.remembered == before:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.05)
    async with opens(post=DESK) as page:
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await page.goto("/desk/open")
        await expect(page.get_by_label("内容", exact=True)).to_be_focused()
        await page.keyboard.type(detail + "谢谢")
        await expect(page.get_by_text("草稿已保存")).to_be_visible()
        await page.context.set_offline(True)
        await page.keyboard.type("！")
        await expect(page.get_by_text("正在保存草稿")).to_be_visible()
        await page.context.set_offline(False)
        await expect(page.get_by_text("草稿已保存")).to_be_visible()
        await page.reload()
        await expect(page.get_by_label("内容", exact=True)).to_have_value(detail + "谢谢！")
        await expect(page.locator("[data-slot='8']")).to_contain_text(lead["number"])
        await page.get_by_label("内容", exact=True).focus()
        await page.keyboard.press("Alt+8")
        await expect(page.get_by_text(f"并入：{lead['number']}")).to_be_visible()
        await page.keyboard.press("Alt+t")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_text(f"已并入 {lead['number']}")).to_be_visible()
    assert (await stage.get(f"/matters/{lead['id']}/relations"))["merged"] == 1
    assert (await stage.get("/calls/drafts"))["drafts"] == []


async def test_an_officer_needs_no_mouse_from_the_worklist_to_the_answer(stage: Stage, opens: Opens) -> None:
    several = [await stage.opened(subject=f"路面塌陷 {number}", urgency="urgent") for number in range(2)]
    for one in several:
        if (await stage.get(f"/matters/{one['id']}"))["state"] == "received":
            await stage.take(one["id"], "dispatch", DESK, lead="order")
    async with opens(post=HANDLER) as page:
        await page.goto("/desk?procedure=citizen-request&state=dispatched&order=newest")
        await tabbed(page, page.get_by_role("link", name="路面塌陷 1"))
        await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("link", name="路面塌陷 0")).to_be_focused()
        await page.keyboard.press("Enter")
        await tabbed(page, page.locator("[data-step=sign]"))
        await page.keyboard.press("Enter")
        await tabbed(page, page.locator("form.form button[type=submit]"))
        await page.keyboard.press("Enter")
        await tabbed(page, page.locator("[data-step=answer]"))
        await page.keyboard.press("Enter")
        await tabbed(page, page.locator("form.form").get_by_role("radio", name="已解决", exact=True))
        await page.keyboard.press("Space")
        await tabbed(page, page.get_by_label("答复意见"))
        await page.keyboard.type("已到现场核实，塌陷的路面已于今日回填压实，恢复通行。")
        await tabbed(page, page.locator("form.form button[type=submit]"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("待评价").first).to_be_visible()
    assert (await stage.get(f"/matters/{several[0]['id']}"))["outcome"] == "solved"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_while_a_call_and_a_step_are_under_way(
    stage: Stage, opens: Opens, language: str
) -> None:
    person = {"name": "周宁", "phone": PHONE}
    opened = await stage.opened(subject="路灯又不亮", kind="consultation", requester=person)
    async with opens(post=DESK, language=language) as page:
        page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))
        await page.goto("/desk/open")
        await page.locator("textarea").first.fill("东兴社区门口的路灯坏了三天，老人踩空摔倒流血。")
        await page.locator("input[type=tel]").fill(PHONE)
        await page.locator("input[type=tel]").press("Enter")
        await expect(page.locator(".history li").first).to_be_visible()
        await expect(page.locator("[data-slot='1']")).to_be_visible()
        await page.keyboard.press("Alt+1")
        await expect(page.locator("[data-slot='1']")).to_have_attribute("aria-pressed", "true")
        assert await faults(page) == []
        await page.goto(f"/desk/matter/{opened['id']}")
        await page.locator("[data-step=answer-at-once]").click()
        await page.locator("form.form textarea").fill("已转交有关部门。")
        await page.locator("form.form button[type=submit]").click()
        await expect(page.locator("form.form .note")).to_be_visible()
        assert await faults(page) == []
