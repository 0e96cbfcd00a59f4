"""The desk's code as a picture that phones read."""

from __future__ import annotations

import io

import segno

ERROR_CORRECTION = "q"
"""A quarter of the code may be scratched or covered: it hangs in a hall for years."""
PNG_SCALE = 12


def matrix(url: str) -> list[list[bool]]:
    """Dark or not, row by row, without the quiet zone."""
    return [[bool(dot) for dot in row] for row in _made(url).matrix]


def svg(url: str) -> bytes:
    out = io.BytesIO()
    _made(url).save(out, kind="svg", scale=4, border=4, xmldecl=False)
    return out.getvalue()


def png(url: str) -> bytes:
    out = io.BytesIO()
    _made(url).save(out, kind="png", scale=PNG_SCALE, border=4)
    return out.getvalue()


def _made(url: str) -> segno.QRCode:
    return segno.make(url, error=ERROR_CORRECTION, micro=False)
