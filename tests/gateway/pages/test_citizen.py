"""The whole way of a citizen on the pages, over HTTP and without JavaScript, with the real services behind it."""

from __future__ import annotations

import gzip
import os
import re
import signal
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from gateway.pages.sessions import payload
from services.local.home import Home
from services.local.issuer import Issuer
from tests.e2e.local_run import Caller, Run, local_runs, wait_until
from tests.gateway.pages.reading import KEYS, Reader, Shown

pytestmark = pytest.mark.slow

CENTRE, OTHER, THIRD = "hsc-0741", "hsc-5641", "hsc-1841"
SERVICE, EXAM = "vehicle-registration", "theory-exam"
PATIENCE_SECONDS = 30.0


@pytest.fixture(scope="module")
def city() -> Iterator[Run]:
    """Tuesday, 2 March 2027, 09:00 in Kyiv; open are the days up to 22 March, all of them in one month."""
    with local_runs() as make:
        run = make(VIZYT_CLOCK="2027-03-02T09:00:00+02:00", GATEWAY_SESSION_KEYS=KEYS)
        run.start()
        yield run


@pytest.fixture
def anna(city: Run) -> Reader:
    """Somebody whom no other test knows."""
    return reader(city, city.citizen())


def reader(city: Run, somebody: Caller, language: str = "en") -> Reader:
    return Reader(city, somebody.token, language)


def days(day: str, *, centre: str = CENTRE, service: str = SERVICE) -> str:
    return f"/book/{service}/{centre}/{day}"


def held(somebody: Reader, day: str, time: str, **place: str) -> Shown:
    shown = somebody.press(somebody.open(days(day, **place)), time)
    assert shown.path.startswith("/bookings/"), shown.text
    return shown


def confirmed(somebody: Reader, day: str, time: str, **place: str) -> Shown:
    return somebody.press(held(somebody, day, time, **place), "Confirm the booking")


# The way


def test_a_citizen_books_by_links_and_buttons_alone(anna: Reader) -> None:
    """From the list of services to the ticket; no script, every step an address of its own."""
    service = anna.follow(anna.press(anna.open("/"), "Find", q="vehicle"), "Registration or re-registration")
    assert "Proof of acquisition" in service.text
    centres = anna.follow(service, "Choose a centre")
    assert 'aria-label="Map of the centres"' in centres.source
    day = anna.follow(centres, "No. 0741, Lutsk")
    assert "Tue – Sat 09:00–17:00" in day.text
    times = anna.follow(day, "Friday, 5 March")
    review = anna.press(times, "09:20")
    assert review.heading == "Check and confirm"
    assert "Friday, 5 March, 09:20" in review.text
    assert "If anything differs, the service is refused" in review.text
    ticket = anna.press(review, "Confirm the booking")
    assert (ticket.heading, ticket.status) == ("Your visit is booked", 200)
    assert "Ticket 1000" in ticket.text
    assert anna.open(f"{ticket.path}/ticket.svg").response.headers["content-type"] == "image/svg+xml"
    calendar = anna.follow(ticket, "Add to the calendar")
    assert "BEGIN:VEVENT" in calendar.source
    assert "attachment" in calendar.response.headers["content-disposition"]
    assert "Friday, 5 March, 09:20" in anna.open("/").text


def test_the_review_names_the_applicant_but_not_the_whole_number(city: Run, anna: Reader) -> None:
    """All that was entered; of the number the last four digits; the legal entity by its public code."""
    entity = Caller(city, city.told("token", "citizen", "--edrpou", "14360570", "--first", "990"))
    shown = held(reader(city, entity), "2027-03-05", "10:00")
    assert "legal entity, ЄДРПОУ 14360570" in shown.text
    shown = held(anna, "2027-03-05", "10:00")
    assert re.search(r"Tax number ends in \d{4}\b", shown.text)
    assert not re.search(r"\d{10}", re.sub(r'"[^"]*"', "", shown.source))


