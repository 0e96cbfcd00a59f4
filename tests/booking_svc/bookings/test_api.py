"""A citizen books a visit: held, confirmed, read, listed, with a ticket."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import icalendar
import orjson
from joserfc import jws
from joserfc.jwk import KeySet


async def test_a_hold_lasts_five_minutes_and_says_what_is_used(town):
    """201 with the contract's fields, times in the centre's offset, and the quota in words."""
    answer = await town.hold(town.citizen(), town.at("10:00", days=1))
    booking = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/bookings/{booking['id']}"
    assert booking["status"] == "held"
    assert booking["channel"] == "online"
    assert booking["starts_at"] == "2026-11-25T10:00:00+02:00"
    assert datetime.fromisoformat(booking["expires_at"]) == town.stack.clock.now() + timedelta(minutes=5)
    assert booking["applicant"]["family_name"] == "Коваль"
    assert booking["quota"] == {
        "organisation": "hsc",
        "channel": "online",
        "limit": 4,
        "used": 1,
        "period": "2026-11",
        "renews_at": "2026-12-01T00:00:00+02:00",
    }


async def test_confirming_gives_a_ticket_and_confirming_again_the_same(town):
    """Ordinary tickets count from 1000 per centre and day."""
    who = town.citizen()
    booking = await town.booked(who, town.at("10:00", days=1))
    again = await town.step(who, booking["id"], "confirm")
    other = await town.booked(town.citizen(2), town.at("10:00", days=1))
    tomorrow = await town.booked(town.citizen(3), town.at("10:00", days=2))
    assert again.status_code == 200
    assert again.json() == booking
    assert [item["ticket"]["number"] for item in (booking, other, tomorrow)] == [1000, 1001, 1000]


async def test_the_ticket_is_verified_without_a_network_and_names_no_person(town):
    """Ed25519 over the booking's id, the centre and the time."""
    booking = await town.booked(town.citizen(), town.at("10:00", days=1))
    keys = KeySet.import_key_set((await town.booking.get("/api/v1/ticket-keys")).json())
    read = jws.deserialize_compact(booking["ticket"]["token"], keys, algorithms=["Ed25519"])
    moment = int(datetime(2026, 11, 25, 8, 0, tzinfo=UTC).timestamp())
    assert orjson.loads(read.payload) == {"booking": booking["id"], "centre": "town", "starts_at": moment}


async def test_the_ticket_has_a_qr_code_and_a_calendar_entry(town):
    """Both only for a confirmed booking, the calendar in the caller's language and the centre's zone."""
    who = town.citizen()
    held = (await town.hold(who, town.at("10:00", days=1))).json()
    path = f"/api/v1/bookings/{held['id']}"
    assert (await town.booking.get(f"{path}/ticket.svg", headers=who)).status_code == 404
    await town.step(who, held["id"], "confirm")
    code = await town.booking.get(f"{path}/ticket.svg", headers=who)
    assert code.headers["content-type"].startswith("image/svg+xml")
    assert code.text.startswith("<svg")
    entry = await town.booking.get(f"{path}/calendar.ics", headers=who)
    (event,) = icalendar.Calendar.from_ical(entry.content).walk("VEVENT")
    assert event["dtstart"].dt == town.at("10:00", days=1)
    assert "№ 1000" in event["summary"]


async def test_ones_own_bookings_come_newest_first_and_in_pages(town):
    """Nobody sees anybody else's."""
    who = town.citizen()
    made = []
    for time in ("10:00", "10:20", "10:40"):
        made.append((await town.hold(who, town.at(time, days=1))).json()["id"])
        town.stack.clock.advance(timedelta(seconds=1))
    await town.hold(town.citizen(2), town.at("11:00", days=1))
    page = await town.booking.get("/api/v1/bookings?limit=2", headers=who)
    rest = await town.booking.get(page.links["next"]["url"], headers=who)
    assert [item["id"] for item in page.json()["items"] + rest.json()["items"]] == made[::-1]
    assert page.json()["next"]
    assert rest.json()["next"] is None


async def test_free_places_go_down_with_a_hold_and_up_with_a_cancellation(town):
    """The process that commits shows it at once."""
    who, time = town.citizen(), town.at("10:00", days=1)

    async def free():
        answer = await town.booking.get("/api/v1/slots?centre=town&service=licence-exchange&date=2026-11-25")
        return next(slot["free"] for slot in answer.json()["items"] if slot["starts_at"] == time.isoformat())

    before = await free()
    held = (await town.hold(who, time)).json()
    during = await free()
    await town.step(who, held["id"], "cancel")
    assert (before, during, await free()) == (2, 1, 2)


async def test_a_repeated_key_gives_the_same_booking(town):
    """A second request with the same Idempotency-Key and body makes nothing new."""
    who, time = town.citizen(), town.at("10:00", days=1)
    key = {"Idempotency-Key": str(uuid4())}
    first, second = [await town.hold(who, time, headers=key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert await town.used(who) == 1


async def test_a_key_belongs_to_one_body(town):
    """Another body under the same key is refused and makes nothing."""
    who = town.citizen()
    key = {"Idempotency-Key": "once"}
    await town.hold(who, town.at("10:00", days=1), headers=key)
    other = await town.hold(who, town.at("10:20", days=1), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert await town.used(who) == 1


async def test_a_refusal_is_not_remembered(town):
    """After the slot was full, the same key may take it when a place comes back."""
    time, key = town.at("10:00", days=1), {"Idempotency-Key": "again"}
    others = [(await town.hold(town.citizen(index), time)).json() for index in (2, 3)]
    refused = await town.hold(town.citizen(), time, headers=key)
    await town.step(town.citizen(2), others[0]["id"], "cancel")
    taken = await town.hold(town.citizen(), time, headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_full")
    assert taken.status_code == 201


async def test_a_legal_entity_books_by_its_representative(town):
    """The entity's own limit counts, per day of the visit."""
    who = town.citizen(edrpou="00032106")
    booking = (await town.hold(who, town.at("10:00", days=1))).json()
    assert booking["applicant"]["kind"] == "legal_entity"
    assert (booking["quota"]["period"], booking["quota"]["limit"]) == ("2026-11-25", 4)
    assert await town.used(town.citizen()) == 0


async def test_a_foreigner_books_by_document(town):
    """The same document written otherwise is the same person."""
    one = town.citizen(number=None, document="PL:passport:AB 1234567")
    same = town.citizen(number=None, document="pl:Passport:ab1234567")
    await town.hold(one, town.at("10:00", days=1))
    second = await town.hold(same, town.at("10:20", days=1))
    assert second.json()["quota"]["used"] == 2
