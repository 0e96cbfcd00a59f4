"""The device that stands in a hall, and how its screens are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.page import Form, Page
from services.errors import Problem

IDLE_SECONDS = 60
"""So long nobody touches anything before it asks whether somebody is still there."""
ANSWER_SECONDS = 20
"""So long it waits for the answer, then everything is forgotten (WCAG 2.2.1 asks for 20 at least)."""


class OtherCentre(Problem):
    """Fields: `centre`, the terminal's own."""

    status, code = 403, "other_centre"
    title = {
        "uk": "Це термінал іншого центру",
        "en": "This is another centre's terminal",
        "pl": "To terminal innego centrum",
    }
    detail = {
        "uk": "Цей пристрій стоїть у центрі {centre} і працює лише для нього. Відкрийте адресу того центру.",
        "en": "This device stands in the centre {centre} and works for it alone. Open that centre's address.",
        "pl": "To urządzenie stoi w centrum {centre} i działa tylko dla niego. Otwórz adres tego centrum.",
    }


@dataclass
class Kiosk:
    """`centre`: as the API shows it with its desks."""

    page: Page
    centre: dict[str, Any]

    @property
    def home(self) -> str:
        """The start, in the language of most visitors: the one before may have chosen another."""
        return f"{address(self.page)}?lang={self.centre['languages'][0]}"

    @property
    def today(self) -> date:
        return self.page.now.astimezone(ZoneInfo(self.centre["time_zone"])).date()

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A screen. No browser keeps it."""
        given = {"kiosk": self, "idle_seconds": IDLE_SECONDS, "answer_seconds": ANSWER_SECONDS, **values}
        response = self.page.render(f"terminal/{template}", status=status, **given)
        response.headers["cache-control"] = "no-store"
        return response


def address(page: Page) -> str:
    return f"/terminal/{page.given('centre')}"


async def kiosk(page: Page) -> Kiosk:
    """Raises `SignIn`, `WrongRole`, `OtherCentre`, and `Refused` when the centre cannot be read."""
    device, name = page.need("terminal"), page.given("centre")
    if device.centre != name:
        raise OtherCentre(centre=device.centre or "—")
    return Kiosk(page, await page.api.get(f"centres/{name}"))


def trouble(page: Page, refused: Refused, form: Form | None = None) -> Response:
    """Something does not answer: the screen says so, and comes back by itself; what was filled in is sent once more
    from there. Raises what only staff can mend.
    """
    if refused.status in (401, 403):
        raise refused
    told = {"problem": refused.document, "home": address(page), "form": form or {}}
    response = page.render("terminal/trouble.html", status=refused.status, **told)
    response.headers["cache-control"] = "no-store"
    return response