def test_a_login_without_a_name_is_asked_for_it(city: Run) -> None:
    """Before anything is held; what is missing is named, and what was filled in stays."""
    claims = {"sub": "nameless", "roles": ["citizen"], "document": "PL:passport:ZS0000177"}
    nameless = Reader(city, Issuer(Home(city.home)).token(claims, now=city.now()))
    asked = nameless.press(nameless.open(days("2027-03-05")), "10:40")
    assert (asked.status, asked.heading) == (422, "Your name, please")
    again = nameless.press(asked, "Hold the time", family_name="Nowak")
    assert again.link("Write your given name") == "#given_name"
    assert again.form("Hold the time")[0].fields["family_name"] == "Nowak"
    review = nameless.press(again, "Hold the time", given_name="Anna")
    assert "Nowak Anna" in review.text
    assert "Document ends in 0177" in review.text


def test_a_sign_in_that_no_service_takes_is_told_and_not_begun_again_for_ever(city: Run) -> None:
    """An issuer may let people in without a question. Later it is a login that has ended."""
    claims, issuer = {"sub": "stranger", "roles": ["citizen"], "iss": "another"}, Issuer(Home(city.home))
    fresh = Reader(city, issuer.token(claims, now=city.now())).open("/bookings")
    assert (fresh.status, fresh.heading) == (502, "The login failed")
    old = Reader(city, issuer.token(claims, now=city.now() - timedelta(minutes=1)))
    assert old.send("GET", "/bookings", follow=False).headers["location"] == "/login?next=/bookings"


def test_the_end_of_a_hold_is_told_beforehand(anna: Reader) -> None:
    """WCAG 2.2.1: how long it lasts, that it can be taken again, and a warning that is read aloud."""
    shown = held(anna, "2027-03-05", "10:20")
    assert re.search(r"held for you until \d\d:\d\d\.", shown.text)
    seconds = re.search(r'data-countdown="(\d+)"', shown.source)
    assert seconds
    assert 200 < int(seconds[1]) <= 300
    assert "you can hold the same time again" in shown.text
    assert re.search(r'role="alert"><p [^>]*id="soon" hidden', shown.source)


def test_a_hold_that_ran_out_can_be_taken_again(city: Run) -> None:
    """Nothing that was chosen is lost."""
    late = reader(city, city.citizen())
    shown = held(late, "2027-03-06", "09:00")
    city.clock("advance", "6m")
    over = late.press(shown, "Confirm the booking")
    assert over.heading == "The time on hold ran out"
    assert "It does not count in your limit" in over.text
    review = late.press(over, "Hold Saturday, 6 March, 09:00 again")
    assert (review.heading, review.path != shown.path) == ("Check and confirm", True)


def test_a_confirmed_booking_is_not_given_back_by_an_old_window(anna: Reader) -> None:
    """The review was left open while the booking was confirmed elsewhere."""
    review = held(anna, "2027-03-06", "11:00")
    assert anna.press(review, "Confirm the booking").heading == "Your visit is booked"
    assert anna.press(review, "Give the time back").heading == "Your visit is booked"


def test_a_time_given_back_is_free_at_once(anna: Reader) -> None:
    """And the reader is back at that day."""
    times = anna.press(held(anna, "2027-03-06", "09:20"), "Give the time back")
    assert times.path == days("2027-03-06")
    assert "It does not count in your limit" in times.text


