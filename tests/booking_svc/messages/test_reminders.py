"""Reminders and news reach the citizen: once, in time, in the right words, and only while they are true."""

import asyncio
from datetime import timedelta

import booking_svc.app
from booking_svc.messages.sending import send_due
from booking_svc.settings import Settings
from services.testing import eventually
from tests.booking_svc.messages.conftest import settings

MANAGER = {"organisation": "hsc", "centre": "town"}


async def test_a_visit_is_recalled_the_day_before_and_two_hours_before(letters):
    """What, where, when, the ticket's number, what to bring, how to cancel; no name."""
    visit = letters.town.at("12:00", days=2)
    booking = await letters.booked(visit)
    await letters.due(visit - timedelta(days=1))
    [mail] = letters.office.mails
    text = mail.get_content()
    assert mail["To"] == "olena@example.org"
    assert str(mail["Subject"]) == "Нагадуємо про ваш візит: четвер, 26 листопада 2026, 12:00"
    for part in ("Обмін посвідчення", "Центр, Луцьк", "четвер, 26 листопада 2026, 12:00", "– Паспорт"):
        assert part in text
    assert f"№ {booking['ticket']['number']}" in text
    assert letters.link().startswith("/c/")
    assert "Олена" not in text
    assert "Коваль" not in text
    await letters.due(visit - timedelta(hours=2))
    assert letters.subjects() == ["Нагадуємо про ваш візит"] * 2
    assert len({mail["Message-ID"] for mail in letters.office.mails}) == 2
    assert await letters.outcomes() == {"day_before": "sent", "hours_before": "sent"}


async def test_each_is_written_in_the_language_of_who_booked(letters):
    """The request's language is kept with the booking."""
    visit = letters.town.at("15:00")
    for index, language in enumerate(("uk", "en", "pl"), 1):
        await letters.booked(visit + timedelta(minutes=20 * index), index=index, language=language)
    await letters.due(visit - timedelta(minutes=40))
    expected = ["A reminder of your visit", "Przypominamy o wizycie", "Нагадуємо про ваш візит"]
    assert sorted(letters.subjects()) == expected


async def test_who_left_no_contact_gets_nothing(letters):
    """No row, no work."""
    await letters.town.booked(letters.town.citizen(), letters.town.at("15:00"))
    assert await letters.messages() == []


async def test_a_cancelled_booking_has_no_reminders(letters):
    """The citizen knows; what was planned is dropped when it is due."""
    visit = letters.town.at("15:00")
    booking = await letters.booked(visit)
    await letters.town.step(letters.town.citizen(), booking["id"], "cancel")
    await letters.due(visit - timedelta(hours=2))
    assert letters.office.mails == []
    assert await letters.outcomes() == {"hours_before": "dropped"}


async def test_who_is_there_already_is_not_reminded(letters):
    """Checked in."""
    visit = letters.town.at("15:00")
    booking = await letters.booked(visit)
    await letters.context.db.hot("UPDATE booking SET checked_in_at = $2 WHERE id = $1", booking["id"], visit)
    await letters.due(visit - timedelta(hours=2))
    assert letters.office.mails == []


async def test_what_the_centre_cancels_is_told_at_once(letters):
    """And says that it does not count; there is nothing to cancel any more."""
    booking = await letters.booked(letters.town.at("15:00"))
    manager = letters.town.stack.bearer("manager", **MANAGER)
    await letters.town.step(manager, booking["id"], "cancel")
    await letters.settled()
    text = letters.office.mails[0].get_content()
    assert letters.subjects() == ["Центр скасував ваш візит"]
    assert "у ліміт запис не враховано" in text
    assert "/c/" not in text


async def test_at_night_nobody_is_woken(letters):
    """Cancelled by the centre at 22:00: told at 08:00; the reminder that was due meanwhile is dropped."""
    booking = await letters.booked(letters.town.at("09:00", days=1))
    await letters.due(letters.town.at("22:00"))
    await letters.town.step(letters.town.stack.bearer("manager", **MANAGER), booking["id"], "cancel")
    await letters.settled()
    assert letters.office.mails == []
    await letters.due(letters.town.at("08:00", days=1))
    assert letters.subjects() == ["Центр скасував ваш візит"]
    assert await letters.outcomes() == {"hours_before": "dropped", "cancelled": "sent"}


