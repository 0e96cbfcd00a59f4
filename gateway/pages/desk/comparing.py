"""The identity: what the document says is typed, set beside the booking, and only then compared for good.

Any mismatch refuses the visit for good (domain.md §2 "The visit"), so a slip of the typing must be seen before. Which
fields differ is what the API says: only the domain knows how names are folded.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.desk import identity
from gateway.pages.desk.screen import DRAFT, screen
from gateway.pages.page import Form, Page


async def check(page: Page, form: Form, *, visit: str) -> Response:
    """Keeps what was typed with what is booked; the screen shows both. Typed wrongly: the form again."""
    assert page.session, "the form was ours"
    typed = identity.typed(form)
    if errors := identity.missing(page, typed):
        return await screen(page, status=422, values=typed, errors=errors)
    try:
        found = await page.api.post(f"{visit}/compare", identity.body(typed))
    except Refused as refused:
        errors = identity.wrong(page, refused)
        if not errors:
            raise
        return await screen(page, status=422, values=typed, errors=errors)
    response = page.go(page.path)
    page.drafts.keep(response, page.session, DRAFT, {"visit": form["visit"], "typed": typed, **found})
    return response


async def compare(page: Page, *, visit: str, key: str) -> Response:
    """Decides. Where all was seen to match, the service starts at once."""
    assert page.session, "the form was ours"
    draft = page.drafts.read(page.request, page.session, DRAFT)
    if f"visits/{draft.get('visit')}" != visit:
        return page.go(f"{page.path}?told=again")
    try:
        await page.api.post(f"{visit}/verify", identity.body(draft["typed"]), key=key)
        await page.api.post(f"{visit}/start", key=f"{key}-start")
    except Refused as refused:
        return _without_draft(page, page.go(await _decided(page, refused, visit=visit, draft=draft)))
    return _without_draft(page, page.go(page.path))


async def _decided(page: Page, refused: Refused, *, visit: str, draft: dict[str, Any]) -> str:
    """Where to go when it is refused now, or was decided before, and only the answer had been lost on its way."""
    if refused.code == "identity_mismatch":
        return refusal(page, refused.document["differs"])
    if refused.code != "illegal_transition":
        raise refused
    status = (await page.api.get(visit))["status"]
    if status == "refused":
        return refusal(page, draft["differs"])
    if status != "serving":
        raise refused
    return page.path


def refusal(page: Page, differs: list[str]) -> str:
    """Names fields, never what stood in them."""
    return f"{page.path}?told=refused&differs={','.join(differs)}"


def _without_draft(page: Page, response: Response) -> Response:
    page.drafts.drop(response, DRAFT)
    return response
