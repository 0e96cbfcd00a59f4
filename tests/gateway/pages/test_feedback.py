"""Visitors rate a desk without JavaScript and without a login, and managers answer them, on real services."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.pages.sessions import payload
from tests.e2e.local_run import Run, local_runs, wait_until
from tests.gateway.pages.reading import KEYS, Reader, Shown, cookie

pytestmark = pytest.mark.slow

CENTRE, DESK, OTHER, THIRD = "hsc-0741", "hsc-0741-1", "hsc-0741-2", "hsc-0741-3"
QUESTIONS = ("premises", "services", "staff", "process", "overall")
GOOD = {f"answer-{question}": "4" for question in QUESTIONS}
BAD = GOOD | {"answer-overall": "1"}
SEND = "Send the message"


@pytest.fixture(scope="module")
def city() -> Iterator[Run]:
    """Tuesday, 2 March 2027, 09:00 in Kyiv."""
    with local_runs() as make:
        bot = {"TELEGRAM_TOKEN": "42:none", "TELEGRAM_API_URL": "http://127.0.0.1:9", "TELEGRAM_BOT": "vizyt_bot"}
        run = make(VIZYT_CLOCK="2027-03-02T09:00:00+02:00", GATEWAY_SESSION_KEYS=KEYS, **bot)
        run.start()
        yield run


@pytest.fixture
def visitor(city: Run) -> Reader:
    """Somebody who is not signed in."""
    return Reader(city)


def code(city: Run, desk: str = DESK) -> dict[str, Any]:
    return city.caller("manager", "--centre", CENTRE).get(f"feedback/desks/{desk}").raise_for_status().json()


def page_of(city: Run, desk: str = DESK) -> str:
    return f"/f/{code(city, desk)['feedback_code']}"


def remarks(city: Run) -> int:
    found = city.caller("manager", "--centre", CENTRE).get("feedback/remarks", centre=CENTRE, limit=200)
    return len(found.raise_for_status().json()["items"])


def secret(shown: Shown) -> str:
    return next(form.fields["session"] for form in shown.forms if "session" in form.fields)


# The visitor


def test_a_visit_is_rated_by_a_form_alone(city: Run, visitor: Reader) -> None:
    """Five questions with four answers each; afterwards thanks, and what becomes of a remark."""
    shown = visitor.open(page_of(city))
    assert shown.heading == "Rate your visit"
    assert "Desk 1 · Territorial Service Centre No. 0741, Lutsk" in shown.text
    assert re.search(r"until 09:1\d", shown.text)
    assert [len(re.findall(f'name="answer-{question}"', shown.source)) for question in QUESTIONS] == [4] * 5
    thanks = visitor.press(shown, SEND, **BAD, comment="Довга черга", contact="olena@example.org")
    assert (thanks.status, thanks.heading) == (200, "Thank you!")
    assert "has to react within 24 hours. The answer comes to your e-mail address." in thanks.text
    good = visitor.press(visitor.open(page_of(city)), SEND, **GOOD)
    assert "react" not in good.text


def test_the_page_is_kept_nowhere_and_knows_nobody(city: Run, visitor: Reader) -> None:
    """No cookie, no place in a cache; the secret is new each time and never in an address."""
    shown = visitor.open(page_of(city))
    assert shown.response.headers["cache-control"] == "no-store"
    assert shown.response.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in shown.response.headers
    assert secret(shown) != secret(visitor.open(page_of(city)))
    answer = visitor.send("POST", shown.path, data={"session": secret(shown), **GOOD}, follow=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{shown.path}/thanks")
    assert "Sign out" not in manager(city).open(shown.path).source


def test_what_is_missing_is_named_and_nothing_else_is_lost(city: Run, visitor: Reader) -> None:
    """In the same session; a contact that is none as well."""
    shown = visitor.open(page_of(city))
    half = {name: value for name, value in GOOD.items() if name != "answer-staff"}
    again = visitor.press(shown, SEND, **half, comment="<b>Слова</b>", contact="x")
    assert again.status == 422
    assert '<a href="#answer-staff">How was the staff?</a>' in again.source
    assert again.text.count("Please choose one of the answers.") == 1
    assert "&lt;b&gt;Слова&lt;/b&gt;" in again.source
    assert secret(again) == secret(shown)
    form = again.form(SEND)[0].fields
    assert (form["answer-overall"], form["contact"], "answer-staff" in form) == ("4", "x", False)
    contact = visitor.press(again, SEND, **{"answer-staff": "4"})
    assert (contact.status, 'href="#contact"' in contact.source) == (422, True)
    long = visitor.press(contact, SEND, contact="", comment="і" * 4001)
    assert "At most 4000 characters." in long.text
    assert visitor.press(long, SEND, contact="", comment="").heading == "Thank you!"


def test_another_language_keeps_the_session_and_the_answers(city: Run, visitor: Reader) -> None:
    shown = visitor.open(page_of(city))
    sent = {"session": secret(shown), "step": "language", "answer-staff": "2"}
    polish = Shown(visitor.send("POST", f"{shown.path}?lang=pl", data=sent))
    assert (polish.status, polish.heading, secret(polish)) == (200, "Oceń wizytę", secret(shown))
    assert polish.form("Wyślij wiadomość")[0].fields["answer-staff"] == "2"
    ukrainian = Shown(visitor.send("POST", f"{shown.path}?lang=uk", data=sent))
    assert ukrainian.form("Надіслати повідомлення")[0].fields["answer-staff"] == "2"


def test_a_second_time_it_says_that_it_was_sent(city: Run, visitor: Reader) -> None:
    """The button pressed twice, or once more after going back and changing one's mind."""
    shown = visitor.open(page_of(city))
    visitor.press(shown, SEND, **GOOD)
    for answers in (GOOD, BAD, {}):
        again = visitor.press(shown, SEND, **answers)
        assert (again.status, again.heading) == (409, "Already sent")
    assert f'href="{shown.path}/sent?lang=pl"' in again.source
    assert Reader(city, language="pl").open(f"{shown.path}/sent").heading == "Już wysłano"