async def test_a_pause_is_told_to_those_of_the_day_who_are_not_there_yet(letters):
    """Tomorrow's visitors, and who has checked in, hear nothing."""
    await letters.booked(letters.town.at("15:00"), index=1)
    there = await letters.booked(letters.town.at("15:00"), index=2)
    await letters.booked(letters.town.at("15:20", days=1), index=3)
    await letters.context.db.hot(
        "UPDATE booking SET checked_in_at = $2 WHERE id = $1", there["id"], letters.clock.now()
    )
    system = letters.town.stack.bearer("system")
    for _ in range(2):
        answer = await letters.town.booking.post(
            "/api/v1/centres/town/pause", json={"reason": "air_raid"}, headers=system
        )
        assert answer.status_code == 200, answer.text
    await letters.settled()
    assert letters.subjects() == ["Центр призупинив прийом"]
    assert "залишайтеся в укритті" in letters.office.mails[0].get_content()


async def test_a_pause_that_is_over_is_not_told(letters):
    """Planned for the morning, ended in the night."""
    await letters.due(letters.town.at("06:30", days=1))
    await letters.booked(letters.town.at("15:00"))
    system = letters.town.stack.bearer("system")
    for step in ("pause", "resume"):
        body = {"reason": "power"} if step == "pause" else None
        await letters.town.booking.post(f"/api/v1/centres/town/{step}", json=body, headers=system)
    await letters.due(letters.town.at("08:00"))
    assert letters.office.mails == []
    assert (await letters.outcomes())["paused"] == "dropped"


async def test_a_booking_that_was_moved_is_recalled_at_its_new_time_only(letters):
    """The centre gave that time up and moves it: told at once; the reminder of the old time is dropped."""
    visit = letters.town.at("12:40")
    booking = await letters.booked(visit)
    manager = letters.town.stack.bearer("manager", **MANAGER)
    await letters.context.db.hot("UPDATE slot SET scheduled = 0, capacity = taken WHERE starts_at = $1", visit)
    moved = {"starts_at": (visit + timedelta(hours=3)).isoformat()}
    path = f"/api/v1/bookings/{booking['id']}/move"
    answer = await letters.town.booking.post(path, json=moved, headers=manager)
    assert answer.status_code == 200, answer.text
    await letters.settled()
    await letters.due(visit - timedelta(hours=2))
    told = [(mail["Subject"].split(":")[0], "15:40" in mail.get_content()) for mail in letters.office.mails]
    assert told == [("Ваш візит перенесено", True)]
    await letters.due(visit + timedelta(hours=1))
    assert letters.subjects()[1:] == ["Нагадуємо про ваш візит"]
    assert "15:40" in letters.office.mails[1].get_content()


async def test_without_an_e_mail_address_the_number_is_written_to(letters):
    """The way that the settings have for it."""
    visit = letters.town.at("15:00")
    await letters.booked(visit, phone="067 123-45-67")
    await letters.due(visit - timedelta(hours=2))
    assert letters.office.mails == []
    assert await letters.outcomes() == {"hours_before": "sent"}


async def test_an_address_that_does_not_exist_is_not_tried_again(letters):
    """Refused for good; `doctor` has nothing to say about other people's addresses."""
    visit = letters.town.at("15:00")
    await letters.booked(visit)
    letters.office.answers["RCPT"] = "550 no such user"
    await letters.due(visit - timedelta(hours=2))
    assert await letters.outcomes() == {"hours_before": "refused"}
    assert (await letters.town.booking.get("/doctor")).json()["findings"] == []


