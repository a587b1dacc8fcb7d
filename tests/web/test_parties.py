"""A party's story on the screens: come by telephone, see the case, sign; and the desk's slip with a code."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from fakes.axe import faults
from fakes.disputes import a_mediator
from fakes.opens import Opens
from fakes.screens import signed_in_by_phone
from fakes.stage import CHIEF, COMMUNITY, DESK, Stage
from yuzhi.capabilities.agreements import code_to_send
from yuzhi.capabilities.registry import Post, PostList, save_posts

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEDIATOR = "p-mediating"


async def a_case(stage: Stage, phone: str) -> Any:
    """Take a dispute up with a party of that telephone, as far as an agreement to sign."""
    post = Post(MEDIATOR, "f", "east", ("mediator",), COMMUNITY)
    async with stage.pool.acquire() as conn:
        await save_posts(conn, PostList((), (post,)), actor="test", now=datetime.now(UTC))
    await stage.assembly.ground.load()
    listed = {"mediators": [a_mediator("web", unit="east", post=MEDIATOR, most_cases=1000)]}
    await stage.post("/mediators", listed, CHIEF)
    case = await stage.post("/disputes", {
        "matter": {
            "procedure": "people-mediation", "kind": "neighbours", "channel": "walk_in",
            "subject": "楼上漏水", "territory": COMMUNITY, "form": {"minor_party": False},
        },
        "parties": [
            {"side": 1, "person": {"name": "赵一", "phone": f"136{uuid4().int % 10**8:08d}"}},
            {"side": 2, "person": {"name": "陈乙", "phone": phone}},
        ],
    })  # fmt: skip
    await stage.take(case["id"], "assign", DESK, lead="east")
    await stage.take(case["id"], "accept", MEDIATOR)
    await stage.client.post(
        f"/api/v1/disputes/{case['id']}/mediators", headers={"X-Yuzhi-Post": DESK},
        json={"mediator": "web", "reason": "熟悉邻里纠纷", "is_chief": True},
    )  # fmt: skip
    agreement = await stage.post(f"/disputes/{case['id']}/agreements", {
        "facts": "楼上漏水，楼下吊顶受损。", "terms": "赔偿三千元，本月底前付清。",
        "instalments": [
            {"party": case["parties"][1], "due_on": "2099-12-01", "what": "支付赔偿款", "amount_fen": 300_000}
        ],
    })  # fmt: skip
    await stage.post(f"/disputes/{case['id']}/agreements/{agreement['id']}/offer", {})
    return case


async def code_for(stage: Stage) -> str:
    """Return the newest code to sign with."""
    id_ = await stage.pool.fetchval("select id from signing_code order by created_at desc limit 1")
    sent = await code_to_send(stage.assembly.for_worker().agreements, id_, datetime.now(UTC))
    assert sent is not None
    return sent.code


async def test_a_party_comes_by_telephone_and_signs(stage: Stage, opens: Opens) -> None:
    phone = f"139{uuid4().int % 10**8:08d}"
    case = await a_case(stage, phone)
    async with opens(width=360) as page:
        await page.goto("/resident/my")
        await signed_in_by_phone(stage, page, phone)
        mine = page.get_by_role("link", name=re.compile(case["number"]))
        await expect(mine).to_contain_text("您是当事人")
        await mine.click()
        await expect(page.get_by_text("赔偿三千元，本月底前付清。")).to_be_visible()
        # What the other side said stays with those who handle the case; so does the receipt of who asked.
        await expect(page.get_by_text("楼上漏水")).to_have_count(0)
        await expect(page.get_by_role("link", name="下载回执")).to_have_count(0)
        await expect(page.locator("[data-step=refuse]")).to_be_visible()
        assert await faults(page) == []
        await page.get_by_role("button", name="获取签署验证码").click()
        await expect(page.get_by_text("验证码已发到登记的手机")).to_be_visible()
        await page.get_by_label("验证码", exact=True).fill(await code_for(stage))
        await page.get_by_role("button", name="同意并签署").click()
        await expect(page.get_by_text("手机验证码签署")).to_be_visible()
        await expect(page.get_by_role("button", name="获取签署验证码")).to_have_count(0)
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(wide)
    found = (await stage.get(f"/disputes/{case['id']}/agreements"))["agreements"]
    assert [one["means"] for one in found[0]["signatures"]] == ["code"]


async def test_the_desk_tells_a_code_and_prints_it(stage: Stage, opens: Opens, tmp_path: Path) -> None:
    case = await a_case(stage, f"139{uuid4().int % 10**8:08d}")
    async with opens(post=DESK) as page:
        await page.goto(f"/desk/matter/{case['id']}")
        card = page.locator(".parties")
        await expect(card.get_by_text("第2方")).to_be_visible()
        await card.get_by_role("button", name="查询码").nth(1).click()
        told = card.get_by_role("status")
        await expect(told).to_contain_text(f"{case['number']}-2")
        await expect(told.locator("strong")).to_have_text(re.compile("^[A-Z0-9]{5}-[A-Z0-9]{5}$"))
        async with page.expect_download() as saved:
            await card.get_by_role("button", name="打印凭证").nth(1).click()
        slip = tmp_path / "slip.pdf"
        await (await saved.value).save_as(slip)
        assert slip.read_bytes().startswith(b"%PDF")
        assert await faults(page) == []