def test_a_contact_that_cannot_be_used_comes_back(anna: Reader) -> None:
    """With the field named and everything that was typed; nothing is confirmed."""
    review = held(anna, "2027-03-06", "09:40")
    wrong = anna.press(review, "Confirm the booking", email="anna@nowhere", phone="+380671234567")
    assert (wrong.status, wrong.heading) == (422, "Check and confirm")
    assert wrong.link("Write the e-mail address in full") == "#email"
    assert wrong.form("Confirm")[0].fields["email"] == "anna@nowhere"
    assert wrong.form("Confirm")[0].fields["phone"] == "+380671234567"
    ticket = anna.press(wrong, "Confirm the booking", email="anna@example.com")
    assert ticket.heading == "Your visit is booked"
    assert ticket.form("Save")[0].fields["email"] == "anna@example.com"
    assert "we will not write to you" in anna.press(ticket, "Save", email="", phone="").text


def test_cancelling_is_asked_first(anna: Reader) -> None:
    """And says that it may still count; whoever comes back sees what became of it."""
    ticket = confirmed(anna, "2027-03-06", "10:00")
    ask = anna.follow(ticket, "Cancel the booking")
    assert "may still count in your limit" in ask.text
    assert anna.follow(ask, "No, keep it").heading == "Your visit is booked"
    assert anna.press(ask, "Yes, cancel it").heading == "The booking is cancelled"
    assert anna.open(f"{ticket.path}/cancel").heading == "The booking is cancelled"
    assert "Was cancelled" in anna.open("/bookings").text