async def test_a_server_that_is_down_is_tried_again_until_it_is_too_late(letters):
    """At growing distances; `doctor` says what is stuck, then what was given up."""
    visit = letters.town.at("15:00")
    await letters.booked(visit, index=1)
    await letters.booked(visit + timedelta(hours=1), index=2)
    letters.office.answers["MAIL"] = "451 out of order"
    await letters.due(visit - timedelta(hours=2))
    for _ in range(3):
        row = (await letters.messages())[0]
        assert row["outcome"] is None
        assert row["reason"] == "smtp 451"
        await letters.due(row["due_at"])
    assert (await letters.town.booking.get("/doctor")).json()["findings"] == ["1 messages wait to be sent (smtp 451)"]
    await letters.due(visit - timedelta(minutes=31))
    assert (await letters.messages())[0]["outcome"] == "given_up"
    letters.office.answers.clear()
    await letters.due(visit + timedelta(hours=1) - timedelta(minutes=60))
    findings = (await letters.town.booking.get("/doctor")).json()["findings"]
    assert findings == ["1 messages were given up since yesterday (smtp 451)"]


async def test_several_that_send_at_once_send_each_message_once(stack, letters):
    """Two processes on one database, each with its job, and each told to send besides."""
    visit = letters.town.at("15:00")
    for index in range(1, 11):
        await letters.booked(visit + timedelta(minutes=20 * ((index - 1) // 2)), index=index)
    second = stack.settings(Settings, "booking", ticket_key_seed="33" * 32, **settings(letters.office))
    app = booking_svc.app.create(second, clock=stack.clock)
    async with stack.running(app):
        letters.clock.advance(visit - timedelta(minutes=40) - letters.clock.now())
        await asyncio.gather(*(send_due(context) for context in (letters.context, app.state.context) for _ in range(3)))
        await letters.settled()
    assert len(letters.office.mails) == 10
    assert len({mail["Message-ID"] for mail in letters.office.mails}) == 10


async def test_a_crash_between_sending_and_noting_sends_again_under_the_same_id(letters):
    """After the lease; the Message-ID tells mail programs that they have it."""
    visit = letters.town.at("15:00")
    await letters.booked(visit)
    await letters.due(visit - timedelta(hours=2))
    forget = "UPDATE message SET outcome = NULL, ended_at = NULL, due_at = $1"  # as if the note had never been written
    await letters.context.db.hot(forget, letters.clock.now() + timedelta(minutes=5))
    await send_due(letters.context)
    assert len(letters.office.mails) == 1
    await letters.due(letters.clock.now() + timedelta(minutes=5))
    assert len(letters.office.mails) == 2
    assert len({mail["Message-ID"] for mail in letters.office.mails}) == 1


async def test_a_message_that_cannot_be_made_does_not_hold_up_the_others(letters):
    """A contact sealed under a key that is gone: tried again later, the rest goes out."""
    visit = letters.town.at("15:00")
    broken = await letters.booked(visit, index=1)
    await letters.booked(visit, index=2)
    await letters.context.db.hot("UPDATE booking SET contact = $2 WHERE id = $1", broken["id"], bytes([9]) * 60)
    await letters.due(visit - timedelta(hours=2))
    assert len(letters.office.mails) == 1
    assert sorted(row["outcome"] or row["reason"] for row in await letters.messages()) == ["KeyError", "sent"]


async def test_nothing_personal_is_in_the_table_the_events_or_the_metrics(letters):
    """The address stands sealed in the booking and nowhere else."""
    await letters.booked(letters.town.at("12:00", days=2))
    for table in ("message", "outbox", "audit", "idempotency"):
        rows = await letters.context.db.hot(f"SELECT t::text AS row FROM {table} AS t")
        assert not any("olena@" in row["row"] or "1234567" in row["row"] for row in rows)
    [booking] = await letters.context.db.hot("SELECT b::text AS row FROM booking AS b")
    assert "olena@" not in booking["row"]

    async def told() -> bool:
        return bool(await letters.context.db.hot("SELECT 1 FROM outbox WHERE subject = 'booking.confirmed.v1'"))

    await eventually(told)
