"""Every page in both languages: nothing axe finds wrong, nothing from elsewhere; what a first visit loads."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Response, expect

from fakes.axe import AXE, faults
from fakes.opens import Opens
from fakes.stage import ADMIN, CHIEF, DESK, GRID, REVIEWER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT = 250_000
"""Bytes of script, compressed, that a resident's page may load at first."""

PAGES = (
    ("", "/resident"),
    ("", "/resident/say"),
    ("", "/resident/my"),
    ("", "/resident/answers"),
    ("", "/resident/answers?q=公积金怎么提取"),
    ("", "/resident/public"),
    ("", "/resident/public?as=map"),
    ("", "/resident/public/{number}"),
    ("", "/sign-in"),
    ("", "/sign-in/invitation"),
    ("", "/resident/nowhere"),
    (GRID, "/worker"),
    (GRID, "/worker/report"),
    (GRID, "/worker/patrol"),
    (GRID, "/worker/queue"),
    (GRID, "/worker/matter/{id}"),
    (DESK, "/desk"),
    (DESK, "/desk/open"),
    (DESK, "/desk/search?q=路灯"),
    (DESK, "/desk/matter/{id}"),
    (DESK, "/sign-in/post"),
    (DESK, "/sign-in/own"),
    (CHIEF, "/supervisor"),
    (CHIEF, "/supervisor?by=day"),
    (CHIEF, "/supervisor/behind?figure=received&by=unit&group=order"),
    (CHIEF, "/supervisor/late?unit=order"),
    (CHIEF, "/command"),
    (CHIEF, "/admin"),
    (DESK, "/admin"),
    (DESK, "/admin/units"),
    (CHIEF, "/admin/packs"),
    *(
        (ADMIN, f"/admin/{path}")
        for path in (
            "units", "people", "accounts", "import", "packs", "packs/procedure/citizen-request", "calendar",
            "policies", "deliveries", "traces", "system",
        )
    ),
    (REVIEWER, "/admin/traces"),
)  # fmt: skip
ENGLISH = "button[lang=en]"
POSTS = tuple(dict.fromkeys(post for post, _ in PAGES))


@pytest.mark.parametrize("post", POSTS, ids=[post or "nobody" for post in POSTS])
async def test_axe_finds_nothing_in_either_language(stage: Stage, opens: Opens, post: str) -> None:
    opened = await stage.opened(subject="路灯不亮", kind="help")
    found: dict[str, list[str]] = {}
    elsewhere: set[str] = set()
    async with opens(post=post, width=360 if post in {"", GRID} else 1280) as page:
        page.on("request", lambda one: elsewhere.add(urlsplit(one.url).netloc))
        # One page for all: the script is sent once, and compiled once where the browser keeps it.
        await page.add_init_script(path=AXE)
        for path in [path for of, path in PAGES if of == post]:
            address = path.format(**opened)
            await page.goto(address)
            if wrong := await faults(page):
                found[f"{path} zh"] = wrong
            if await page.locator(ENGLISH).count():
                await page.locator(ENGLISH).first.click()
            else:
                await page.goto(f"{address}{'&' if '?' in address else '?'}lang=en")
            await page.wait_for_function("document.documentElement.lang === 'en'")
            if wrong := await faults(page):
                found[f"{path} en"] = wrong
    assert found == {}
    assert elsewhere - {""} == {urlsplit(stage.address).netloc}


@pytest.mark.parametrize(
    "path",
    [
        "/resident",
        "/resident/say",
        "/resident/my",
        "/resident/answers",
        "/resident/public",
        "/resident/public?as=map",
    ],
)
async def test_a_resident_loads_little_script_at_first(opens: Opens, path: str) -> None:
    answers: list[Response] = []
    async with opens(width=360) as page:
        page.on("response", lambda one: answers.append(one))
        await page.goto(path, wait_until="networkidle")
        scripts = [one for one in answers if one.url.endswith((".js", ".mjs"))]
        sizes = [(await one.request.sizes())["responseBodySize"] for one in scripts]
    assert scripts
    assert sum(sizes) < LIMIT


async def test_larger_text_and_the_other_language_are_kept(opens: Opens) -> None:
    async with opens(width=360, language="en") as page:
        await page.goto("/resident")
        await page.get_by_role("button", name="Larger text").click()
        await page.reload()
        assert await page.evaluate("document.documentElement.hasAttribute('data-large')")
        assert await page.evaluate("document.documentElement.lang") == "en"
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("link", name="我要反映").first).to_be_visible()
        assert await page.evaluate("document.documentElement.lang") == "zh-CN"


async def test_who_has_no_post_is_sent_to_sign_in_and_back(opens: Opens) -> None:
    async with opens() as page:
        await page.goto("/desk/search")
        await expect(page.get_by_role("heading", name="工作人员登录")).to_be_visible()
        await page.locator(f"[data-post={DESK}]").click()
        await expect(page.get_by_role("heading", name="全文查找")).to_be_visible()


async def test_what_was_not_sent_is_not_left_by_mistake(opens: Opens) -> None:
    async with opens(post=DESK) as page:
        await page.goto("/desk/open")
        await page.get_by_label("标题").fill("没写完")
        asked: list[str] = []

        async def stay(dialog: object) -> None:
            asked.append(getattr(dialog, "message", ""))
            await dialog.dismiss()  # type: ignore[attr-defined]

        page.on("dialog", stay)
        await page.get_by_role("link", name="工作清单").click()
        await expect(page.get_by_label("标题")).to_have_value("没写完")
        assert len(asked) == 1
        assert "没有提交" in asked[0]