def test_a_code_that_does_not_work_says_what_to_do(city: Run, visitor: Reader) -> None:
    """Unknown, cut off, or revoked; a code may be typed as people type."""
    before = page_of(city, OTHER)
    assert visitor.open(f"/f/{before[3:].upper()}").status == 200
    city.caller("manager", "--centre", CENTRE).post(f"feedback/desks/{OTHER}/revoke").raise_for_status()
    for address in ("/f/0", f"/f/{'0' * 26}", f"/f/{'я' * 200}", before, f"{before}-1"):
        shown = visitor.open(address)
        assert (shown.status, shown.heading) == (404, "This code does not work"), address
        assert "Scan the code that is at the desk now." in shown.text
    assert visitor.open(page_of(city, OTHER)).status == 200


def test_only_the_form_itself_is_taken(city: Run, visitor: Reader) -> None:
    """Not from another site, not with a made-up secret, not with megabytes; and nothing is opened for a page that
    nobody sees yet.
    """
    address = page_of(city)
    shown = visitor.open(address)
    foreign = {"sec-fetch-site": "cross-site", "accept": "text/html"}
    assert visitor.send("POST", address, data={"session": secret(shown), **GOOD}, headers=foreign).status_code == 403
    for made_up in ({}, {"session": "../../desks"}, {"session": "a" * 43}):
        assert Shown(visitor.send("POST", address, data={**GOOD, **made_up})).heading == "The time is over"
    odd = visitor.press(shown, SEND, **GOOD, **{"answer-other": "4"})
    assert odd.status == 422
    assert visitor.press(shown, SEND, **GOOD, comment="x" * 10_000_000).status == 413
    early = visitor.send("GET", address, headers={"sec-purpose": "prefetch"})
    assert (early.status_code, early.content) == (503, b"")
    assert visitor.open(f"{address}/nothing").status == 404
    assert visitor.press(shown, SEND, **GOOD).heading == "Thank you!"


# The citizen


def test_booking_itself_is_rated_once_a_month(city: Run) -> None:
    """Offered on the page of the ticket; three questions, and no remark to anybody."""
    somebody = city.citizen()
    anna = Reader(city, somebody.token)
    ticket = anna.open(f"/bookings/{somebody.confirmed(city.time())['id']}")
    shown = anna.follow(ticket, "How easy was booking?")
    assert (shown.heading, shown.path) == ("Rate the booking", "/rate/booking")
    again = anna.press(shown, SEND, comment="Слова")
    assert (again.status, "How clear were the texts?" in again.text) == (422, True)
    marks = {f"answer-{question}": "1" for question in ("finding", "clarity", "overall")}
    thanks = anna.press(again, SEND, **marks)
    assert (thanks.heading, "react" in thanks.text) == ("Thank you!", False)
    for shown_again in (anna.press(again, SEND, **marks), anna.open("/rate/booking")):
        assert (shown_again.status, shown_again.heading) == (409, "Already sent")
    assert "scan" not in shown_again.text
    assert manager(city).open("/rate/booking").status == 403


