"""Every page in both languages: nothing axe finds wrong, nothing from elsewhere; what a first visit loads."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Response, expect

from fakes.opens import Opens
from fakes.stage import ADMIN, CHIEF, DESK, GRID, REVIEWER, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
LIMIT = 250_000
"""Bytes of script, compressed, that a resident's page may load at first."""

PAGES = (
    ("", "/resident"),
    ("", "/resident/say"),
    ("", "/resident/my"),
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
    (CHIEF, "/command"),
    (CHIEF, "/admin"),
    (DESK, "/admin"),
    (DESK, "/admin/units"),
    (CHIEF, "/admin/packs"),
    *(
        (ADMIN, f"/admin/{path}")
        for path in (
            "units", "people", "accounts", "import", "packs", "packs/procedure/citizen-request", "calendar",
            "deliveries", "traces", "system",
        )
    ),
    (REVIEWER, "/admin/traces"),
)  # fmt: skip
TELL = """async () =>
  (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
  .violations.flatMap((one) => one.nodes.map((node) => `${one.id} ${node.target} ${node.failureSummary}`))"""


async def faults(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(TELL)
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_axe_finds_nothing(stage: Stage, opens: Opens, language: str) -> None:
    opened = await stage.opened(subject="路灯不亮", kind="help")
    found: dict[str, list[str]] = {}
    elsewhere: set[str] = set()
    for post in dict.fromkeys(post for post, _ in PAGES):
        async with opens(post=post, language=language, width=390 if post in {"", GRID} else 1280) as page:
            page.on("request", lambda one: elsewhere.add(urlsplit(one.url).netloc))
            for path in [path for of, path in PAGES if of == post]:
                await page.goto(path.format(**opened))
                await expect(page.locator("main")).to_be_visible()
                await page.wait_for_load_state("load")
                await page.wait_for_timeout(150)
                if wrong := await faults(page):
                    found[path] = wrong
    assert found == {}
    assert elsewhere - {""} == {urlsplit(stage.address).netloc}


@pytest.mark.parametrize("path", ["/resident", "/resident/say", "/resident/my", "/resident/public"])
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
