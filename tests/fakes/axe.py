"""Looks at a page as it stands with axe: WCAG 2.2 A and AA."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TELL = """async () =>
  (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}))
  .violations.flatMap((one) => one.nodes.map((node) => `${one.id} ${node.target} ${node.failureSummary}`))"""


async def faults(page: Page) -> list[str]:
    """Return what is wrong with a page, where and why."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(TELL)
    return found