def test_a_visit_that_is_over_is_rated_as_a_real_one(city: Run) -> None:
    """From its own page, once; the booking is not named to who keeps the ratings."""
    anna, booking = visited(city)
    over = anna.open(f"/bookings/{booking}")
    shown = anna.follow(over, "Rate this visit")
    assert "Desk 4 · Territorial Service Centre" in shown.text
    again = anna.press(shown, SEND, comment="Справжній візит")
    assert again.status == 422
    assert anna.press(again, SEND, **BAD).heading == "Thank you!"
    assert anna.follow(over, "Rate this visit").heading == "Already sent"
    assert "Verified visit" in manager(city).open(f"/centre/{CENTRE}/remarks").text
    assert Reader(city, city.citizen().token).open(f"/rate/visit/{booking}").status == 404


def visited(city: Run) -> tuple[Reader, str]:
    """A citizen who has just been served, and the booking."""
    somebody, desk = city.citizen(), city.caller("administrator", "--desk", f"{CENTRE}-4")
    booking = somebody.confirmed("2027-03-02T09:40:00+02:00")["id"]
    person = {name: payload(somebody.token)[name] for name in ("number", "family_name", "given_name")}
    assert desk.post(f"bookings/{booking}/check-in").is_success
    assert desk.post(f"desks/{CENTRE}-4/call").json()["visit"] == booking
    assert desk.post(f"visits/{booking}/verify", person).json() == {"match": True}
    assert desk.post(f"visits/{booking}/start").is_success
    assert desk.post(f"visits/{booking}/finish", {"outcome": "served"}).is_success
    anna = Reader(city, somebody.token)
    wait_until(lambda: anna.open(f"/rate/visit/{booking}").status == 200, seconds=20)
    return anna, booking


# The manager


def manager(city: Run, *, centre: str = CENTRE, language: str = "en") -> Reader:
    return Reader(city, city.told("token", "manager", "--centre", centre), language)


def remarked(city: Run, **more: str) -> str:
    """A visitor's remark on the second desk; gives the address of its page."""
    visitor = Reader(city)
    visitor.press(visitor.open(page_of(city, OTHER)), SEND, **BAD, **more)
    return manager(city).open(f"/centre/{CENTRE}/remarks").to(f"/centre/{CENTRE}/remarks/")[0]


def test_a_manager_reads_and_answers_a_remark(city: Run) -> None:
    """With marks, words, due time and whether there is a contact; answered once."""
    boss, address = manager(city), remarked(city, comment="Зачинені двері", contact="olena@example.org")
    listed = boss.open(f"/centre/{CENTRE}/remarks")
    first = listed.text.partition("Remarks To be answered")[2]
    assert re.search(r"Desk 2 · Tuesday, 2 March, 09:\d\d Зачинені двері", first)
    for words in ("As a whole 1 terrible", "Answer by Wednesday, 3 March, 09:", "E-mail left"):
        assert words in first, words
    remark = boss.open(address)
    assert "olena@example.org" not in remark.source
    assert "Contact: olena@example.org" in boss.press(remark, "Show the contact").text
    empty = boss.press(remark, "Send the answer")
    assert (empty.status, 'href="#text"' in empty.source) == (422, True)
    answered = boss.press(remark, "Send the answer", text="Двері відчинено.")
    assert "on its way to the visitor" in answered.text
    assert "Двері відчинено." in answered.text
    assert boss.press(remark, "Send the answer", text="Двері відчинено.").status == 200
    assert boss.press(boss.open(remarked(city)), "Send the answer", text="і" * 4001).status == 422
    again = boss.press(empty, "Send the answer", text="Інше.")
    assert (again.status, "Двері відчинено." in again.text) == (409, True)
    assert "Двері відчинено." not in boss.open(f"/centre/{CENTRE}/remarks").text
    assert "Зачинені двері" in boss.open(f"/centre/{CENTRE}/remarks?state=answered").text


