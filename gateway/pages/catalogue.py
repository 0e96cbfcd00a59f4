"""Parts of the catalogue by their codes: one that was switched off has visitors still, and pages that show them."""

from __future__ import annotations

from typing import Any

from gateway.pages.client import Refused
from gateway.pages.page import Page


async def known(page: Page, path: str, **otherwise: Any) -> dict[str, Any]:
    """What is at `path`; `otherwise` where it is not told to the public any more."""
    try:
        found: dict[str, Any] = await page.api.get(path)
    except Refused as refused:
        if refused.status != 404:
            raise
        return otherwise
    return found
