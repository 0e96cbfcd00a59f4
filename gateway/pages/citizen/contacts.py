"""Where a citizen wants to be reminded: left, changed or taken back with a form."""

from __future__ import annotations

from gateway.pages.citizen.reading import Item, at
from gateway.pages.client import Refused
from gateway.pages.page import Form, Page

FIELDS = ("email", "phone")


async def store(page: Page, booking: Item, form: Form) -> dict[str, str]:
    """Replaces what was left before; two empty fields take it back. What is wrong with which field, empty if nothing.

    Raises `Refused` for anything but a contact that cannot be used.
    """
    given = {name: form[name] for name in FIELDS if form[name]}
    if given == {name: value for name, value in (booking["contact"] or {}).items() if value}:
        return {}
    path = at("bookings", booking["id"], "contact")
    try:
        await (page.api.send("PUT", path, json=given) if given else page.api.send("DELETE", path))
    except Refused as refused:
        if refused.status != 422:
            raise
        return explained(page, refused)
    return {}


def explained(page: Page, refused: Refused) -> dict[str, str]:
    wrong = {name.rpartition(".")[2] for name in refused.fields}
    told = {
        "email": page.gettext("Write the e-mail address in full, as in name@example.com, or leave it out"),
        "phone": page.gettext("Write the telephone number with its code, as in +380 67 123 45 67, or leave it out"),
    }
    return {name: text for name, text in told.items() if name in wrong} or told
