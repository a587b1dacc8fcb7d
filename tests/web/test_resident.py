"""A resident's story: say it on a phone, follow it, be answered, rate it; and dispute another answer."""

import re
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from fakes.opens import Opens
from fakes.screens import said, signed_in_by_phone
from fakes.stage import DESK, HANDLER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def nothing_is_wider(page: Page) -> None:
    """Open every page that needs nothing, and check that none is pushed sideways."""
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    for path in (
        "/resident",
        "/resident/say",
        "/resident/my",
        "/resident/answers",
        "/resident/public?as=map",
    ):
        await page.goto(path)
        await expect(page.locator("h1").first).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert not await page.evaluate(wide), path


async def answered(stage: Stage, number: str) -> str:
    """Have a matter dispatched, signed for and answered; return its id."""
    matter = await stage.get(f"/matters/{number}")
    id_: str = matter["id"]
    if matter["state"] == "received":
        await stage.take(id_, "dispatch", DESK, lead="order")
    await stage.take(id_, "sign", HANDLER)
    await stage.take(id_, "answer", HANDLER, outcome="solved", texts={"reply": "灯已修好。"})
    return id_


async def test_from_saying_it_to_rating_the_answer(stage: Stage, opens: Opens) -> None:
    async with opens(width=360) as page:
        number, code = await said(page, "小区门口路灯三天不亮了。晚上很黑。")
        assert re.fullmatch(r"\d{16}", number)
        assert code
        await expect(page.get_by_role("img", name="回执二维码")).to_be_visible()
        matter = await stage.get(f"/matters/{number}")
        assert matter["texts"]["subject"] == "小区门口路灯三天不亮了"
        assert matter["territory"] == "330212001001"
        assert len(matter["evidence"]) == 1

        id_ = await answered(stage, number)
        await page.get_by_role("link", name="我的事项").click()
        await page.get_by_role("button", name=re.compile("路灯")).first.click()
        await expect(page.get_by_text("灯已修好。")).to_be_visible()
        await page.locator("[data-step=confirm]").click()
        await page.get_by_role("radio", name="满意", exact=True).check()
        await page.get_by_role("radio", name="已解决").check()
        await page.locator("form").get_by_role("button", name="评价").click()
        await expect(page.get_by_role("heading", name="已办结")).to_be_visible()
        after = await stage.get(f"/matters/{id_}")
        assert (after["state"], after["satisfaction"], after["is_solved"]) == ("closed", "satisfied", True)


async def test_an_answer_is_disputed_by_number_and_code(stage: Stage, opens: Opens) -> None:
    opened = await stage.client.post(
        "/api/v1/matters",
        json={"procedure": "citizen-request", "kind": "help", "subject": "井盖松动", "channel": "web",
              "territory": "330212001001"},
    )  # fmt: skip
    told = opened.json()
    await answered(stage, told["number"])
    async with opens(width=390, language="en") as page:
        await page.goto("/resident/my")
        await page.get_by_label("Number", exact=True).fill(told["number"])
        await page.get_by_label("Tracking code").fill("wrong")
        await page.get_by_role("button", name="See it").click()
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_label("Tracking code").fill(told["tracking_code"])
        await page.get_by_role("button", name="See it").click()
        await page.locator("[data-step=dispute]").click()
        form = page.locator("form")
        await form.get_by_role("radio", name="Not satisfied").check()
        await form.get_by_role("radio", name="Not solved").check()
        await form.locator("button[type=submit]").click()
        await expect(form.get_by_role("alert")).to_be_visible()
        await form.locator("textarea").fill("It is loose again.")
        await form.locator("button[type=submit]").click()
        await expect(page.get_by_role("status")).to_contain_text("Sent")
    assert (await stage.get(f"/matters/{told['id']}"))["state"] == "disputed"


async def test_the_public_list_shows_a_matter_and_its_map_has_our_towns(stage: Stage, opens: Opens) -> None:
    opened = await stage.opened(kind="help", subject="垃圾桶满了")
    async with opens(width=360) as page:
        await page.goto("/resident/public")
        await page.get_by_label("镇街").select_option("330212001")
        await page.locator(f"a[href='/resident/public/{opened['number']}']").click()
        await expect(page.get_by_text(opened["number"])).to_be_visible()
        async with page.expect_response(re.compile("territories.geojson")) as drawn:
            await page.goto("/resident/public?as=map")
        assert len((await (await drawn.value).json())["features"]) == 2
        await page.get_by_role("button", name="下应街道").press("Enter")
        await expect(page.get_by_label("镇街")).to_have_value("330212001")


async def test_an_answer_is_found_in_ones_own_words_and_beside_what_is_written(opens: Opens) -> None:
    async with opens(width=360) as page:
        await page.goto("/resident")
        await page.get_by_role("link", name=re.compile("政策问答")).click()
        await page.get_by_label("您想问什么").fill("公积金怎么提取")
        await page.keyboard.press("Enter")
        first = page.locator("details").first
        await expect(first).to_contain_text("租房可以提取住房公积金吗")
        await expect(first.get_by_text("没有自有住房")).to_be_visible()
        await page.goto("/resident/say")
        await page.get_by_label("发生了什么").fill("楼上饭店油烟太大了")
        await expect(page.get_by_text("饭店油烟直排怎么投诉")).to_be_visible()


async def test_ones_matters_follow_ones_telephone_to_another_device(stage: Stage, opens: Opens) -> None:
    phone = f"139{uuid4().int % 10**8:08d}"
    async with opens(width=360) as page:
        number, _ = await said(page, "垃圾房门口又满了，没人来收。")
        await page.goto("/resident/my")
        await signed_in_by_phone(stage, page, phone)
        await expect(page.get_by_role("link", name=re.compile(number))).to_be_visible()
    await stage.pool.execute("delete from phone_code")
    async with opens(width=360) as elsewhere:
        await elsewhere.goto("/resident/my")
        await signed_in_by_phone(stage, elsewhere, phone)
        await elsewhere.get_by_role("link", name=re.compile(number)).click()
        await expect(elsewhere.locator("[data-step=withdraw]")).to_be_visible()
        await elsewhere.goto("/resident/my")
        await elsewhere.get_by_role("button", name="退出登录").click()
        await expect(elsewhere.get_by_text("这台设备上还没有记录")).to_be_visible()


async def test_easy_reading_asks_for_less(opens: Opens) -> None:
    async with opens(width=360) as page:
        await page.goto("/resident")
        await page.get_by_role("button", name="简明版").click()
        await page.get_by_role("link", name="我要反映").first.click()
        await expect(page.get_by_label("发生了什么")).to_be_visible()
        await expect(page.get_by_label("要办什么事")).to_have_count(0)
        await nothing_is_wider(page)


async def test_nothing_is_wider_than_a_narrow_phone(opens: Opens) -> None:
    async with opens(width=360, language="en") as page:
        await nothing_is_wider(page)
