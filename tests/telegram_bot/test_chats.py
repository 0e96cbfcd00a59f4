"""A visit is rated in a chat: the whole of it, and everything that can go otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.contracts.feedback import Rated
from telegram_bot.domain import code_of
from tests.feedback_svc.conftest import CENTRE, OTHER_DESK

GOOD = ("excellent", "good", "excellent", "good", "excellent")
BAD = ("good", "good", "terrible", "good", "terrible")


async def test_a_visit_is_rated_with_words_and_a_contact(bot: Any) -> None:
    """Five questions in one message, a comment, a contact, and the button without which nothing is recorded."""
    bot.double.say(f"/start {await bot.world.code()}")
    first = await bot.told("1/5")
    assert f"Desk 1 · Centre {CENTRE}" in first
    assert "You have until 09:10: 10 min." in first
    await bot.answered(*BAD)
    ready = await bot.told("Then press “Send the message”")
    assert "How was the staff? terrible" in ready
    bot.double.say("Nobody said good morning")
    await bot.told("Comment: Nobody said good morning")
    await bot.push("Leave a contact for an answer", then="Write an e-mail address")
    bot.double.say("olena@example.org")
    await bot.told("Contact: olena@example.org")
    assert await bot.world.rows("SELECT FROM rating") == []
    await bot.push("Send the message", then="Thank you!")
    assert "The answer goes to the contact that you left." in bot.double.last()
    [rated] = await bot.world.told(Rated)
    assert (rated.channel, rated.answers["staff"], rated.answers["overall"]) == ("telegram", 1, 1)
    [remark] = (await bot.world.get(f"remarks?centre={CENTRE}", **bot.world.manager())).json()["items"]
    assert (remark["comment"], remark["contact"]) == ("Nobody said good morning", "email")


@pytest.mark.parametrize(
    ("language", "asked", "send"),
    [
        ("uk", "Як вам приміщення центру?", "Надіслати повідомлення"),
        ("pl-PL", "Jak oceniasz pomieszczenia centrum?", "Wyślij wiadomość"),
        ("de", "Як вам приміщення центру?", "Надіслати повідомлення"),
    ],
)
async def test_the_chat_is_in_the_language_of_somebodys_telegram(
    bot: Any, language: str, asked: str, send: str
) -> None:
    """Ukrainian for all others."""
    bot.double.say(f"/start {await bot.world.code()}", language=language)
    await bot.told(asked)
    for number in range(1, 6):
        await bot.told(f"{number}/5")
        bot.double.push("znakomicie" if language == "pl-PL" else "чудово")
    await bot.told(send)
    bot.double.push(send)
    await bot.until(lambda: "Дякуємо" in bot.double.last() or "Dziękujemy" in bot.double.last())
    assert (await bot.world.told(Rated))[0].answers["premises"] == 4


async def test_a_second_time_it_says_that_it_was_sent(bot: Any) -> None:
    """The button of a message that Telegram showed once more."""
    await bot.answered(*GOOD)
    send = await bot.push("Send the message", then="Thank you!")
    bot.double.press(send)
    await bot.told("Already sent")
    assert len(await bot.world.told(Rated)) == 1


@pytest.mark.parametrize("answers", [GOOD[:2], GOOD])
async def test_after_ten_minutes_the_time_is_over(bot: Any, answers: tuple[str, ...]) -> None:
    """Told at the next button, whichever it is; scanning again begins anew."""
    await bot.answered(*answers)
    bot.world.clock.advance(timedelta(minutes=10))
    bot.double.push("Send the message" if len(answers) == 5 else "good")
    await bot.told("The time is over, and nothing was recorded.")
    await bot.answered(*GOOD)
    await bot.push("Send the message", then="Thank you!")


async def test_a_code_that_does_not_work_says_what_to_do(bot: Any) -> None:
    """And so do no code at all, and words out of the blue."""
    for said, then in (
        ("/start 00000000000000000000000000", "This code does not work"),
        (f"/start {'x' * 200}", "This code does not work"),
        ("/start", "Scan the code at the desk where you were served."),
        ("/help@vizyt_bot", "Scan the code at the desk where you were served."),
        ("Good morning", "Scan the code at the desk where you were served."),
    ):
        before = len(bot.double.said())
        bot.double.say(said)
        await bot.until(lambda before=before: len(bot.double.said()) > before)
        assert then in bot.double.last(), said


async def test_nothing_is_lost_while_the_centre_is_away(bot: Any) -> None:
    """The same button works as soon as it is back."""
    bot.way.broken = True
    bot.double.say(f"/start {await bot.world.code()}")
    await bot.told("The centre cannot be reached just now.")
    bot.way.broken = False
    await bot.answered(*GOOD[:4])
    bot.way.broken = True
    await bot.push("excellent", then="Then press")
    bot.double.push("Send the message")
    await bot.told("The centre cannot be reached just now.")
    bot.way.broken = False
    bot.double.push("Send the message")
    await bot.until(lambda: any("Thank you!" in message["text"] for message in bot.double.said()))
    assert len(await bot.world.told(Rated)) == 1


async def test_what_is_no_contact_is_asked_for_again(bot: Any) -> None:
    await bot.answered(*BAD)
    await bot.push("Leave a contact for an answer", then="Write an e-mail address")
    bot.double.say("at home")
    await bot.told("Contact: at home")
    await bot.push("Send the message", then="This is no e-mail address")
    bot.double.say("+380 67 123 45 67")
    await bot.told("Contact: +380 67 123 45 67")
    await bot.push("Send the message", then="Thank you!")


async def test_buttons_that_are_late_or_foreign_answer_nothing(bot: Any) -> None:
    """One pressed twice, one of an older conversation, one that is made up; and the answers can be begun anew."""
    await bot.answered("good")
    data = bot.double.push("good")
    await bot.told("3/5")
    bot.double.press(data)
    mark = data.partition(":")[0]
    for made_up in ("x", "3:9", ":", "contact", "30:4"):
        bot.double.press(f"{mark}:{made_up}")
    await bot.push("terrible", then="4/5")
    bot.double.say("Words before their time")
    await bot.told("First answer by the buttons")
    await bot.answered(*GOOD, code=await bot.world.code(OTHER_DESK))
    await bot.push("Answer anew", then="1/5")
    before = len(bot.double.said())
    bot.double.press(data)
    await bot.until(lambda: len(bot.double.said()) > before)
    assert "Scan the code at the desk again." in bot.double.last()


async def test_chats_do_not_meet(bot: Any) -> None:
    """Each has its own answers; groups are not spoken to."""
    code = await bot.world.code()
    bot.double.say(f"/start {code}", chat=1)
    bot.double.say(f"/start {code}", chat=2, language="pl")
    bot.double.say(f"/start {code}", chat=3, kind="group")
    await bot.told("1/5", chat=1)
    await bot.told("1/5", chat=2)
    bot.double.push("terrible", chat=1)
    await bot.told("2/5", chat=1)
    assert "1/5" in bot.double.last(2)
    assert bot.double.said(3) == []


async def test_telegram_may_stumble(bot: Any) -> None:
    """What it refuses is passed over, and the next message is answered; a message that is gone is said anew."""
    bot.double.failures = [(500, 0), (429, 1), (403, 0)]
    for _ in range(3):
        bot.double.say("/start")
    await bot.until(lambda: not bot.double.failures)
    await bot.answered(*GOOD[:1])
    bot.double.messages.clear()
    bot.double.messages[1] = {"chat": 7, "text": "", "keyboard": []}
    talk_button = bot.double.calls.count("sendMessage")
    bot.double.say("x")
    await bot.until(lambda: bot.double.calls.count("sendMessage") > talk_button)


@pytest.mark.parametrize(
    ("text", "code"),
    [("/start abc", "abc"), ("/start", ""), ("/help", ""), ("/start@vizyt_bot abc", "abc"), ("abc", None), ("", None)],
)
def test_a_code_follows_the_command(text: str, code: str | None) -> None:
    assert code_of(text) == code
