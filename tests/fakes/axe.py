"""Looks at a page as it stands with axe: WCAG 2.2 A and AA."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TELL = """async () =>
  (await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'],
  })).violations.flatMap((one) =>
    one.nodes.map((node) => `${one.id} ${node.target} ${node.failureSummary}`))"""
IS_THERE = """() => document.querySelector('main') && !document.querySelector('main .nothing[role=status]')
  && document.fonts.status === 'loaded'"""
"""The page stands, and nothing in it is still being asked for."""


async def faults(page: Page) -> list[str]:
    """Return what is wrong with a page, where and why, once nothing in it waits any more.

    A page that is looked at often is given the script beforehand: `page.add_init_script(path=AXE)`.
    """
    await page.wait_for_function(IS_THERE)
    await page.wait_for_timeout(100)
    if await page.evaluate("typeof axe === 'undefined'"):
        await page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(TELL)
    return found
