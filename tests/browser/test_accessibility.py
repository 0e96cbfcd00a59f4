"""Citizens' pages keep nobody out, in any state: WCAG 2.2 AA in light and dark, at 320 px, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from services.local import demo_ratings
from services.local.claims import Role
from tests.browser.people import Citizen, staff
from tests.browser.signing_in import sign_in
from tests.browser.states import BUSY, EXAM, Day, lived
from tests.browser.sweeping import Sweep
from tests.browser.tabbing import tab_to
from tests.browser.visiting import LAPTOP, PHONE, WALL, Visitor
from tests.browser.walking import CENTRE, SERVICE, TICKET, heading, times_of
from tests.e2e.local_run import Run, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def day(town: Run, people: Iterator[Citizen]) -> Day:
    return lived(town, people)


OPEN = [
    "/",
    "/?q=nothing+of+the+kind",
    "/services/licence-exchange",
    f"/services/{EXAM}",
    f"/book/{SERVICE}",
    f"/book/{SERVICE}?region=nowhere",
    f"/book/{SERVICE}?lat=50.25&lon=28.66",
    times_of(),
    times_of("2027-03-10"),
    times_of("2027-03-01"),
    times_of("2027-03-07"),
    times_of("2027-04-20"),
    "/help",
    "/accessibility",
    "/nothing-here",
]


@pytest.mark.parametrize(("language", "size"), [("uk", PHONE), ("pl", LAPTOP)])
def test_pages_for_everybody(visitor: Visitor, day: Day, sweep: Sweep, language: str, size: tuple[int, int]) -> None:
    """From the first page to the times of a day, and what is said where nothing is."""
    sweep.at(visitor(language, size=size), *OPEN)


def test_the_frame_in_every_language(visitor: Visitor, sweep: Sweep) -> None:
    """One heading, and the language of the reader."""
    for language, size in (("uk", PHONE), ("en", LAPTOP), ("pl", WALL)):
        page = visitor(language, size=size)
        sweep.at(page, "/help")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_bookings_in_each_state(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """Held, to come, awaited today, in line, called, served, and every end."""
    pages: dict[str, Page] = {}
    for place, (state, (person, booking)) in enumerate(day.bookings.items()):
        language = ("uk", "pl")[place % 2]
        if person.who not in pages:
            pages[person.who] = sign_in(visitor("uk"), person.who)
        page = pages[person.who]
        page.goto(f"/bookings/{booking}?lang={language}")
        sweep.over(page, where=state)
        if state == "confirmed":
            sweep.at(page, f"/bookings/{booking}/cancel", f"/bookings/{booking}?saved=1")
        if state == "movable":
            sweep.at(page, f"/bookings/{booking}/move")


def test_own_lists_and_limits(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """Of somebody with nothing, with many bookings, and of somebody who is barred."""
    ways = [("citizen", "pl"), (day.bookings["served"][0].who, "uk"), (day.refused["blocked_for_no_shows"].who, "uk")]
    for who, language in ways:
        sweep.at(sign_in(visitor(language), who), "/", "/bookings", "/quota")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("quota_exhausted", "pl"),
        ("cooldown", "uk"),
        ("blocked_for_no_shows", "uk"),
        ("slot_full", "pl"),
        ("outside_window", "uk"),
    ],
)
def test_refusals(
    visitor: Visitor, day: Day, people: Iterator[Citizen], sweep: Sweep, code: str, language: str
) -> None:
    """Each says why and what next."""
    person = day.refused.get(code) or next(people)
    time = day.run.time()
    address = times_of(time[:10], service=EXAM if code == "cooldown" else SERVICE)
    page = sign_in(visitor(language), person.who, then=address)
    wanted = page.locator(f"button.time[value='{time}']")
    if code == "slot_full":
        while next(people).api.hold(time).status_code == 201:
            pass
    if code == "outside_window":
        wanted.evaluate("button => button.value = button.value.replace('2027-03', '2027-04')")
        wanted = page.locator("button.time[value^='2027-04']")
    wanted.click()
    expect(page.locator(".trail [aria-current]")).to_be_visible()
    expect(page.locator(f"button[value='{time}']")).to_have_count(0)
    sweep.over(page, where=code)


def test_statistics(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """With charts and without, with a form that came back, and with the desks that only their manager sees."""
    lines = "".join(line for place, line in enumerate(demo_ratings.lines(day.run.now())) if place % 40 == 0)
    headers = {"content-type": "application/x-ndjson"}
    assert staff(day.run, Role.ADMIN).send("POST", "feedback/import", content=lines, headers=headers).is_success
    wait_until(lambda: day.run.anybody().get("stats/ratings", **{"from": "2025-12-01"}).json()["items"], seconds=20)
    busy = f"/stats/centres/{BUSY}"
    sweep.at(visitor("uk", size=PHONE), "/stats", f"{busy}?from=2027-03-01&to=2027-03-31")
    sweep.at(visitor("pl", size=LAPTOP), "/stats/method", "/stats?from=2027-03-02&to=2027-03-01")
    manager = sign_in(visitor("uk", size=PHONE), "manager", centre=BUSY, then=f"{busy}?year=2025")
    for details in manager.locator("main details summary").all():
        details.click()
    sweep.over(manager)


def test_who_is_not_meant_reads_why(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """Another's role, a form of yesterday, a contact that cannot be used."""
    person, booking = day.bookings["confirmed"]
    page = sign_in(visitor("uk"), person.who, then=f"/bookings/{booking}")
    page.get_by_role("textbox").first.fill("anna@nowhere")
    page.locator("button[value=contact]").click()
    expect(page.locator("#errors")).to_be_focused()
    sweep.over(page, where="a contact with an error")
    page.locator("form.contact input[name=csrf]").evaluate("field => field.value = 'yesterday'")
    page.locator("button[value=contact]").click()
    expect(page.locator("#errors")).to_have_count(0)
    sweep.over(page, where="a form of yesterday")
    sweep.at(page, f"/desk/{BUSY}-1")


def test_a_visit_is_booked_by_keyboard_alone(visitor: Visitor, day: Day, people: Iterator[Citizen]) -> None:
    """Every stop is seen and in the order of reading; what is wrong in a form has the focus, and leads to its field."""
    page, person = visitor("en", size=PHONE), next(people)
    page.goto("/")
    _go(page, page.get_by_label("Which service do you need?"), typed="vehicle")
    _go(page, page.get_by_role("link", name="Registration or re-registration"))
    _go(page, page.get_by_role("link", name="Choose a centre"))
    _go(page, page.locator(f".list a[href*='{CENTRE}']"))
    _go(page, page.locator(".calendar a").last)
    _go(page, page.get_by_role("link", name="Sign in to take a time"))
    _go(page, page.locator("input[name=number]"), typed=str(person.index))
    _go(page, page.locator("button.time").last)
    _go(page, page.get_by_label("E-mail"), typed="anna@nowhere")
    expect(page.locator("#errors")).to_be_focused()
    _go(page, page.get_by_role("link", name="Write the e-mail address in full"))
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    _go(page, page.get_by_role("button", name="Confirm the booking"))
    expect(heading(page)).to_have_text(TICKET)


def _go(page: Page, wanted: Locator, *, typed: str = "") -> None:
    """To that stop, and on with Enter."""
    wanted.wait_for()
    tab_to(page, wanted)
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