def test_who_is_not_signed_in_sees_times_and_comes_back_to_them(city: Run) -> None:
    """The sign-in keeps the address, and it is ours whatever stands behind it."""
    times = Reader(city).open(days("2027-03-09") + "?next=//elsewhere.example")
    assert "09:20 4 free" in times.text
    assert times.link("Sign in to take a time").startswith("/login?next=/book/vehicle-registration/hsc-0741/2027-03-09")
    assert not any(form.method == "post" for form in times.forms)
    answer = Reader(city).send("GET", "/bookings", follow=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/bookings")


def test_the_desk_is_told_on_the_page_that_somebody_follows(city: Run) -> None:
    """On the day: that they have to show the ticket, how many are before, which desk calls, and what came of it."""
    somebody = city.citizen()
    anna = reader(city, somebody)
    ticket = confirmed(anna, "2027-03-02", "11:00", centre=THIRD)
    visit = ticket.path.rpartition("/")[2]
    assert "When you come, show the code at the terminal" in ticket.text
    assert f'data-stream="/api/v1/centres/{THIRD}/board/stream"' in ticket.source
    desk = city.caller("administrator", "--desk", f"{THIRD}-1")
    assert desk.post(f"bookings/{visit}/check-in").status_code == 200
    assert "You are next." in anna.open(ticket.path).text
    assert desk.post(f"desks/{THIRD}-1/call").json()["visit"] == visit
    called = anna.open(ticket.path)
    assert called.heading == "It is your turn"
    assert re.search(r'role="alert"><p>Go to desk 1 now', called.source)
    who = payload(somebody.token)
    names = {name: who[name] for name in ("number", "family_name", "given_name")}
    assert desk.post(f"visits/{visit}/verify", names).status_code == 200
    assert desk.post(f"visits/{visit}/start").status_code == 200
    assert anna.open(ticket.path).heading == "You are being served"
    document = "Registration certificate, if the vehicle was registered before"
    missing = {"outcome": "missing_documents", "missing_documents": [document]}
    assert desk.post(f"visits/{visit}/finish", missing).status_code == 200
    over = anna.open(ticket.path)
    assert over.heading == "The visit is over"
    assert document in over.text
    assert over.link("Book again") == f"/book/{SERVICE}/{THIRD}"


def listed(shown: Shown) -> list[str]:
    """The centres in the order of the list."""
    return re.findall(r'<h3><a href="/book/[^/]+/([^"]+)"', shown.source)


# Refusals


def test_a_spent_limit_names_what_counts_and_when_it_renews(city: Run) -> None:
    """With links to the bookings, and the terminal as another way."""
    somebody = city.citizen()
    ids = [somebody.confirmed(f"2027-03-1{day}T09:00:00+02:00")["id"] for day in (0, 1, 2, 3)]
    anna = reader(city, somebody)
    refused = anna.press(anna.open(days("2027-03-16")), "09:00")
    assert (refused.status, refused.heading) == (409, "The applicant's limit of bookings is exceeded")
    assert "4 of 4 bookings for March 2027" in refused.text
    assert {address.rpartition("/")[2] for address in refused.to("/bookings/")} == set(ids)
    assert "Book for a day from Thursday, 1 April on" in refused.text
    assert "0 of 4 used" in refused.text
    limits = anna.follow(refused, "See all my limits")
    assert "4 of 4 used" in limits.text
    assert set(limits.to("/bookings/")) == {f"/bookings/{one}" for one in ids}


def test_a_taken_time_leads_to_others(city: Run, anna: Reader) -> None:
    """The nearest times that day as buttons, the next day, and centres near, all of them free."""
    page = anna.open(days("2027-03-16"))
    for _ in range(4):
        city.citizen().held("2027-03-16T10:00:00+02:00")
    refused = anna.press(page, "10:00")
    assert (refused.status, refused.heading) == (409, "This time is taken")
    form, _ = refused.form("10:20")
    assert [text[:5] for text, _, _ in form.buttons] == ["09:00", "09:20", "09:40", "10:20", "10:40", "11:00"]
    assert refused.link("The next free day") == days("2027-03-17")
    assert refused.to("/book/vehicle-registration/hsc-5641") != []
    assert anna.press(refused, "10:20").heading == "Check and confirm"


def test_too_early_for_another_attempt_names_the_day(city: Run) -> None:
    """And the booking whose cancelling lifts it."""
    somebody = city.citizen()
    first = somebody.confirmed("2027-03-09T09:00:00+02:00", service=EXAM)
    anna = reader(city, somebody)
    refused = anna.press(anna.open(days("2027-03-10", service=EXAM)), "09:00")
    assert (refused.status, refused.heading) == (409, "It is too early for another attempt")
    assert "possible from Saturday, 20 March" in refused.text
    assert refused.link("The first free day") == days("2027-03-20", service=EXAM)
    assert f"/bookings/{first['id']}" in refused.to("/bookings/")


def test_a_day_that_is_not_open_yet_says_when_it_opens(anna: Reader) -> None:
    """Also to a form that somebody made up."""
    closed = anna.open(days("2027-03-24"))
    assert "it opens on Thursday, 4 March at 06:00" in closed.text
    page = anna.open(days("2027-03-16"))
    refused = anna.press(page, "09:20", starts_at="2027-03-24T09:20:00+02:00")
    assert (refused.status, refused.heading) == (422, "This time cannot be booked")
    assert "it opens on Thursday, 4 March at 06:00" in refused.text


@pytest.mark.parametrize("sent", ["", "soon", "2027-03-16", "2027-03-16T09:20:00", "2027-03-16T09:20:00+02:00\n"])
def test_a_made_up_time_comes_back_to_the_day(anna: Reader, sent: str) -> None:
    """As an error of the form, or as what it means."""
    shown = anna.press(anna.open(days("2027-03-16")), "09:20", starts_at=sent)
    wrong = sent.strip() != "2027-03-16T09:20:00+02:00"
    assert (shown.status, shown.heading) == ((422, "Tuesday, 16 March") if wrong else (200, "Check and confirm"))


def test_a_part_that_is_down_loses_nothing(city: Run, anna: Reader) -> None:
    """The form is there again, under the same key: sent twice, it is done once."""
    page = anna.open(days("2027-03-17"))
    os.kill(city.processes()["quota_svc"]["pid"], signal.SIGKILL)
    shown = anna.press(page, "09:20")
    if shown.status == 503:  # else it was up again before
        assert shown.form("Send again")[0].fields["key"] == page.form("09:20")[0].fields["key"]

    def sent() -> bool:
        nonlocal shown
        if shown.status == 503:
            shown = anna.press(shown, "Send again")
        return shown.status == 200

    wait_until(sent, seconds=PATIENCE_SECONDS)
    assert shown.heading == "Check and confirm"
    assert len(anna.open("/bookings").to("/bookings/")) == 1


# Reading


def test_services_are_found_by_words_and_nothing_typed_is_code(city: Run) -> None:
    """In the reader's language; what was typed stays in the field, as text."""
    found = Reader(city, language="uk").open("/?q=посвідчення+ВОДІЯ")
    assert "Обмін посвідчення водія" in found.text
    assert "ID-картка" not in found.text
    hostile = Reader(city).open("/?q=<script>alert(1)</script>")
    assert "<script>alert" not in hostile.source
    assert hostile.forms[0].fields["q"] == "<script>alert(1)</script>"
    assert "No service has all these words" in hostile.text


def test_what_can_be_had_online_says_so_first(city: Run) -> None:
    """A link to elsewhere tells nobody where it was followed."""
    shown = Reader(city).open("/services/licence-exchange")
    assert shown.link("Get it online") == "https://e-driver.hsc.gov.ua"
    assert re.search(r'href="https://e-driver.hsc.gov.ua" rel="noopener noreferrer"', shown.source)
    assert "from day 11 after the last one" in Reader(city).open(f"/services/{EXAM}").text


def test_centres_come_by_time_by_distance_or_by_region(city: Run) -> None:
    """The nearest first for whoever says where they are; a region that nobody knows comes back to its field."""
    anybody = Reader(city)
    near = anybody.open(f"/book/{SERVICE}?lat=50.25&lon=28.66")
    assert listed(near) == [THIRD, OTHER, CENTRE]
    assert re.search(r"\b24\d km from you", near.text)
    region = anybody.open(f"/book/{SERVICE}?region=UA56000000000066151")
    assert listed(region)[0] == OTHER
    assert "Elsewhere" in region.text
    assert anybody.open(f"/book/{SERVICE}?region=nowhere").link("Choose a region of the list") == "#region"
    assert anybody.open(f"/book/{SERVICE}?lat=north&lon=nan").status == 200


def test_the_calendar_tells_every_day_of_the_window(city: Run) -> None:
    """Links only where there is room; what is closed and what opens next in words, too."""
    shown = Reader(city).open(f"/book/{SERVICE}/{OTHER}")
    assert len(shown.to(f"/book/{SERVICE}/{OTHER}/2027-03-")) == 15
    assert "Sunday, 7 March, closed on this day" in shown.text
    assert "Tuesday, 23 March, Opens Wednesday, 3 March, 06:00" in shown.text
    assert "places at the terminal in the centre" in shown.text


@pytest.mark.parametrize(
    "address",
    [
        "/services/nothing",
        "/book/nothing",
        f"/book/{SERVICE}/nowhere",
        f"/book/{SERVICE}/lublin-bom-main",
        f"/book/{SERVICE}/{CENTRE}/tomorrow",
        f"/book/{SERVICE}/{CENTRE}/20270316",
        "/bookings/1",
        "/bookings/01a20c96-4758-78e4-834d-99df4cc2b839",
        "/bookings/01a20c96-4758-78e4-834d-99df4cc2b839/move",
    ],
)
def test_what_is_not_there_is_a_page_that_leads_on(anna: Reader, address: str) -> None:
    """404, and the way to the start."""
    shown = anna.open(address)
    assert (shown.status, shown.heading) == (404, "Not found")
    assert shown.link("To the start") == "/"


def test_nobody_sees_the_booking_of_somebody_else(city: Run, anna: Reader) -> None:
    """Neither its page nor its ticket nor its end."""
    ticket = confirmed(reader(city, city.citizen()), "2027-03-17", "11:00").path
    for part in ("", "/ticket.svg", "/calendar.ics", "/cancel", "/move"):
        assert anna.open(ticket + part).status == 404, part
    mine = held(anna, "2027-03-17", "11:00")
    form, _ = mine.form("Confirm")
    assert anna.send("POST", ticket, data={**form.fields, "step": "release"}).status_code == 404


@pytest.mark.parametrize(("language", "words"), [("uk", "Перевірте й підтвердьте"), ("pl", "Sprawdź i potwierdź")])
def test_the_way_goes_in_every_language(city: Run, language: str, words: str) -> None:
    """Dates and plural forms, too."""
    somebody = reader(city, city.citizen(), language)
    times = somebody.open(days("2027-03-18"))
    assert f'<html lang="{language}"' in times.source
    assert {"uk": "11:20 4 вільні", "pl": "11:20 4 wolne"}[language] in times.text
    assert {"uk": "четвер, 18 березня", "pl": "czwartek, 18 marca"}[language] == times.heading
    review = somebody.press(times, "09:20")
    assert review.heading == words
    assert somebody.open(f"{review.path}?lang=en").heading == "Check and confirm"


def test_the_first_page_is_light(city: Run) -> None:
    """Under 50 KB with everything that it loads."""
    with httpx.Client(base_url=city.url, headers={"accept": "text/html"}, trust_env=False) as http:
        page = http.get("/")
        files = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
        loaded = sum(len(gzip.compress(http.get(file).content)) for file in files)
    assert len(files) >= 3
    assert len(gzip.compress(page.content)) + loaded < 50_000


# What moves the clock by more than minutes comes last


def test_a_time_that_a_pause_took_moves_without_quota(city: Run) -> None:
    """The booking offers it, a form leads to another time, and a made-up time comes back to it."""
    somebody = city.citizen()
    anna = reader(city, somebody)
    ticket = confirmed(anna, "2027-03-02", "12:00", centre=OTHER)
    assert anna.open(f"{ticket.path}/move").path == ticket.path
    manager = city.caller("manager", "--centre", OTHER)
    city.clock("set", "2027-03-02T11:50:00+02:00")
    assert manager.post(f"centres/{OTHER}/pause", {"reason": "air_raid"}).status_code == 200
    assert "The queue stands still just now: air-raid alert." in anna.open(ticket.path).text
    city.clock("set", "2027-03-02T12:30:00+02:00")
    choice = anna.follow(anna.open(ticket.path), "Move to another time")
    assert "no limit is used" in choice.text
    other_day = anna.follow(choice, "Thursday, 4 March")
    assert anna.press(other_day, "09:40", starts_at="never").status == 422
    moved = anna.press(other_day, "09:40")
    assert (moved.path, moved.heading) == (ticket.path, "Your visit is booked")
    assert "Thursday, 4 March, 09:40" in moved.text
    assert manager.post(f"centres/{OTHER}/resume").status_code == 200


def test_who_missed_too_many_visits_reads_how_it_is_lifted(city: Run) -> None:
    """Which visits, at which centre, and that the terminal stays open."""
    somebody = city.citizen()
    ids = [somebody.confirmed(f"2027-03-03T{hour}:00:00+02:00", centre=THIRD)["id"] for hour in (10, 11, 12, 13)]
    city.clock("set", "2027-03-03T18:00:00+02:00")
    anna = reader(city, somebody)
    wait_until(lambda: "Online booking is closed to you" in anna.open("/quota").text, seconds=PATIENCE_SECONDS)
    refused = anna.press(anna.open(days("2027-03-19")), "09:20")
    assert (refused.status, refused.heading) == (403, "Online booking is blocked because of no-shows")
    assert "You missed 4 visits in March 2027" in refused.text
    assert "Territorial Service Centre No. 1841, Zhytomyr" in refused.text
    assert set(ids) == {address.rpartition("/")[2] for address in refused.to("/bookings/")}
    assert anna.open(f"/bookings/{ids[0]}").heading == "The visit was missed"
