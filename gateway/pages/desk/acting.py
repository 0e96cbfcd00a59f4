"""What an administrator does at the desk: each step is a form of the screen, and the screen shows what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.desk import comparing
from gateway.pages.desk.screen import desk_api, screen
from gateway.pages.page import Form, Page
from services.errors import NotFound

Step = Callable[[Page, Form], Awaitable[Response]]
SAID_ON_THE_SCREEN = (409, 422)
MAX_DOCUMENTS = 20


async def act(page: Page) -> Response:
    """The step that the form names. A refusal is shown above the desk as it stands now."""
    page.need("administrator")
    form = await page.form()
    step = STEPS.get(form["step"])
    if step is None:
        raise NotFound
    try:
        return await step(page, form)
    except Refused as refused:
        if refused.status not in SAID_ON_THE_SCREEN:
            raise
        return await screen(page, status=refused.status, problem=refused.document)


def visit_api(form: Form) -> str:
    """The visit that the form was made for: another may be at the desk by now."""
    return f"visits/{quote(form['visit'], safe='')}"


def key(form: Form) -> str:
    """Several forms stand on one page: each step has a key of its own."""
    return f"{form.key}-{form['step']}"


async def call(page: Page, form: Form) -> Response:
    """Sent twice, it gives the same visitor."""
    called = await page.api.post(f"{desk_api(page)}/call", key=key(form))
    return page.go(page.path if called else f"{page.path}?told=nobody")


async def recall(page: Page, form: Form) -> Response:
    await page.api.post(f"{visit_api(form)}/recall", key=key(form))
    return page.go(page.path)


async def missed(page: Page, form: Form) -> Response:
    await page.api.post(f"{visit_api(form)}/missed", key=key(form))
    return page.go(f"{page.path}?told=missed")


async def skip(page: Page, form: Form) -> Response:
    await page.api.post(f"{visit_api(form)}/skip", key=key(form))
    return page.go(f"{page.path}?told=skipped")


async def check(page: Page, form: Form) -> Response:
    return await comparing.check(page, form, visit=visit_api(form))


async def compare(page: Page, form: Form) -> Response:
    return await comparing.compare(page, visit=visit_api(form), key=key(form))


async def start(page: Page, form: Form) -> Response:
    await page.api.post(f"{visit_api(form)}/start", key=key(form))
    return page.go(page.path)


async def finish(page: Page, form: Form) -> Response:
    missing = [form[f"missing-{place}"] for place in range(MAX_DOCUMENTS)]
    body = {"outcome": form["outcome"], "missing_documents": [name for name in missing if name]}
    done = await page.api.post(f"{visit_api(form)}/finish", body, key=key(form))
    return page.go(f"{page.path}?told={done['outcome']}")


STEPS: dict[str, Step] = {
    "call": call,
    "recall": recall,
    "missed": missed,
    "skip": skip,
    "check": check,
    "compare": compare,
    "start": start,
    "finish": finish,
}
