"""A browser, and a town served for it, once for each process of a run: starting them takes long.

Without Chromium root tries to install it; else tests are skipped. Tests share the town, so each looks at
what it opened itself.
"""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from fakes.opens import Opens
from fakes.stage import Stage, staged
from yuzhi.settings import built_pages

HERE = Path(__file__).parent
FLAGS = (
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-gpu-compositing",
    "--enable-unsafe-swiftshader",
)  # fmt: skip
PATIENCE = 15_000
"""Milliseconds until something is taken not to come: the machine may have much else to do."""
WATCH = """
window.__violations = [];
document.addEventListener('securitypolicyviolation', (one) =>
  window.__violations.push(`${one.violatedDirective} ${one.blockedURI}`));
"""


@cache
def chromium() -> str:
    """Return where Chromium is, installing Debian's as root if it is not there; empty if there is none."""
    if found := shutil.which("chromium"):
        return found
    if os.getuid() == 0 and shutil.which("apt-get"):
        wait = ("-o", "DPkg::Lock::Timeout=300")
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (("update", "-qq"), ("install", "-y", "-qq", "chromium", "fonts-noto-cjk")):
            subprocess.run(["apt-get", *wait, *words], env=quiet, capture_output=True, check=False)
    return shutil.which("chromium") or ""


@pytest.fixture(scope="session", autouse=True)
def what_is_needed() -> None:
    """Skip, saying why, where there is no browser or nothing to look at."""
    if built_pages() is None:
        pytest.skip("the front end is not built: make install")
    if not chromium():
        pytest.skip("there is no Chromium here: apt-get install chromium fonts-noto-cjk")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run every test of this folder in the loop that the town and the browser live in."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(run: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """The town."""
    name = f"{run.name}_{uuid4().hex[:8]}"
    dsn = await run.clone(name)
    async with staged(dsn, tmp_path_factory.mktemp("stage")) as found:
        yield found
    await run.drop(name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield made
        await made.close()


@pytest.fixture
def opens(stage: Stage, browser: Browser) -> Opens:
    """Opens pages of the town."""

    @asynccontextmanager
    async def opened(
        *, post: str = "", language: str = "zh", width: int = 1280, **more: Any
    ) -> AsyncIterator[Page]:
        height = 780 if width < 700 else 900
        given = {"service_workers": "block", "locale": "zh-CN", "reduced_motion": "reduce", **more}
        context = await browser.new_context(
            base_url=stage.address, viewport={"width": width, "height": height}, **given
        )
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(WATCH)
        await context.add_init_script(f"localStorage.setItem('yuzhi.language', '{language}')")
        if post:
            await context.add_init_script(f"sessionStorage.setItem('yuzhi.trial-post', '{post}')")
        page = await context.new_page()
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        try:
            yield page
            assert await page.evaluate("window.__violations ?? []") == []
            assert broken == []
        finally:
            await context.close()

    return opened
