"""A supervisor's story: a figure is looked behind, what is late is found and put under supervision."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import expect

from fakes.opens import Opens
from fakes.stage import CHIEF, DESK, HANDLER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def handed(stage: Stage, subject: str) -> str:
    """Open a matter that the department has signed for."""
    matter: str = (await stage.opened(subject=subject))["id"]
    if (await stage.get(f"/matters/{matter}"))["state"] == "received":
        await stage.take(matter, "dispatch", DESK, lead="order")
    await stage.take(matter, "sign", HANDLER)
    return matter


async def test_as_many_matters_are_listed_as_the_figure_says(stage: Stage, opens: Opens) -> None:
    for number in range(3):
        matter = await handed(stage, f"占道经营 {number}")
        if number:
            await stage.take(
                matter, "answer", HANDLER, outcome="solved", texts={"reply": "已清理，现场恢复通行。"}
            )
    groups = (await stage.get("/rates?by=unit&procedure=citizen-request", CHIEF))["groups"]
    answered, received = next(
        (one["answered"]["count"], one["received"]) for one in groups if one["group"] == "order"
    )
    assert 2 <= answered < received < 30
    async with opens(post=CHIEF) as page:
        await page.goto("/supervisor")
        row = page.locator("tr[data-group=order]")
        await expect(row).to_contain_text("城市管理局")
        await expect(row).to_contain_text("件数太少")
        await expect(row.locator("strong")).to_have_count(0)
        cell = row.get_by_role("cell").nth(3)
        await expect(cell).to_contain_text(re.compile(rf"{answered}\s*/\s*{received}"))
        await expect(cell.get_by_role("img", name=re.compile("95% 置信区间"))).to_be_visible()
        await cell.get_by_role("link").first.click()
        await expect(page.get_by_role("heading", name="城市管理局：已答复")).to_be_visible()
        await expect(page.locator("[data-count]")).to_have_text(f"共 {answered} 件")
        await expect(page.locator("tbody tr")).to_have_count(answered)
        await page.get_by_role("link", name=re.compile("回到汇总")).click()
        await row.get_by_role("button").click()
        await expect(page.get_by_text("当前范围")).to_be_visible()
        assert "unit=order" in page.url
        assert "by=category" in page.url


async def test_a_rate_over_time_is_drawn_with_its_intervals(stage: Stage, opens: Opens) -> None:
    await handed(stage, "夜间施工")
    async with opens(post=CHIEF, language="en") as page:
        await page.goto("/supervisor?by=day")
        await expect(page.locator(".chart canvas")).to_be_visible(timeout=20_000)
        await expect(page.get_by_text("this is no ranking")).to_be_visible()


async def test_what_is_late_is_found_by_unit_and_put_under_supervision(stage: Stage, opens: Opens) -> None:
    matter = await handed(stage, "围挡占道")
    await stage.pool.execute(
        "update matter set due_at = $2, is_breached = true where id = $1::uuid",
        matter, datetime.now(UTC) - timedelta(days=1),
    )  # fmt: skip
    async with opens(post=CHIEF) as page:
        await page.goto("/supervisor/late")
        unit = page.locator("[data-unit=order]")
        await expect(unit).to_contain_text("超期 1")
        await unit.get_by_role("button", expanded=False).first.click()
        await expect(unit.locator("tbody tr").first).to_contain_text("围挡占道")
        await unit.get_by_role("button", name=re.compile("催办、督办")).first.click()
        await unit.locator("[data-step=supervise]").click()
        await unit.get_by_label("理由").select_option("overdue")
        await unit.locator("form button[type=submit]").click()
        # The step writes the row anew with its true due date: nothing of the unit is late any more,
        # and what was done is told all the same.
        await expect(unit.get_by_text("没有超期的，也没有即将到期的。")).to_be_visible()
        await expect(unit).to_contain_text("超期 0")
        await expect(unit.get_by_text("已办理：督办")).to_be_visible()
    assert (await stage.get(f"/matters/{matter}"))["supervised"] == 1


async def test_several_are_pressed_for_at_once_and_each_is_told(stage: Stage, opens: Opens) -> None:
    ids = [await handed(stage, f"路面坑洼 {n}") for n in range(3)]
    for id_ in ids:
        await stage.pool.execute(
            "update matter set due_at = $2, is_breached = true where id = $1::uuid",
            id_, datetime.now(UTC) - timedelta(days=2),
        )  # fmt: skip
    async with opens(post=CHIEF) as page:
        await page.goto("/supervisor/late?unit=order")
        unit = page.locator("[data-unit=order]")
        for n in range(3):
            await unit.locator("tbody tr", has_text=f"路面坑洼 {n}").get_by_role("checkbox").check()
        bar = page.get_by_role("region", name="批量督促")
        await expect(bar).to_contain_text("已选 3 件")
        # Meanwhile one of them is over.
        await stage.take(
            ids[0], "answer", HANDLER, outcome="solved", texts={"reply": "路面已修补完毕，恢复通行。"}
        )
        await bar.get_by_label("环节").select_option("supervise")
        await bar.get_by_label("理由").select_option("overdue")
        await bar.get_by_role("button").click()
        await expect(page.get_by_text("2 件已办理，1 件未办理")).to_be_visible()
    assert [(await stage.get(f"/matters/{id_}"))["supervised"] for id_ in ids] == [0, 1, 1]