def test_the_stream_of_remarks_knows_the_session_on_this_origin_only(city: Run) -> None:
    """An EventSource sends no token: the session's stands for it, where the browser says that our page asks."""
    address = f"/api/v1/feedback/remarks/stream?centre={CENTRE}&limit=1"
    signed_in = cookie(city.told("token", "manager", "--centre", CENTRE))
    for site, given, status in (
        ("same-origin", signed_in, 200),
        ("same-site", signed_in, 401),
        ("cross-site", signed_in, 401),
        ("same-origin", cookie(city.citizen().token), 403),
        ("same-origin", "", 401),
    ):
        with city.http.stream("GET", address, headers={"sec-fetch-site": site, "cookie": given}) as answer:
            assert answer.status_code == status, (site, status)
            assert status != 200 or any(line.startswith("data: ") for line in answer.iter_lines())
    plain = city.http.get("/api/v1/feedback/remarks", params={"centre": CENTRE}, headers={"cookie": signed_in})
    assert plain.status_code == 401


def test_a_manager_prints_codes_and_replaces_one(city: Run) -> None:
    """Pictures and sheets as the API gives them; a new code is asked for again before the old one is worthless."""
    boss, before = manager(city), code(city, THIRD)["feedback_code"]
    listed = boss.open(f"/centre/{CENTRE}/feedback")
    assert len(listed.to("/sheet.pdf")) == 4
    for name, kind in (("qr.svg", "image/svg+xml"), ("qr.png", "image/png"), ("sheet.pdf", "application/pdf")):
        found = boss.open(f"/centre/{CENTRE}/feedback/{THIRD}/{name}")
        assert (found.status, found.response.headers["content-type"]) == (200, kind)
    assert boss.open(listed.link("Sheets of all desks")).source.startswith("%PDF")
    assert boss.open(f"/centre/{CENTRE}/feedback/{THIRD}/desk.txt").status == 404
    chat = boss.open(next(link for link in listed.to("/qr.png") if THIRD in link and "telegram" in link))
    assert chat.response.content != boss.open(f"/centre/{CENTRE}/feedback/{THIRD}/qr.png").response.content
    asked = boss.open(f"/centre/{CENTRE}/feedback/{THIRD}/revoke")
    assert asked.heading == "A new code for desk 3?"
    done = boss.press(asked, "Revoke and make a new one")
    assert "Desk 3 has a new code" in done.text
    after = code(city, THIRD)["feedback_code"]
    assert after != before
    boss.press(asked, "Revoke and make a new one")
    assert code(city, THIRD)["feedback_code"] == after


def test_remarks_and_codes_are_for_the_managers_of_that_centre(city: Run) -> None:
    address = remarked(city)
    elsewhere, citizen = manager(city, centre="hsc-5641"), Reader(city, city.citizen().token)
    for path in (f"/centre/{CENTRE}/remarks", address, f"/centre/{CENTRE}/feedback"):
        for somebody in (elsewhere, citizen):
            assert somebody.open(path).status == 403, path
    assert manager(city).open(address.replace(CENTRE, "hsc-5641")).status == 404
    assert manager(city).open(f"/centre/{CENTRE}/remarks/nothing").status == 404
    for language, words in (("uk", "Без відповіді"), ("pl", "Do odpowiedzi")):
        assert words in manager(city, language=language).open(f"/centre/{CENTRE}/remarks").text


def test_the_bot_runs_beside_the_services(city: Run) -> None:
    """Where the environment has a token; it holds nothing up when Telegram is out of reach."""
    assert city.processes()["telegram_bot"]["port"] == 0
    assert city.told("doctor")


# Last, because time goes on for everybody


def test_after_ten_minutes_the_time_is_over(city: Run, visitor: Reader) -> None:
    """And the code is to be scanned again: also for a form that only wants another language."""
    shown, before = visitor.open(page_of(city)), remarks(city)
    city.clock("advance", "9m")
    assert visitor.press(shown, SEND).status == 422
    city.clock("advance", "1m")
    late = visitor.press(shown, SEND, **BAD)
    assert (late.status, late.heading) == (410, "The time is over")
    assert "Scan the code at the desk again" in late.text
    sent = {"session": secret(shown), "step": "language"}
    assert visitor.send("POST", f"{shown.path}?lang=pl", data=sent).status_code == 410
    assert remarks(city) == before
    assert visitor.open(f"{shown.path}/over").status == 200
    city.clock("advance", "24h")
    overdue = manager(city).open(f"/centre/{CENTRE}/remarks").text
    assert re.search(r"\d are overdue", overdue)
    assert "Overdue since Wednesday, 3 March, 09:" in overdue
