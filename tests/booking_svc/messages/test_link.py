"""The link to cancel: opening it changes nothing, pressing the button cancels, and nothing else opens it."""

from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from booking_svc.messages.composing import Visit
from booking_svc.messages.links import CancelLinks
from booking_svc.messages.page import State, page
from services.errors import LANGUAGES

SEED = bytes.fromhex("33" * 32)


async def reminded(letters, **more):
    """A booking, and the path of the link in its reminder."""
    visit = letters.town.at("15:00")
    booking = await letters.booked(visit, **more)
    await letters.due(visit - timedelta(hours=2))
    return booking, letters.link()


async def status(letters, booking):
    answer = await letters.town.booking.get(f"/api/v1/bookings/{booking['id']}", headers=letters.town.citizen())
    return answer.json()


async def test_opening_the_link_changes_nothing(letters):
    """Mail programs and scanners open links: the page asks, in the language of the message."""
    booking, link = await reminded(letters)
    for _ in range(2):
        answer = await letters.page("GET", link)
        assert answer.status_code == 200
        assert "Скасувати візит?" in answer.text
        assert "Обмін посвідчення" in answer.text
        assert '<form method="post"' in answer.text
    assert (await letters.page("HEAD", link)).status_code == 200
    assert (await status(letters, booking))["status"] == "confirmed"


async def test_pressing_the_button_cancels_as_the_applicant(letters):
    """The place is free, the use still counts, as when the applicant cancels; no login is needed."""
    booking, link = await reminded(letters)
    answer = await letters.page("POST", link)
    assert answer.status_code == 200
    assert "Візит скасовано" in answer.text
    found = await status(letters, booking)
    assert (found["status"], found["cancelled_by"]) == ("cancelled", "applicant")
    await letters.town.healthy()
    assert await letters.town.used(letters.town.citizen()) == 1
    assert len(letters.office.mails) == 1  # the applicant knows


async def test_pressing_it_again_says_that_it_is_done(letters):
    """Neither an error nor a second cancellation."""
    _, link = await reminded(letters)
    await letters.page("POST", link)
    for method in ("POST", "GET"):
        answer = await letters.page(method, link)
        assert answer.status_code == 200
        assert "Цей візит уже скасовано" in answer.text
        assert "<form" not in answer.text


async def test_who_has_been_called_is_too_late(letters):
    """By the same rule as everywhere."""
    booking, link = await reminded(letters)
    await letters.context.db.hot(
        "UPDATE booking SET status = 'called', desk = 'town-1', called_at = $2, calls = 1, checked_in_at = $2"
        " WHERE id = $1",
        booking["id"],
        letters.clock.now(),
    )
    for method in ("GET", "POST"):
        answer = await letters.page(method, link)
        assert answer.status_code == 409
        assert "Скасувати вже не можна" in answer.text
    assert (await status(letters, booking))["status"] == "called"


async def test_a_link_that_is_none_of_ours_opens_nothing(letters):
    """The ticket's token, a piece of a token, another's signature, a booking that is not there, odd letters."""
    booking, link = await reminded(letters)
    token = link.removeprefix("/c/").split("?")[0]
    other = CancelLinks(SEED, None).token(uuid4())
    for bad in (booking["ticket"]["token"], token[:-1], token[:22] + other[22:], other, "%00%D1%8F" + token[3:]):
        for method in ("GET", "POST"):
            answer = await letters.page(method, f"/c/{bad}?lang=en")
            assert answer.status_code == 404
            assert "This link does not work" in answer.text
    assert (await status(letters, booking))["status"] == "confirmed"


async def test_the_page_speaks_the_language_that_is_asked_for(letters):
    """`lang=` goes before the language of the booking."""
    _, link = await reminded(letters, language="pl")
    path = link.split("?")[0]
    for suffix, words in (("", "Odwołać wizytę?"), ("?lang=en", "Cancel the visit?"), ("?lang=uk", "Скасувати візит?")):
        assert words in (await letters.page("GET", path + suffix)).text


async def test_the_page_needs_nothing_from_elsewhere(letters):
    """Its own style by its hash, a form to itself; no script, no frame, no search engine, nothing kept."""
    _, link = await reminded(letters)
    headers = (await letters.page("GET", link)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert (headers["x-robots-tag"], headers["x-frame-options"]) == ("noindex", "DENY")


class Outline(HTMLParser):
    """Which elements a page has, and the addresses in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.languages = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("href", "src", "action")]
        self.languages += [value for name, value in attributes if name == "lang" and tag == "html"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(State))
def test_every_page_can_be_read_without_eyes_and_without_scripts(state, language):
    """One heading, a main part, its language, links to the others; the outcome is announced; no outside address."""
    text = page(state, language).body.decode()
    outline = Outline(text)
    assert outline.languages == [language]
    assert outline.tags.count("h1") == outline.tags.count("main") == outline.tags.count("title") == 1
    assert not {"script", "img", "iframe", "link"} & set(outline.tags)
    assert all(address.startswith("?lang=") for address in outline.addresses)
    assert ("button" in outline.tags) == (state is State.OFFER)
    assert ('role="status"' in text) == (state is not State.OFFER)


def test_what_a_catalogue_says_cannot_become_markup():
    """Texts of other people are shown as text."""
    visit = Visit("en", "<script>alert(1)</script>", 'A & "B"', "now", 1000, ())
    text = page(State.OFFER, "en", visit).body.decode()
    assert "<script" not in text
    assert "A &amp; &quot;B&quot;" in text


def test_a_token_names_its_booking_and_is_good_for_nothing_else():
    """The same for the same booking; another under another seed."""
    booking_id, links = uuid4(), CancelLinks(SEED, "https://vizyt.example.org/")
    token = links.token(booking_id)
    assert links.booking_id(token) == booking_id
    assert links.url(booking_id, "pl") == f"https://vizyt.example.org/c/{token}?lang=pl"
    assert CancelLinks(bytes(32), None).booking_id(token) is None
    assert CancelLinks(SEED, None).url(booking_id, "pl") is None
