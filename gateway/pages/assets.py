"""Styles, scripts and pictures: addressed by their content, so that browsers keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from services.errors import NotFound

STATIC = Path(__file__).with_name("static")
PACKED = {".css", ".js", ".svg"}
KEPT = "public, max-age=31536000, immutable"
CHARSET = "; charset=utf-8"


class Asset(NamedTuple):
    body: bytes
    packed: bytes | None
    media_type: str


class Assets:
    """Read once at the start. `address("style.css")` → `/static/<digest>/style.css`."""

    def __init__(self, folder: Path = STATIC) -> None:
        self._assets: dict[str, Asset] = {}
        self._addresses: dict[str, str] = {}
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name, body = file.relative_to(folder).as_posix(), file.read_bytes()
            address = f"/static/{hashlib.sha256(body).hexdigest()[:12]}/{name}"
            packed = gzip.compress(body, mtime=0) if file.suffix in PACKED else None
            self._assets[address] = Asset(body, packed, media_type(file))
            self._addresses[name] = address

    def address(self, name: str) -> str:
        return self._addresses[name]

    async def answer(self, request: Request) -> Response:
        """Raises `NotFound`, also for what an older version had under that name."""
        asset = self._assets.get(request.url.path)
        if asset is None:
            raise NotFound
        headers = {"cache-control": KEPT, "vary": "accept-encoding"}
        if asset.packed and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(asset.packed, 200, {**headers, "content-encoding": "gzip"}, asset.media_type)
        return Response(asset.body, 200, headers, asset.media_type)


def media_type(file: Path) -> str:
    found = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return found + CHARSET if found.startswith("text/") else found
