"""What people do on the screens again and again: residents say something, workers ready a phone."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Final

from playwright.async_api import Page, expect

from fakes.stage import Stage
from yuzhi.capabilities.accounts import code_to_send
from yuzhi.wiring.entrance import gate_of

PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fcffff3f03"
    "0005fe02fea7356481b30000000049454e44ae426082"
)


async def said(page: Page, words: str) -> tuple[str, str]:
    """Say something, and return number and tracking code."""
    await page.goto("/resident")
    await page.get_by_role("main").get_by_role("link", name="我要反映").click()
    await page.get_by_label("发生了什么").fill(words)
    await page.get_by_label("在哪里").fill("东兴社区")
    await page.get_by_role("button", name=re.compile("东兴社区")).click()
    await page.locator("input[type=file]").set_input_files(
        {"name": "lamp.png", "mimeType": "image/png", "buffer": PNG}
    )
    await expect(page.get_by_role("img", name="照片 1")).to_be_visible()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("heading", name="已收到")).to_be_visible()
    number = await page.locator("[data-test=number]").text_content()
    code = await page.locator("[data-test=code]").text_content()
    return number or "", code or ""


async def signed_in_by_phone(stage: Stage, page: Page, phone: str) -> None:
    """Sign in with the code that is on its way to a telephone."""
    await page.get_by_label("手机号").fill(phone)
    await page.get_by_role("button", name="获取验证码").click()
    await expect(page.get_by_text("验证码已发出")).to_be_visible()
    async with stage.pool.acquire() as conn:
        id_ = await conn.fetchval("select id from phone_code order by created_at desc limit 1")
        sent = await code_to_send(conn, gate_of(stage.assembly.settings), id_, datetime.now(UTC))
    assert sent is not None
    await page.get_by_label("验证码", exact=True).fill(sent.code)
    await page.get_by_role("button", name="登录", exact=True).click()


async def ready_for_offline(page: Page) -> None:
    """Wait until the service worker has taken over and everything was read once under it."""
    await page.goto("/worker")
    async with asyncio.timeout(30):
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.wait_for_function("navigator.serviceWorker.controller !== null")
    await page.goto("/worker/report")
    await expect(page.get_by_role("button", name="提交")).to_be_enabled()
    await page.goto("/worker")
    await expect(page.get_by_role("heading", name="我的任务")).to_be_visible()
