"""Rating a visit on a phone, a minute before the bus leaves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.judging import accessible
from tests.browser.measuring import Cost
from tests.browser.signing_in import sign_in
from tests.browser.visiting import LAPTOP, PHONE, Visitor
from tests.e2e.local_run import Run

QUESTIONS = ("premises", "services", "staff", "process", "overall")
SEND = {"uk": "Надіслати повідомлення", "en": "Send the message", "pl": "Wyślij wiadomość"}
WAYS = [("uk", False), ("en", True), ("pl", False)]
BOTTOM = "document.querySelector('.rate-send').getBoundingClientRect().top"


@pytest.fixture(scope="module")
def address(town: Run) -> str:
    """What the code of a desk leads to."""
    manager = town.caller("manager", "--centre", "hsc-0741")
    code = manager.get("feedback/desks/hsc-0741-1").raise_for_status().json()["feedback_code"]
    return f"/f/{code}"


def answer(page: Page, *values: int) -> None:
    for question, value in zip(QUESTIONS, values, strict=False):
        page.locator(f"[name=answer-{question}][value='{value}']").check()


@pytest.mark.parametrize(("language", "dark"), WAYS)
def test_five_questions_and_the_button_stand_on_one_screen(
    visitor: Visitor, address: str, language: str, dark: bool
) -> None:
    """Without scrolling, at 360 × 740, in every language; nothing is cut off, and all of it is accessible."""
    page = visitor(language, size=PHONE, dark=dark)
    page.goto(address)
    groups = page.get_by_role("group")
    for question in groups.all()[:5]:
        expect(question).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name=SEND[language])).to_be_in_viewport(ratio=1)
    assert page.locator("#answer-overall").bounding_box()["y"] < page.evaluate(BOTTOM)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    accessible(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_visit_is_rated_in_seven_presses(visitor: Visitor, address: str, scripts: bool) -> None:
    """With and without scripts; a comment unfolds when it is wanted."""
    page = visitor("uk", scripts=scripts)
    page.goto(address)
    answer(page, 4, 4, 3, 4, 2)
    page.get_by_text("Додати коментар або контакт").click()
    page.get_by_label("Зауваження або пропозиція").fill("Бракує місць для сидіння")
    page.get_by_role("button", name=SEND["uk"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Дякуємо!")
    expect(page.get_by_text("Керівник центру вже бачить")).to_be_visible()
    assert page.url.count("?") == 1
    if scripts:
        accessible(page)


def test_what_was_forgotten_is_named_and_reached(visitor: Visitor, address: str) -> None:
    """The summary takes the focus, and leads to the question; Enter in a field sends, and chooses no language."""
    page = visitor("en")
    page.goto(address)
    answer(page, 4, 4)
    page.get_by_text("Add a comment or a contact").click()
    page.get_by_label("E-mail or telephone").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Please check")).to_be_focused()
    accessible(page)
    page.get_by_role("link", name="How was the staff?").click()
    expect(page.locator("#answer-staff")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#answer-staff")).to_be_checked()
    expect(page.locator("[name=answer-premises][value='4']")).to_be_checked()


@pytest.mark.parametrize("scripts", [True, False])
def test_another_language_loses_no_answer(visitor: Visitor, address: str, scripts: bool) -> None:
    page = visitor("uk", scripts=scripts)
    page.goto(address)
    answer(page, 4, 3, 2)
    page.get_by_role("button", name="PL").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Oceń wizytę")
    expect(page.locator("[name=answer-staff][value='2']")).to_be_checked()
    answer(page, 4, 3, 2, 4, 4)
    page.get_by_role("button", name=SEND["pl"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dziękujemy!")


def test_the_time_is_told_and_runs_out_in_words(visitor: Visitor, address: str) -> None:
    """A clock, a warning in the last minute, and then what to do, with what was written still there."""
    page = visitor("en")
    page.clock.install()
    page.goto(address)
    clock = page.get_by_role("timer")
    expect(clock).to_have_text(re.compile(r"9:5\d|10:00"))
    page.get_by_text("Add a comment or a contact").click()
    page.get_by_label("A remark or a proposal").fill("Words")
    page.clock.fast_forward("09:05")
    expect(page.get_by_text("Less than a minute is left")).to_be_visible()
    accessible(page)
    page.clock.fast_forward("01:00")
    expect(clock).to_have_text("0:00")
    expect(page.get_by_text("The time is over. Scan the code again.")).to_be_visible()
    expect(page.get_by_text("Less than a minute is left")).to_be_hidden()
    expect(page.get_by_label("A remark or a proposal")).to_have_value("Words")
    accessible(page)


def test_a_rating_is_sent_once_also_by_going_back(visitor: Visitor, address: str) -> None:
    page = visitor("en", scripts=False)
    page.goto(address)
    answer(page, 4, 4, 4, 4, 4)
    old = page.locator("[name=session]").input_value()
    page.get_by_role("button", name=SEND["en"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you!")
    form = {"session": old, **{f"answer-{one}": "1" for one in QUESTIONS}}
    again = page.request.post(address, form=form, headers={"accept-language": "en"})
    assert again.status == 409
    assert "Already sent" in again.text()


def test_a_code_that_is_no_code_says_what_to_do(visitor: Visitor) -> None:
    page = visitor("pl", size=LAPTOP, dark=True)
    page.goto("/f/00000000000000000000000000")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ten kod nie działa")
    accessible(page)


def test_the_page_is_light_and_still(cost: Callable[..., Cost], address: str) -> None:
    """Under 60 KB into an empty cache, over the air of a hall; nothing jumps."""
    found = cost(address, size=PHONE)
    assert found.bytes < 60_000
    assert found.requests <= 6
    assert found.layout_shift < 0.01


# The manager


def test_a_remark_is_on_the_managers_screen_at_once(visitor: Visitor, town: Run) -> None:
    """Woken by the stream, with the session's cookie: long before the page would ask again by itself."""
    page = sign_in(visitor("en", size=LAPTOP), "manager", then="/centre/hsc-0741/remarks")
    expect(page.get_by_text("Nothing waits for an answer").or_(page.locator(".remark-list"))).to_be_visible()
    manager = town.caller("manager", "--centre", "hsc-0741")
    code = manager.get("feedback/desks/hsc-0741-2").json()["feedback_code"]
    session = town.anybody().post("feedback/sessions", {"feedback_code": code}).json()["id"]
    answers = {**dict.fromkeys(QUESTIONS, 4), "overall": 1}
    body = {"answers": answers, "comment": "Only one window was open", "contact": "+380671234567"}
    with page.expect_response(lambda answer: answer.url.endswith("/remarks"), timeout=15_000):
        assert town.anybody().post(f"feedback/sessions/{session}/submit", body).status_code == 201
    expect(page.get_by_text("Only one window was open")).to_be_visible()
    expect(page.get_by_text("Telephone left").first).to_be_visible()
    accessible(page)
    page.locator("li", has_text="Only one window was open").get_by_role("link").click()
    page.get_by_role("button", name="Show the contact").click()
    expect(page.get_by_text("+380671234567")).to_be_visible()
    page.get_by_label("Answer", exact=True).fill("Two windows are open from tomorrow on.")
    accessible(page)
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("on its way to the visitor").first).to_be_visible()
    expect(page.get_by_text("Two windows are open from tomorrow on.")).to_be_visible()
    accessible(page)


def test_the_codes_of_desks_are_accessible(visitor: Visitor) -> None:
    """With their pictures, on a phone and on a screen."""
    for size, dark in ((PHONE, True), (LAPTOP, False)):
        page = sign_in(visitor("uk", size=size, dark=dark), "manager", then="/centre/hsc-0741/feedback")
        expect(page.get_by_role("img", name="QR-код робочого місця 1")).to_be_visible()
        assert page.evaluate("[...document.images].every(one => one.complete && one.naturalWidth > 0)")
        accessible(page)
