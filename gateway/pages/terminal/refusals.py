"""Why the API refused, and what to do next, for somebody who stands at the terminal."""

from __future__ import annotations

from typing import NamedTuple

from gateway.pages.client import Refused
from gateway.pages.formats import Formats
from gateway.pages.page import Page
from gateway.pages.terminal.draft import ASKED, Draft, Errors, Say, errors_of, screen_of

FIELDS = {
    "applicant.number": "number",
    "applicant.document": "document",
    "applicant.document.country": "country",
    "applicant.document.type": "type",
    "applicant.document.number": "document",
    "applicant.edrpou": "edrpou",
    "applicant.family_name": "family_name",
    "applicant.given_name": "given_name",
    "applicant.patronymic": "patronymic",
    "applicant.priority": "priority",
}
"""Fields of the API's body, as the form names them."""


class Refusal(NamedTuple):
    """What stands on the screen."""

    title: str
    why: str
    next: str = ""


class Comeback(NamedTuple):
    """To which screen a refused booking leads, and what is said there."""

    screen: str
    refusal: Refusal | None = None
    errors: Errors = {}


def booking_refusal(refused: Refused, draft: Draft, page: Page) -> Comeback:
    """The visitor loses nothing: the screen where it can be mended comes up again."""
    if refused.code == "invalid_request":
        return _wrong_data(refused, draft, page.gettext)
    if refused.code == "priority_needs_document":
        return Comeback("priority", errors={"document_shown": str(refused.document["detail"])})
    screens = {"slot_full": "time", "outside_window": "time", "hold_expired": "time", "priority_used": "who"}
    return Comeback(screens.get(refused.code, "review"), _refusal(refused, page))


def _wrong_data(refused: Refused, draft: Draft, gettext: Say) -> Comeback:
    names = [FIELDS[field] for field in refused.fields if field in FIELDS]
    if not names:
        return Comeback("service", _as_told(refused))
    screen = screen_of(names)
    known = errors_of(draft, screen, gettext)
    unknown = gettext("This was not accepted. Please compare it with your document.")
    return Comeback(screen, errors={name: known.get(name, unknown) for name in names if name in ASKED[screen]})


def _refusal(refused: Refused, page: Page) -> Refusal:
    gettext = page.gettext
    if refused.code == "quota_exhausted":
        return _quota(refused, page)
    if refused.status >= 500:
        why = gettext("A part of the system does not answer just now. Nothing that you filled in is lost.")
        return Refusal(gettext("Please try once more"), why, gettext("Press the button again in a moment."))
    nexts = {
        "slot_full": gettext("These times are free now: choose another one."),
        "outside_window": gettext("These times are free now: choose another one."),
        "hold_expired": gettext("These times are free now: choose another one."),
        "cooldown": gettext("Choose another service, or come again from that day on."),
        "priority_used": gettext("For the same service today, choose “For myself”."),
    }
    told = _as_told(refused)
    return told._replace(next=nexts.get(refused.code, gettext("The administrator in the hall will help you.")))


def _quota(refused: Refused, page: Page) -> Refusal:
    """In the reader's words: the API names fields of its document."""
    told, write = refused.document, Formats(page.language)
    period = write.month(f"{told['period']}-01") if len(told["period"]) == 7 else write.day(told["period"])
    counted = {"used": told["used"], "limit": told["limit"], "period": period}
    why = page.gettext("Bookings at terminals, %(period)s: %(used)s of %(limit)s are used.") % counted
    if told["renews_at"]:
        why += " " + page.gettext("It renews on %(day)s.") % {"day": write.day(told["renews_at"])}
    online = page.gettext("Booking online has a limit of its own: there you can book another day, also from a phone.")
    return Refusal(told["title"], why, online)


def arrival_refusal(refused: Refused, *, by_number: bool, gettext: Say) -> Refusal:
    """Why somebody cannot be checked in."""
    own = gettext("The administrator in the hall will help you.")
    if refused.code == "not_found":
        why = gettext("Among today’s tickets of this centre there is no such number.")
        hint = gettext("Compare the number and the day on the ticket, and whether it is a priority number.")
        return Refusal(gettext("No such ticket today"), why, hint)
    if refused.code == "invalid_request" and not by_number:
        why = gettext("What was scanned is not a ticket of ours.")
        hint = gettext("Show the QR code of the ticket itself, or type the number of the ticket.")
        return Refusal(gettext("This is not a ticket"), why, hint)
    if refused.code == "forbidden":
        why = gettext("The ticket is for another centre. It stands on the ticket which one.")
        return Refusal(gettext("This ticket is for another centre"), why, own)
    if refused.code == "check_in_too_late":
        return _as_told(refused)._replace(next=gettext("You can take another time for today here."))
    if refused.code in ("illegal_transition", "already_cancelled", "hold_expired"):
        why = gettext("The visit is over already, or the booking was cancelled.")
        return Refusal(gettext("This ticket is no longer valid"), why, gettext("You can take a time for today here."))
    return _as_told(refused)._replace(next=own)


def _as_told(refused: Refused) -> Refusal:
    return Refusal(str(refused.document.get("title", refused.code)), str(refused.document.get("detail", "")))
