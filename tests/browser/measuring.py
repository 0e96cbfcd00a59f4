"""What a page costs its reader: bytes, requests, jumps of the layout, time in which nothing could be pressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Page

OBSERVED = """() => new Promise(done => {
    const seen = { jumps: 0, blocked: 0 }
    const watch = (type, add) =>
        new PerformanceObserver(list => list.getEntries().forEach(add)).observe({ type, buffered: true })
    watch('layout-shift', entry => { if (!entry.hadRecentInput) seen.jumps += entry.value })
    watch('longtask', entry => { seen.blocked += entry.duration - 50 })
    requestAnimationFrame(() => setTimeout(() => done(seen), 100))
})"""


@dataclass(frozen=True, slots=True)
class Cost:
    bytes: int
    """Over the wire, headers included, into an empty cache."""
    requests: int
    layout_shift: float
    """Cumulative, without unit; 0 is still."""
    blocking_ms: float
    """Of tasks longer than 50 ms, what is over that."""


class Meter:
    """Counts from where it is made: before the page is opened, in a context that has seen nothing."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self._page = page
        self._bytes: dict[str, int] = {}
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.responseReceived", self._began)
        session.on("Network.dataReceived", self._grew)
        session.on("Network.loadingFinished", self._ended)

    def read(self) -> Cost:
        """After the page has come to rest."""
        seen = self._page.evaluate(OBSERVED)
        return Cost(sum(self._bytes.values()), len(self._bytes), seen["jumps"], seen["blocked"])

    def _began(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = int(event["response"]["encodedDataLength"])

    def _grew(self, event: dict[str, Any]) -> None:
        # streams never finish
        self._bytes[event["requestId"]] = self._bytes.get(event["requestId"], 0) + int(event["encodedDataLength"])

    def _ended(self, event: dict[str, Any]) -> None:
        self._bytes[event["requestId"]] = int(event["encodedDataLength"])
