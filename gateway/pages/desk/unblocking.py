"""Opening online booking again to a person who has come (domain.md §2, no-shows); for the desk and for the manager."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.desk import identity
from gateway.pages.page import Form, Page
from gateway.pages.sessions import Session

STAFF = ("administrator", "manager")


async def ask(page: Page) -> Response:
    page.need(*STAFF)
    return _form(page)


async def unblock(page: Page) -> Response:
    """By number or document, with the reason; what is typed wrongly comes back with its field named."""
    session = page.need(*STAFF)
    form = await page.form()
    fields = identity.typed(form)
    errors = identity.missing_person(page, fields)
    if not form["reason"]:
        errors["reason"] = _why(page)
    if errors:
        return _form(page, fields | {"reason": form["reason"]}, errors)
    try:
        told = await _sent(page, form, session)
    except Refused as refused:
        errors = _wrong(page, refused)
        if not errors:
            raise
        return _form(page, fields | {"reason": form["reason"]}, errors)
    return page.go(f"{page.path}?told={told}")


async def _sent(page: Page, form: Form, session: Session) -> str:
    who = identity.person(identity.typed(form))
    body = {**who, "organisation": session.organisation or "", "reason": form["reason"]}
    answer = await page.api.post("quota/unblock", body, key=form.key)
    return "lifted" if answer["last_block"] else "never"


def _form(page: Page, values: dict[str, str] | None = None, errors: dict[str, str] | None = None) -> Response:
    back = page.path.removesuffix("/unblock")
    shown = {"values": values or {}, "errors": errors or {}, "told": page.asked("told"), "back": back}
    return page.render("desk/unblock.html", status=422 if errors else 200, **shown)


def _wrong(page: Page, refused: Refused) -> dict[str, str]:
    errors = identity.wrong(page, refused)
    return errors | {"reason": _why(page)} if "reason" in refused.fields else errors


def _why(page: Page) -> str:
    return page.gettext("Say why, in 1 to 500 letters: it is recorded with your name.")
