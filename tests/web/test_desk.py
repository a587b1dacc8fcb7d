"""An officer's story: a matter taken down by keyboard, dispatched, signed for and answered on its page."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.async_api import expect

from fakes.axe import faults
from fakes.opens import Opens
from fakes.stage import COMMUNITY, DESK, HANDLER, Stage
from yuzhi.capabilities.registry import Post, PostList, save_posts

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_matter_is_taken_down_by_keyboard_alone(stage: Stage, opens: Opens) -> None:
    async with opens(post=DESK) as page:
        await page.goto("/desk/open")
        await expect(page.get_by_label("内容")).to_be_focused()
        await page.keyboard.type("东兴社区门口的路灯坏了三天。")
        await page.keyboard.press("Control+Enter")
        await expect(page.get_by_label("标题")).to_have_attribute("aria-invalid", "true")
        await page.keyboard.press("Tab")
        await page.keyboard.type("路灯不亮")
        await page.keyboard.press("Control+Enter")
        told = await page.get_by_role("status").filter(has_text="已登记").text_content()
        number = re.sub(r"\D", "", told or "")
        assert (await stage.get(f"/matters/{number}"))["texts"]["subject"] == "路灯不亮"
        await page.keyboard.press("Alt+n")
        await expect(page.get_by_label("内容")).to_be_focused()


async def test_from_dispatch_to_answer_with_news_between_two_posts(stage: Stage, opens: Opens) -> None:
    opened = await stage.opened(subject="井盖松动", category="")
    id_ = opened["id"]
    if (await stage.get(f"/matters/{id_}"))["state"] != "received":
        await stage.take(id_, "sign", HANDLER)
        await stage.take(id_, "ask-extension", HANDLER, reason="complex")
    else:
        async with opens(post=DESK) as page:
            await page.goto(f"/desk/matter/{id_}")
            await page.locator("[data-step=dispatch]").click()
            await page.get_by_label("主办单位").fill("城市管理")
            await page.get_by_role("button", name="城市管理局").click()
            await page.locator("form button[type=submit]").click()
            await expect(page.get_by_text("待签收").first).to_be_visible()
        await stage.take(id_, "sign", HANDLER)
    async with opens(post=HANDLER) as page:
        await page.goto(f"/desk/matter/{id_}")
        await expect(page.get_by_role("img", name=re.compile("当前在"))).to_be_visible()
        await page.get_by_text(re.compile("现在不能办的")).click()
        await expect(page.get_by_text(re.compile("您的岗位不能办理|现在是")).first).to_be_visible()
        await page.locator("[data-step=answer]").click()
        form = page.locator("form")
        await form.get_by_role("radio", name="已解决").check()
        await form.get_by_label("答复意见").fill("已到现场核实，松动的井盖已于今日更换，恢复通行。")
        await form.locator("button[type=submit]").click()
        await expect(page.locator(".head").get_by_text("待评价")).to_be_visible()
    assert (await stage.get(f"/matters/{id_}"))["outcome"] == "solved"


async def test_a_worklist_hears_of_changes_and_steps_are_taken_for_several(
    stage: Stage, opens: Opens
) -> None:
    several = [await stage.opened(subject=f"占道经营 {number}") for number in range(3)]
    for one in several:
        if (await stage.get(f"/matters/{one['id']}"))["state"] == "received":
            await stage.take(one["id"], "dispatch", DESK, lead="order")
    lead = (await stage.get(f"/matters/{several[0]['id']}"))["lead_unit"]
    assert lead == "order"
    async with opens(post=HANDLER) as page:
        await page.goto("/desk?state=dispatched&procedure=citizen-request")
        for one in several:
            await page.get_by_role("checkbox", name=one["number"]).check()
        await page.get_by_role("button", name="主办签收").click()
        await expect(page.get_by_role("checkbox", name=several[0]["number"])).to_have_count(0)
        await expect(page.get_by_text("实时更新")).to_be_visible()
        await stage.opened(subject="新来的一件")
        await expect(page.get_by_text(re.compile(r"有 \d+ 件有变化"))).to_be_visible()
    states = [(await stage.get(f"/matters/{one['id']}"))["state"] for one in several]
    assert states == ["handling"] * 3


async def test_who_asked_is_shown_for_a_purpose_and_an_empty_reply_is_warned_of(
    stage: Stage, opens: Opens
) -> None:
    person = {"name": "周宁", "phone": "13900007777"}
    opened = await stage.opened(subject="楼道堆物", kind="consultation", category="", requester=person)
    async with opens(post=DESK) as page:
        await page.goto(f"/desk/matter/{opened['id']}")
        await expect(page.get_by_text("139****7777")).to_be_visible()
        await page.get_by_label("查看用途").select_option("contact")
        await page.get_by_role("button", name="查看明文").click()
        await expect(page.get_by_text("13900007777")).to_be_visible()
        await expect(page.get_by_text("受理通知")).to_be_visible()
        await page.locator("[data-step=answer-at-once]").click()
        form = page.locator("form.form")
        await form.get_by_label("答复意见").fill("已转交有关部门。")
        await form.locator("button[type=submit]").click()
        await expect(page.get_by_text("确需这样答复的，请再提交一次")).to_be_visible()
        assert (await stage.get(f"/matters/{opened['id']}"))["state"] == "received"
        await form.locator("button[type=submit]").click()
        await expect(page.locator(".head").get_by_text("待评价")).to_be_visible()
    found = await stage.pool.fetch(
        "select actor, purpose from personal_access where act = 'read' and hand = 'post'"
    )
    assert [tuple(row) for row in found] == [(DESK, "contact")]


async def test_what_is_listed_is_saved_as_a_file(stage: Stage, opens: Opens, tmp_path: Path) -> None:
    wanted = await stage.opened(subject="只导出这一件", kind="suggestion")
    async with opens(post=DESK) as page:
        await page.goto("/desk?procedure=citizen-request&kind=suggestion")
        async with page.expect_download() as coming:
            await page.get_by_role("button", name="导出 XLSX").click()
        saved = await coming.value
        await saved.save_as(tmp_path / saved.suggested_filename)
        book = load_workbook(tmp_path / saved.suggested_filename)
        lines = [[cell.value for cell in row] for row in book.worksheets[0].rows]
        assert [line[:2] for line in lines[1:2]] == [[wanted["number"], "只导出这一件"]]
        await expect(page.get_by_text(f"已导出 {saved.suggested_filename}")).to_be_visible()
        await page.get_by_role("link", name="只导出这一件").click()
        await page.wait_for_url("**/desk/matter/*")  # the list has a button of that name, too
        async with page.expect_download() as coming:
            await page.get_by_role("button", name="导出 PDF").click()
        assert (await coming.value).suggested_filename == f"{wanted['number']}.pdf"


async def test_a_matter_is_handed_over_to_another_procedure(stage: Stage, opens: Opens) -> None:
    mediator = "p-mediator"
    post = Post(mediator, "c", "east", ("mediator",), COMMUNITY)
    async with stage.pool.acquire() as conn:
        await save_posts(conn, PostList((), (post,)), actor="test", now=datetime.now(UTC))
    await stage.assembly.ground.load()
    opened = await stage.opened(
        procedure="people-mediation", kind="neighbours", channel="walk_in", form={"minor_party": False}
    )
    number = opened["number"]
    await stage.take(number, "assign", DESK, lead="east")
    for step in ("accept", "begin"):
        await stage.take(number, step, mediator)
    async with opens(post=mediator) as page:
        await page.goto(f"/desk/matter/{opened['id']}")
        await page.locator("[data-step=to-other-road]").click()
        form = page.locator("form.form")
        await form.get_by_label("理由").fill("双方同意到法院解决。")
        await form.locator("button[type=submit]").click()
        await expect(form.get_by_text("请填写“移交”")).to_be_visible()
        await form.get_by_label("移交到").select_option("litigation-follow")
        await form.get_by_label("诉求类型").select_option("civil")
        await form.get_by_label("接收单位").fill("热线")
        await form.get_by_role("button", name="热线中心").click()
        assert await faults(page) == []
        await form.locator("button[type=submit]").click()
        await expect(page.get_by_text("移交过程")).to_be_visible()
        await expect(page.get_by_text("等待接收")).to_be_visible()
    thread = (await stage.get(f"/matters/{number}", mediator))["thread"]
    assert [one["procedure"] for one in thread] == ["people-mediation", "litigation-follow"]
