"""A first visit over a slow line: what it loads, and how soon one can say what is the matter.

The profile is Lighthouse's slow 4G: 1.6 Mbit/s down, 0.75 Mbit/s up, 150 ms there and back; the processor as
it is. Other work on the machine makes a visit slower and none faster, so the best of some counts.
"""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from fakes.opens import Opens
from fakes.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SOON = 2_000  # milliseconds
LIMIT = 250_000  # bytes of compressed script
VISITS = 4
WATCH = """
new MutationObserver(() => {
  const field = document.querySelector(%s);
  if (field && !field.disabled && !window.__usableAt) window.__usableAt = performance.now();
}).observe(document, {childList: true, subtree: true});
"""


async def visited(opens: Opens, path: str, usable: str) -> tuple[float, int]:
    """Visit a page with nothing kept; return when it was usable (milliseconds), and its bytes of script."""
    async with opens(width=360) as page:
        await page.add_init_script(WATCH % json.dumps(usable))
        scripts = await _weighing(page)
        await page.goto(path, wait_until="commit")
        field = page.locator(usable).first
        await field.wait_for(timeout=30_000)
        usable_at: float = await page.evaluate("window.__usableAt")
        if usable == "textarea":
            await field.fill("路灯不亮")
        await page.wait_for_load_state("networkidle")
        if usable == "textarea":
            await expect(field).to_have_value("路灯不亮")
        return usable_at, sum(scripts.values())


async def _weighing(page: Page) -> dict[str, int]:
    """Slow the page's network down; return what becomes the bytes each script took on the line."""
    line = await page.context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", SLOW_4G)
    kinds: dict[str, str] = {}
    scripts: dict[str, int] = {}

    def begun(told: dict[str, Any]) -> None:
        kinds[told["requestId"]] = told["type"]

    def done(told: dict[str, Any]) -> None:
        if kinds.get(told["requestId"]) == "Script":
            scripts[told["requestId"]] = int(told["encodedDataLength"])

    line.on("Network.responseReceived", begun)
    line.on("Network.loadingFinished", done)
    return scripts


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        ("/resident", "main a[href='/resident/say']"),
        ("/resident/say", "textarea"),
        ("/resident/answers", "main input"),
    ],
)
async def test_a_first_visit_is_light_and_soon_usable(
    stage: Stage, opens: Opens, path: str, usable: str
) -> None:
    times = []
    for _ in range(VISITS):
        took, weight = await visited(opens, path, usable)
        assert 0 < weight <= LIMIT
        times.append(took)
        if took <= SOON:
            break
    assert min(times) <= SOON
