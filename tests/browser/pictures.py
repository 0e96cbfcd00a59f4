"""`make screenshots`: pictures of the main pages, of a fresh run with its demo data, into docs/screenshots."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image
from playwright.sync_api import Browser, Page

from services.local.claims import Role
from tests.browser.chromium import launched
from tests.browser.people import Citizen, citizens, staff
from tests.browser.signing_in import sign_in
from tests.browser.states import BUSY, Day, at_work
from tests.browser.visiting import KIOSK, LAPTOP, PHONE, WALL
from tests.browser.walking import CENTRE, SERVICE, confirm, hold, times_of
from tests.e2e.local_run import ROOT, Run, local_runs

FOLDER = ROOT / "docs" / "screenshots"
COLOURS, WIDEST = 96, 1100
MORNING = "2027-03-02T09:00:00+02:00"


def take(page: Page, name: str) -> None:
    """Few colours and no more pixels than a page of documentation shows."""
    page.wait_for_load_state("load")  # the QR code of a ticket is a picture of its own
    picture = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    picture.thumbnail((WIDEST, 3 * WIDEST), Image.Resampling.LANCZOS)
    path = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KB\n")


class Studio:
    """Whose window it is, in which size."""

    def __init__(self, browser: Browser, run: Run) -> None:
        self._browser, self._run = browser, run

    @contextmanager
    def window(self, size: tuple[int, int], *, sharp: int = 1, dark: bool = False) -> Iterator[Page]:
        context = self._browser.new_context(
            base_url=self._run.url,
            locale="en",
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=sharp,
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Kyiv",
        )
        yield context.new_page()
        context.close()


def of_a_citizen(studio: Studio, person: Citizen, time: str) -> None:
    with studio.window(PHONE, sharp=2) as page:
        page.goto("/")
        take(page, "home")
        sign_in(page, person.who, then=times_of(time[:10]))
        take(page, "times")
        hold(page, time[11:16])
        take(page, "review")
        confirm(page)
        take(page, "ticket")
    with studio.window(LAPTOP) as page:
        page.goto(f"/book/{SERVICE}")
        take(page, "map")


def of_the_hall(studio: Studio) -> None:
    with studio.window(KIOSK) as page:
        sign_in(page, "terminal", then=f"/terminal/{CENTRE}?lang=en")
        page.locator("h1").wait_for()
        take(page, "terminal")
    with studio.window(WALL, dark=True) as page:
        page.goto(f"/board/{BUSY}")
        take(page, "board")


def of_a_rating(studio: Studio, day: Day) -> None:
    codes = staff(day.run, Role.MANAGER, BUSY)
    code = codes.get(f"feedback/desks/{BUSY}-1").raise_for_status().json()["feedback_code"]
    with studio.window(PHONE, sharp=2) as page:
        page.goto(f"/f/{code}")
        page.locator("form").first.wait_for()
        take(page, "rating")


def of_staff(studio: Studio, day: Day) -> None:
    with studio.window(LAPTOP) as page:
        sign_in(page, f"desk-{BUSY}-3", centre=BUSY, then=f"/desk/{BUSY}-3")
        page.keyboard.press("n")
        page.locator("#number").wait_for()
        in_line(day, 14)
        for name, value in day.bookings["waiting"][0].document.items():
            page.locator(f"#{name}").fill(value)
        page.keyboard.press("Enter")
        page.locator(".desk-compared").wait_for()
        take(page, "desk")
        page.locator("[data-shortcut=KeyS]").click()
        page.locator("[data-shortcut=KeyF]").wait_for()
    day.desk(4).post(f"desks/{BUSY}-4/call")
    with studio.window(LAPTOP) as page:
        sign_in(page, "manager", centre=BUSY, then=f"/centre/{BUSY}")
        take(page, "manager")


def in_line(day: Day, count: int) -> None:
    """Visitors who took a time at the terminal, every fifth of them with priority."""
    terminal = day.terminal()
    for place in range(count):
        priority = {} if place % 5 else {"priority": "military", "document_shown": True}
        applicant = {"kind": "individual", **next(day.people).document, **priority}
        terminal.confirmed(day.today(BUSY, 8 + place // 2), centre=BUSY, applicant=applicant)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with local_runs() as make, launched() as browser:
        run = make(VIZYT_CLOCK=MORNING)
        run.start()
        people, studio = citizens(run), Studio(browser, run)
        of_a_citizen(studio, next(people), run.time())
        day = at_work(run, people)
        of_staff(studio, day)
        of_the_hall(studio)
        of_a_rating(studio, day)


if __name__ == "__main__":
    main()
