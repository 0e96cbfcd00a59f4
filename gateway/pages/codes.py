"""QR codes of addresses, drawn into the page."""

from __future__ import annotations

import segno
from markupsafe import Markup

from gateway.pages.page import Page


def address_code(page: Page, path: str) -> Markup:
    """SVG that leads a phone to this page of ours. Black on white in any scheme: scanners need it."""
    code = segno.make(page.public(path), error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, border=2, svgclass="code", lineclass=None, light="#fff"))  # noqa: S704
