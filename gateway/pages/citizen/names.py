"""A login that tells who somebody is by number, but no name: the name is asked for, and kept with the booking only."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.citizen.reading import Item
from gateway.pages.client import Refused
from gateway.pages.page import Form, Page
from gateway.pages.sessions import Session

FIELDS = ("family_name", "given_name", "patronymic")


def applicant_of(session: Session, form: Form) -> Item | None:
    """The applicant with the names of the form; None where it has none, and the login tells them."""
    given = {name: form[name] for name in FIELDS if form[name]}
    return {"kind": "legal_entity" if session.edrpou else "individual", **given} if given else None


def is_missing(refused: Refused) -> bool:
    return any(name.partition(".")[0] == "applicant" for name in refused.fields)


def ask(page: Page, refused: Refused, form: Form) -> Response:
    """The form for it; what was filled in stays, and what is wrong with it is named."""
    texts = {
        "family_name": page.gettext("Write your family name as it stands in your document"),
        "given_name": page.gettext("Write your given name as it stands in your document"),
        "patronymic": page.gettext("Write your patronymic as it stands in your document, or leave it out"),
    }
    errors = {name: text for name, text in texts.items() if f"applicant.{name}" in refused.fields}
    return page.render("citizen/names.html", status=422, values=form, errors=errors, starts_at=form["starts_at"])
