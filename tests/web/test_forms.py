"""Forms of packs on the screen: parts, lists, conditions; by keyboard at the desk, by thumb on a phone."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Locator, Page, Response, expect

from fakes.axe import AXE, faults
from fakes.lost_property import write_pack
from fakes.opens import Opens
from fakes.stage import COMMUNITY, DESK, GRID, HANDLER, Stage, staged
from yuzhi.settings import built_pages, shipped_packs

pytestmark = pytest.mark.asyncio(loop_scope="module")

FAR = 80
"""Presses of Tab after which something is taken not to be within reach."""
COMPILES = re.compile(r"\bnew Function\s*\(|(?<![\w$.])(?:eval|Function)\s*\(")


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(FAR):
        if await wanted.evaluate("one => one === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")


async def type_day(page: Page, field: Locator, day: date) -> None:
    """Type a day into the browser's own field, in the order of the browser's own language."""
    for order in (("%m", "%d", "%Y"), ("%Y", "%m", "%d")):
        for part in order:
            await page.keyboard.type(day.strftime(part))
            if part == "%Y":
                await page.keyboard.press("ArrowRight")
        if await field.input_value() == day.isoformat():
            return
        await page.keyboard.press("Home")
    raise AssertionError("the day could not be typed")


async def handled(stage: Stage) -> str:
    """Return the id of a matter that the handler may answer."""
    id_: str = (await stage.opened(subject="积水内涝", category=""))["id"]
    if (await stage.get(f"/matters/{id_}"))["state"] == "received":
        await stage.take(id_, "dispatch", DESK, lead="order")
    await stage.take(id_, "sign", HANDLER)
    return id_


async def planned_visit(stage: Stage) -> str:
    """Return the id of a home visit that the grid worker may record."""
    visit = {
        "procedure": "home-visit", "kind": "routine", "channel": "patrol", "subject": "走访",
        "territory": COMMUNITY,
    }  # fmt: skip
    return str((await stage.post("/matters", visit, by=GRID))["id"])


async def filled_in(stage: Stage, matter: str) -> Any:
    """Return what was filled into the one form of a matter."""
    body = await stage.pool.fetchval(
        "select body from text where matter_id = $1 and name like 'form.%'", UUID(matter)
    )
    return json.loads(body)


async def test_a_list_at_the_desk_is_filled_in_and_put_in_order_by_keyboard(
    stage: Stage, opens: Opens
) -> None:
    id_ = await handled(stage)
    async with opens(post=HANDLER) as page:
        await page.goto(f"/desk/matter/{id_}")
        form = page.locator("form.form")
        await tab_to(page, page.locator("[data-step=answer]"))
        await page.keyboard.press("Enter")
        await expect(form.get_by_label("未能彻底解决的原因")).to_be_visible()
        await expect(form.get_by_role("button", name="添加后续承诺")).to_have_count(0)
        await tab_to(page, form.get_by_role("radio").first)
        await page.keyboard.press("Space")
        await tab_to(page, form.get_by_label("答复意见"))
        await page.keyboard.type("已疏通排水口，彻底改造列入明年计划。")
        await tab_to(page, form.get_by_label("未能彻底解决的原因"))
        for _ in range(3):
            await page.keyboard.press("ArrowDown")
        add = form.get_by_role("button", name="添加后续承诺")
        for words in ("雨季前再疏通一次", "改造排水管"):
            await tab_to(page, add)
            await page.keyboard.press("Enter")
            await expect(form.get_by_label("要做什么").last).to_be_focused()
            await page.keyboard.type(words)

        # What lacks is told beside its field, and the focus goes there.
        await page.keyboard.press("Control+Home")
        await tab_to(page, form.locator("button[type=submit]"))
        await page.keyboard.press("Enter")
        day = form.get_by_label("何时以前")
        await expect(day.first).to_be_focused()
        await expect(day.first).to_have_attribute("aria-invalid", "true")
        await expect(form.get_by_text("这里需要填写。")).to_have_count(2)
        await type_day(page, day.first, date(2027, 5, 1))
        await expect(form.get_by_text("这里需要填写。")).to_have_count(1)
        await tab_to(page, day.last)
        await type_day(page, day.last, date(2027, 12, 31))

        # The second goes before the first; the button that moved it stays under the finger.
        await page.keyboard.press("Alt+ArrowUp")
        await expect(form.get_by_label("要做什么").first).to_have_value("改造排水管")
        await expect(form.get_by_role("button", name="下移 后续承诺 1")).to_be_focused()
        await tab_to(page, form.locator("button[type=submit]"))
        await page.keyboard.press("Enter")
        await expect(page.locator(".head").get_by_text("待评价")).to_be_visible()

        # And it can be read in the story of the matter.
        story = page.locator(".quote", has_text="填写的内容")
        await expect(story.get_by_text("后续承诺 1 · 要做什么")).to_be_visible()
        await expect(story.get_by_text("资金不足")).to_be_visible()
    assert await filled_in(stage, id_) == {
        "lasting_cause": "funds",
        "promises": [
            {"promise": "改造排水管", "promised_by": "2027-12-31"},
            {"promise": "雨季前再疏通一次", "promised_by": "2027-05-01"},
        ],
    }


async def test_parts_and_conditions_on_a_phone(stage: Stage, opens: Opens) -> None:
    id_ = await planned_visit(stage)
    async with opens(post=GRID, width=360) as page:
        await page.goto(f"/worker/matter/{id_}")
        await page.locator("[data-step=record]").click()
        form = page.locator("form.form")
        await form.get_by_role("radio", name="已见面").check()
        await form.get_by_label("见到谁").select_option(label="本人")
        await expect(form.get_by_text("隐患点", exact=True)).to_have_count(0)
        await form.get_by_label("看到的隐患").select_option(label="火灾隐患")
        await form.get_by_role("button", name="添加隐患点").click()
        await form.get_by_label("隐患类型").select_option(label="火灾隐患")
        await form.get_by_label("位置").fill("楼道堆物")
        await form.get_by_label("需要的帮助").select_option(label="就医")
        await form.get_by_label("称呼").fill("老伴")
        await form.get_by_role("group", name="需要再跟进").get_by_label("是").check()
        await form.locator("button[type=submit]").click()
        await expect(form.get_by_label("下次走访日期")).to_be_focused()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
        await form.get_by_label("下次走访日期").fill("2027-01-08")
        # What is not the case any more is not sent.
        await form.get_by_label("需要的帮助").select_option(label="没有")
        await form.locator("button[type=submit]").click()
        await expect(page.get_by_text("已走访").first).to_be_visible()
    kept = await filled_in(stage, id_)
    assert kept["hazards"] == [{"hazard": "fire", "spot": "楼道堆物"}]
    assert (kept["next_visit_on"], kept["help_needed"], "to_call" in kept) == ("2027-01-08", "none", False)


async def test_a_pack_nobody_has_seen_is_filled_in_by_a_resident(
    run: Any, opens: Opens, tmp_path: Path
) -> None:
    write_pack(tmp_path / "packs" / "lost-property", clerk="intake_desk", keeper="handler")
    name = f"{run.name}_{uuid4().hex[:8]}"
    dsn = await run.clone(name)
    async with (
        staged(dsn, tmp_path / "home", packs=(*shipped_packs(), tmp_path / "packs")) as other,
        opens(width=360) as page,
    ):
        await page.goto(f"{other.address}/resident/say")
        await (
            page.get_by_label("反映事项")
            .or_(page.locator("form select").first)
            .first.select_option(label="失物招领")
        )
        # What has to be told stands open.
        await page.get_by_label("发生了什么").fill("捡到一枚戒指")
        await page.get_by_label("物品").fill("戒指")
        await page.get_by_label("价值").fill("5000")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("group", name="特征").get_by_text("这里需要填写。")).to_be_visible()
        await page.get_by_role("button", name="添加特征").click()
        await page.get_by_label("特征描述").fill("内圈刻字")
        spot = page.get_by_role("group", name="拾得处")
        await spot.get_by_label("座位号").fill("3")
        await page.get_by_role("button", name="提交").click()
        await expect(spot.get_by_label("线路")).to_be_focused()
        await spot.get_by_label("线路").select_option(label="一号线")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("heading", name="已收到")).to_be_visible()
        number = re.sub(r"\D", "", await page.locator("[data-test=number]").inner_text())
        kept = json.loads((await other.get(f"/matters/{number}"))["texts"]["form.thing"])
    assert kept == {
        "what": "戒指", "worth": 5000, "marks": [{"mark": "内圈刻字"}], "spot": {"line": "line_1", "seat": 3},
    }  # fmt: skip
    await run.drop(name)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing_in_forms_with_faults(stage: Stage, opens: Opens, language: str) -> None:
    pages = (
        (HANDLER, 1280, f"/desk/matter/{await handled(stage)}", "answer", "funds"),
        (GRID, 360, f"/worker/matter/{await planned_visit(stage)}", "record", "gas"),
    )
    for post, width, address, step, choice in pages:
        async with opens(post=post, width=width, language=language) as page:
            await page.add_init_script(path=AXE)
            await page.goto(address)
            await page.locator(f"[data-step={step}]").click()
            form = page.locator("form.form")
            await form.locator("select", has=page.locator(f"option[value={choice}]")).first.select_option(
                choice
            )
            for _ in range(2):
                await form.locator(".more").first.click()
            await form.locator("button[type=submit]").click()
            await expect(form.locator(".fault").first).to_be_visible()
            assert await faults(page) == []
    async with opens(width=360, language=language) as page:
        await page.goto("/resident/say")
        await page.locator("details summary").click()
        await expect(page.locator("details select")).to_be_visible()
        assert await faults(page) == []


async def test_what_draws_forms_comes_only_where_there_is_one(opens: Opens) -> None:
    answers: list[Response] = []
    async with opens(width=360) as page:
        page.on("response", lambda one: answers.append(one))
        await page.goto("/resident/say", wait_until="networkidle")
        assert not [one.url for one in answers if "phone-kit" in one.url]
        await page.locator("details summary").click()
        await expect(page.locator("details select").first).to_be_visible()
        assert [one.url for one in answers if "phone-kit" in one.url]
        assert not [one.url for one in answers if "desk-kit" in one.url]


async def test_nothing_that_is_served_makes_code_out_of_text_nor_may(stage: Stage) -> None:
    policy = (await stage.client.get("/resident/say")).headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    folder = built_pages()
    assert folder is not None
    scripts = sorted(folder.rglob("*.js"))
    assert any(one.name.startswith("phone-kit") for one in scripts)
    assert not [one.name for one in scripts if COMPILES.search(one.read_text(encoding="utf-8"))]
