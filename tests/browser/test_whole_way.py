"""The whole ways: a citizen books, comes and is served; what goes wrong on the way; and the same without JavaScript."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from services.local.claims import Role
from tests.browser.judging import accessible
from tests.browser.people import Citizen, staff, today
from tests.browser.signing_in import choose, sign_in
from tests.browser.visiting import KIOSK, LAPTOP, PHONE, WALL, Visitor
from tests.browser.walking import CENTRE, OVER, REVIEW, TICKET, confirm, heading, hold, times_of
from tests.e2e.local_run import Run

pytestmark = pytest.mark.slow

DESK, ELSEWHERE = "hsc-0741-1", "hsc-1841"


def test_a_visit_from_the_first_search_to_the_last_step(visitor: Visitor, town: Run, people: Iterator[Citizen]) -> None:
    """One person with a phone, the terminal, the desk and the board of the hall, each in a window of its own."""
    person = next(people)
    phone = visitor("en", size=PHONE)
    starts_at = _found_and_held(phone, person)
    phone.get_by_label("E-mail").fill("anna@example.com")
    ticket = confirm(phone)
    expect(phone.locator("img.code")).to_have_js_property("complete", True)
    assert phone.locator("img.code").evaluate("image => image.naturalWidth") > 100

    town.clock("set", (starts_at - timedelta(minutes=20)).isoformat())
    phone.reload()
    expect(phone.locator("#state")).to_contain_text("show the code at the terminal")
    board, desk = visitor("en", size=WALL), visitor("en", size=LAPTOP)
    board.goto(f"/board/{CENTRE}")
    sign_in(desk, f"desk-{DESK}", then=f"/desk/{DESK}")
    for page in (phone, board, desk):
        page.evaluate("window.wasNotLeft = true")

    _checked_in(visitor("en", size=KIOSK), ticket)
    expect(phone.locator("#state")).to_contain_text("You are next.")
    expect(board.locator("#ordinary")).to_contain_text(str(ticket))
    expect(desk.locator("#queue")).to_contain_text(str(ticket))

    desk.keyboard.press("n")
    expect(desk.locator(".desk-ticket-number")).to_have_text(str(ticket))
    expect(board.locator(f"#calls [data-ticket='{ticket}']")).to_contain_text("1")
    expect(heading(phone)).to_have_text("It is your turn")
    expect(phone.get_by_role("alert")).to_contain_text("Go to desk 1 now.")
    _served(desk, person)
    expect(board.locator("#calls-none")).to_be_visible()
    for page in (phone, board, desk):
        assert page.evaluate("window.wasNotLeft"), page.url
    phone.reload()
    expect(heading(phone)).to_have_text("The visit is over")


def _found_and_held(phone: Page, person: Citizen) -> datetime:
    """Search, service, map, day, time, sign-in, time: when the visit is."""
    phone.goto("/")
    phone.get_by_label("Which service do you need?").fill("vehicle")
    phone.get_by_role("button", name="Find").click()
    phone.get_by_role("link", name="Registration or re-registration").click()
    phone.get_by_role("link", name="Choose a centre").click()
    phone.get_by_label("Map of the centres").get_by_role("link", name=re.compile("0741")).click()
    phone.locator(".calendar a").nth(1).click()
    phone.get_by_role("link", name="Sign in to take a time").click()
    choose(phone, person.who)
    hold(phone, "09:40")
    expect(phone.get_by_role("timer")).to_have_text(re.compile(r"^[45]:\d\d$"))
    expect(phone.get_by_text("These data are compared with your documents")).to_be_visible()
    expect(phone.locator(".facts")).to_contain_text(person.document["family_name"])
    return datetime.fromisoformat(person.api.get("bookings").json()["items"][0]["starts_at"])


def _checked_in(terminal: Page, ticket: int) -> None:
    """By the number of the ticket, typed on the keys of the screen."""
    sign_in(terminal, "terminal", then=f"/terminal/{CENTRE}?lang=en")
    terminal.get_by_role("link", name="I have a booking").click()
    for digit in str(ticket):
        terminal.locator(f"[data-digit='{digit}']").click()
    terminal.get_by_role("button", name="I am here").click()
    expect(heading(terminal)).to_have_text("You are checked in")
    expect(terminal.locator(".ticket-number")).to_have_text(str(ticket))


def _served(desk: Page, person: Citizen) -> None:
    """With the keyboard alone: the fields, and single keys for each step."""
    desk.locator("#number").focus()
    desk.keyboard.type(person.document["number"])
    for name in ("family_name", "given_name", "patronymic"):
        desk.locator(f"#{name}").focus()
        desk.keyboard.insert_text(person.document[name])
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="The document matches the booking")).to_be_focused()
    desk.keyboard.press("s")
    expect(desk.get_by_text("served since")).to_be_visible()
    desk.keyboard.press("f")
    expect(desk.get_by_role("status").filter(has_text="Served. The desk is free.")).to_be_focused()


def test_the_same_way_without_javascript(visitor: Visitor, town: Run, people: Iterator[Citizen]) -> None:
    """Down to the ticket; nothing is on the page that would need a script."""
    phone, person = visitor("en", size=PHONE, scripts=False), next(people)
    _found_without_script(phone, person)
    phone.locator("button.time").first.click()
    expect(heading(phone)).to_have_text(REVIEW)
    for one in phone.locator("[data-needs-script]").all():
        expect(one).to_be_hidden()
    phone.get_by_label("E-mail").fill("anna@nowhere")
    phone.get_by_role("button", name="Confirm the booking").click()
    expect(phone.get_by_role("link", name="Write the e-mail address in full")).to_be_visible()
    phone.get_by_label("E-mail").fill("")
    assert confirm(phone) >= 1000
    expect(phone.locator("img.code")).to_be_visible()
    phone.get_by_role("link", name="Cancel the booking").click()
    phone.get_by_role("button", name="Yes, cancel it").click()
    expect(heading(phone)).to_have_text("The booking is cancelled")


def _found_without_script(phone: Page, person: Citizen) -> None:
    phone.goto("/services/vehicle-registration")
    phone.get_by_role("link", name="Choose a centre").click()
    phone.get_by_role("link", name=re.compile("0741")).last.click()
    phone.locator(".calendar a").nth(2).click()
    phone.get_by_role("link", name="Sign in to take a time").click()
    choose(phone, person.who)


def test_a_spent_limit_leads_on(visitor: Visitor, town: Run, people: Iterator[Citizen]) -> None:
    """To the bookings that count, the limits, and a day when it renews or the terminal."""
    person = next(people)
    ids = [person.api.confirmed(time)["id"] for time in town.times(4)]
    phone = sign_in(visitor("en"), person.who, then=times_of(town.time()[:10]))
    phone.locator("button.time").last.click()
    expect(heading(phone)).to_have_text("The applicant's limit of bookings is exceeded")
    linked = {link.get_attribute("href") for link in phone.locator("main a[href^='/bookings/']").all()}
    assert linked == {f"/bookings/{one}" for one in ids}
    expect(phone.get_by_role("heading", name="Book at the terminal in the centre")).to_be_visible()
    phone.get_by_role("link", name="See all my limits").click()
    expect(phone.locator("main")).to_contain_text("4 of 4 used")


def test_a_hold_that_runs_out_says_so_and_can_be_taken_again(
    visitor: Visitor, town: Run, people: Iterator[Citizen]
) -> None:
    """A minute before its end there is a warning; at the end the page goes on by itself, and nothing chosen is lost."""
    phone = visitor("en")
    phone.clock.install()
    starts_at = town.time()
    sign_in(phone, next(people).who, then=times_of(starts_at[:10]))
    first = hold(phone, starts_at[11:16])
    expect(phone.locator("#soon")).to_be_hidden()
    phone.clock.fast_forward("04:15")
    expect(phone.get_by_role("alert")).to_contain_text("Less than a minute is left.")
    town.clock("advance", "6m")
    phone.clock.fast_forward("01:00")
    expect(heading(phone)).to_have_text(OVER)
    phone.get_by_role("button", name=re.compile("^Hold .* again$")).click()
    expect(heading(phone)).to_have_text(REVIEW)
    assert first not in phone.url


def test_a_hold_outlives_the_service_that_keeps_it(visitor: Visitor, town: Run, people: Iterator[Citizen]) -> None:
    """While the service is down the page says what to do; the hold is there when it is back, and is confirmed once."""
    person, starts_at = next(people), town.time()
    phone = sign_in(visitor("en"), person.who, then=times_of(starts_at[:10]))
    held = hold(phone, starts_at[11:16])
    os.kill(town.processes()["booking_svc"]["pid"], signal.SIGKILL)
    phone.get_by_role("button", name="Confirm the booking").click()
    again = phone.get_by_role("button", name="Send again")
    expect(again.or_(phone.locator(".ticket-number"))).to_be_visible()
    if again.is_visible():
        accessible(phone, where="a part is down")
    while again.is_visible():
        expect(phone.locator("main")).to_contain_text("a time that you hold stays yours until its end")
        again.click()
    expect(heading(phone)).to_have_text(TICKET)
    assert phone.url.endswith(held)
    assert [one["status"] for one in person.api.get("bookings").json()["items"]] == ["confirmed"]


def test_a_desk_works_on_when_the_connection_blinks(visitor: Visitor, town: Run, people: Iterator[Citizen]) -> None:
    """A step that did not get through is sent again by itself; one whose answer was lost is not done twice."""
    waiting = [_waiting(town, person) for person in (next(people), next(people))]
    desk = sign_in(visitor("en", size=LAPTOP), f"desk-{ELSEWHERE}-1", centre=ELSEWHERE, then=f"/desk/{ELSEWHERE}-1")
    desk.context.set_offline(True)
    desk.keyboard.press("n")
    expect(desk.locator("#connection")).to_be_visible()
    desk.context.set_offline(False)
    expect(desk.locator(".desk-ticket-number")).to_have_text(str(waiting[0]))
    expect(desk.locator(".desk-calls")).to_have_text("1 call")
    expect(desk.locator("#connection")).to_be_hidden()

    lost = []

    def lose(route: Route) -> None:
        """It arrives, but the answer does not."""
        lost.append(route.fetch(max_redirects=0).status)
        route.abort()

    desk.route(f"**/desk/{ELSEWHERE}-1", lose, times=1)
    desk.keyboard.press("r")
    expect(desk.locator(".desk-calls")).to_have_text("2 calls")
    assert lost == [303]
    expect(desk.locator("main").get_by_role("alert")).to_have_count(0)


def _waiting(town: Run, person: Citizen) -> int:
    """Somebody who booked at the terminal for now; gives the ticket."""
    starts_at = town.slots(today(town), centre=ELSEWHERE)[0]["starts_at"]
    applicant = {"kind": "individual", **person.document}
    terminal = staff(town, Role.TERMINAL, ELSEWHERE)
    return int(terminal.confirmed(starts_at, centre=ELSEWHERE, applicant=applicant)["ticket"]["number"])
