"""The contact is left, changed and taken back while the booking is held or confirmed."""

from uuid import uuid4

KEPT = {"email": "olena@example.org", "phone": "+380671234567"}


async def put(town, who, booking, body, **headers):
    return await town.booking.put(f"/api/v1/bookings/{booking['id']}/contact", json=body, headers=who | headers)


async def delete(town, who, booking):
    return await town.booking.delete(f"/api/v1/bookings/{booking['id']}/contact", headers=who)


async def planned(town):
    context = town.booking._transport.app.state.context
    rows = await context.db.hot("SELECT kind FROM message WHERE outcome IS NULL ORDER BY kind")
    return [row["kind"] for row in rows]


async def test_a_contact_left_while_reviewing_is_reminded(town):
    """Kept in one spelling; the reminders are planned when it is confirmed."""
    who = town.citizen()
    held = (await town.hold(who, town.at("15:00", days=2))).json()
    answer = await put(town, who, held, {"email": " olena@Example.org", "phone": "067 123 45 67"})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["contact"], answer.json()["status"]) == (KEPT, "held")
    assert await planned(town) == []
    assert (await town.step(who, held["id"], "confirm")).json()["contact"] == KEPT
    assert await planned(town) == ["day_before", "hours_before"]


async def test_a_contact_left_later_is_reminded_as_well(town):
    """And another one takes its place; nothing is planned twice."""
    who = town.citizen()
    booking = await town.booked(who, town.at("15:00", days=2))
    assert await planned(town) == []
    for body in ({"phone": "0671234567"}, {"email": "olena@example.org"}):
        assert (await put(town, who, booking, body)).status_code == 200
        assert await planned(town) == ["day_before", "hours_before"]
    read = (await town.booking.get(f"/api/v1/bookings/{booking['id']}", headers=who)).json()
    assert read["contact"] == {"email": "olena@example.org", "phone": None}


async def test_a_contact_is_taken_back(town):
    """204, and again; nothing is kept."""
    who = town.citizen()
    booking = await town.booked(who, town.at("15:00", days=2))
    await put(town, who, booking, KEPT)
    for _ in range(2):
        assert (await delete(town, who, booking)).status_code == 204
    read = (await town.booking.get(f"/api/v1/bookings/{booking['id']}", headers=who)).json()
    assert read["contact"] is None


async def test_only_its_owner_and_only_while_it_is_to_come(town):
    """Others: 404; the centre's staff, who see the booking: 403; what is over: its own reason."""
    who, body = town.citizen(), {"phone": "0671234567"}
    booking = await town.booked(who, town.at("15:00", days=2))
    staff = town.stack.bearer("administrator", centre="town", organisation="hsc")
    for other, status in ((town.citizen(2), 404), (staff, 403), ({}, 401)):
        assert (await put(town, other, booking, body)).status_code == status
        assert (await delete(town, other, booking)).status_code == status
    assert (await put(town, who, {"id": uuid4()}, body)).status_code == 404
    await town.step(who, booking["id"], "cancel")
    answer = await put(town, who, booking, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_cancelled")


WRONG = [
    ({}, ""),
    ({"email": "nobody"}, "email"),
    ({"phone": "12"}, "phone"),
    ({"telegram": "@a", "phone": "0671234567"}, "telegram"),
]


async def test_a_wrong_contact_is_named(town):
    """422 with the field; the value is not repeated, and what was left before stays."""
    who = town.citizen()
    held = (await town.hold(who, town.at("15:00"), contact=KEPT)).json()
    for body, field in WRONG:
        answer = await put(town, who, held, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert field in [error["field"] for error in answer.json()["errors"]] or not field
        assert "nobody" not in answer.text
    read = (await town.booking.get(f"/api/v1/bookings/{held['id']}", headers=who)).json()
    assert read["contact"] == KEPT
