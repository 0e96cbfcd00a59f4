"""axe-core over a page as it stands: WCAG 2.2 A and AA, and good practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
CONTRAST = ["color-contrast"]
JUDGED = (
    """rules => axe.run(document, { runOnly: rules, resultTypes: ["violations"] }).then(found => found.violations)"""
)
MOVING = "document.getAnimations().forEach(one => { try { one.finish() } catch { one.cancel() } })"


def accessible(page: Page, *, where: str = "") -> None:
    """Fails with what is wrong: rule, place and the element's own text. `where`: if the address is not enough."""
    found = faults(page, RULES)
    assert not found, "\n".join([f"{where or page.url} ({page.viewport_size}):", *found])


def faults(page: Page, rules: list[str]) -> list[str]:
    """`rules`: tags of axe's rules, or the rules themselves.

    Runs also under the pages' own policy: what is injected does not go through the page's loader.
    """
    # a colour half way between two is nobody's fault
    page.evaluate(MOVING)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return [line for violation in page.evaluate(JUDGED, rules) for line in _told(violation)]


def _told(violation: dict[str, Any]) -> list[str]:
    lines = [f"  {violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in violation["nodes"]:
        why = "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])
        lines += [f"    {node['target']}: {why}", f"      {' '.join(node['html'].split())[:300]}"]
    return lines
