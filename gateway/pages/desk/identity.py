"""What a document says of a person, as it is typed into a form and as the API wants it."""

from __future__ import annotations

from typing import Any

from gateway.pages.client import Refused
from gateway.pages.page import Form, Page

NAMES = ("family_name", "given_name", "patronymic")
DOCUMENT = {"country": "document.country", "type": "document.type", "document": "document.number"}
"""The fields of a document, by their names in the form and in the API."""
ROOTS = {"number": "number", **{api: form for form, api in DOCUMENT.items()}}
MAX_NAME = 100


def typed(form: Form) -> dict[str, str]:
    """The fields of the form; digits may have been typed in groups."""
    fields = {name: form[name] for name in (*DOCUMENT, *NAMES)}
    return {"number": "".join(form["number"].split()), **fields}


def body(fields: dict[str, str]) -> dict[str, Any]:
    return {**person(fields), **{name: fields[name] for name in NAMES if fields[name]}}


def person(fields: dict[str, str]) -> dict[str, Any]:
    """The number or the document, whichever is filled in."""
    if fields["number"]:
        return {"number": fields["number"]}
    return {"document": {api.removeprefix("document."): fields[name] for name, api in DOCUMENT.items()}}


def missing(page: Page, fields: dict[str, str]) -> dict[str, str]:
    """What to fill in, by field; empty when all is there."""
    errors = missing_person(page, fields)
    if not fields["family_name"]:
        errors["family_name"] = page.gettext("Type the family name as it stands in the document.")
    if not fields["given_name"]:
        errors["given_name"] = page.gettext("Type the given name as it stands in the document.")
    return errors


def missing_person(page: Page, fields: dict[str, str]) -> dict[str, str]:
    some = [name for name in DOCUMENT if fields[name]]
    if fields["number"] and some:
        return {"number": page.gettext("Leave either the number or the document: one of them is compared.")}
    if not fields["number"] and not some:
        return {"number": page.gettext("Type the number (РНОКПП), or fill in the document instead.")}
    if fields["number"]:
        return {}
    return {name: text for name, text in _document_texts(page).items() if not fields[name]}


def wrong(page: Page, refused: Refused, *, within: str = "") -> dict[str, str]:
    """The API's reasons by the form's fields, in the reader's language; empty when it is not about these fields.
    `within`: where in the body they stand.
    """
    texts = _document_texts(page) | {
        "number": page.gettext("A digit of this number (РНОКПП) is wrong: compare it with the document."),
        **dict.fromkeys(NAMES, page.gettext("A name has at most %(letters)s letters.") % {"letters": MAX_NAME}),
    }
    fields = [field.removeprefix(within) for field in refused.fields]
    named = [ROOTS.get(field, field) for field in fields]
    return {name: texts[name] for name in named if name in texts}


def _document_texts(page: Page) -> dict[str, str]:
    return {
        "country": page.gettext("Two letters of the country, for example PL."),
        "type": page.gettext("The kind of document, for example passport."),
        "document": page.gettext("The number of the document."),
    }
