"""What the other tests judge by sees what it is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Route

from tests.browser.judging import accessible
from tests.browser.measuring import Meter
from tests.browser.watching import Watch

ADDRESS = "http://127.0.0.1:1/"
GOOD = "<!doctype html><html lang=en><title>A page</title><main><h1>A page</h1>{}</main>"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    yield made
    made.close()


def serve(context: BrowserContext, body: str, **headers: str) -> None:
    """At every address."""

    def answer(route: Route) -> None:
        missing = route.request.url.endswith("missing.css")
        route.fulfill(status=404 if missing else 200, body=body, content_type="text/html", headers=headers)

    context.route("**/*", answer)


def test_faults_of_a_page_are_seen(context: BrowserContext) -> None:
    """Errors of scripts, what the policy stops, parts that are missing, and foreign hosts; not a page that refuses."""
    watch = Watch()
    watch.over(context)
    bad = """<link rel=stylesheet href=/missing.css><script>alert(1)</script><p style="color:red">
        <img src="http://example.org/x.png" alt="">"""
    serve(context, GOOD.format(bad), **{"content-security-policy": "script-src 'self'; style-src 'self'"})
    page = context.new_page()
    page.goto(ADDRESS)
    page.evaluate("console.error('broken')")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('thrown') })")
    faults = "\n".join(watch.faults)
    for seen in ("script-src", "style-src", "missing.css", "example.org", "broken", "thrown"):
        assert seen in faults


def test_a_quiet_page_has_no_faults(context: BrowserContext) -> None:
    watch = Watch()
    watch.over(context)
    serve(context, GOOD.format(""))
    page = context.new_page()
    page.goto(ADDRESS)
    accessible(page)
    assert watch.faults == []


def test_what_keeps_people_out_is_told_with_its_place(context: BrowserContext) -> None:
    """A picture without words, and letters that are too pale, also under the strictest policy."""
    pale = "<style>p { color: #ccc; background: #fff }</style><img src='data:,'><p>pale</p>"
    serve(context, GOOD.format(pale), **{"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"})
    page = context.new_page()
    page.goto(ADDRESS)
    with pytest.raises(AssertionError) as told:
        accessible(page)
    assert "image-alt (critical)" in str(told.value)
    assert "color-contrast" in str(told.value)
    assert "<p>pale</p>" in str(told.value)


def test_weight_and_jumps_are_counted(context: BrowserContext) -> None:
    serve(context, GOOD.format("<p>Text</p>" + "<!-- -->" * 2000))
    page = context.new_page()
    meter = Meter(context, page)
    page.goto(ADDRESS)
    still = meter.read()
    assert (still.requests, still.layout_shift) == (1, 0)
    page.evaluate(
        """() => new Promise(done => setTimeout(() => {
            const late = document.createElement('div')
            late.append(...Array.from({ length: 20 }, () => document.createElement('br')))
            document.querySelector('main').prepend(late)
            const begin = performance.now()
            while (performance.now() - begin < 150);
            requestAnimationFrame(() => setTimeout(done, 50))
        }))"""
    )
    jumped = meter.read()
    assert jumped.layout_shift > 0.01
    assert jumped.blocking_ms > 10
