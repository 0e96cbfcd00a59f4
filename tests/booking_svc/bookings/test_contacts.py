"""The contact: taken in one spelling, sealed, shown to its owner only."""

from zoneinfo import ZoneInfo

import pytest

from booking_svc.bookings.contacts import email_address, phone_number
from services.errors import InvalidRequest

KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize(
    ("written", "zone", "kept"),
    [
        ("067 123-45-67", KYIV, "+380671234567"),
        ("(067) 123 45 67", KYIV, "+380671234567"),
        ("+380 67 123 45 67", WARSAW, "+380671234567"),
        ("512 345 678", WARSAW, "+48512345678"),
        ("00 380 67 123 45 67", KYIV, "+380671234567"),
    ],
)
def test_numbers_are_kept_in_one_spelling(written, zone, kept):
    """E.164; without a country that of the centre."""
    assert phone_number(written, zone) == kept


@pytest.mark.parametrize("written", ["123", "not a number", "+38067", "067 123 45 67 89 00 11", "+999123456789"])
def test_what_is_no_number_is_refused(written):
    """422 with the field, without the value."""
    with pytest.raises(InvalidRequest) as refusal:
        phone_number(written, KYIV)
    assert refusal.value.fields["errors"][0]["field"] == "contact.phone"
    assert written not in str(refusal.value.fields)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Olena.Koval+visit@Example.ORG", "Olena.Koval+visit@example.org"),
        (" olena@example.org ", "olena@example.org"),
        ("пошта@приклад.укр", None),
        ("olena@приклад.укр", "olena@xn--80aikifvh.xn--j1amh"),
    ],
)
def test_addresses_are_kept_in_one_spelling(written, kept):
    """The domain in ASCII and small letters; what stands before the @ as it was written, if mail servers take it."""
    if kept is None:
        with pytest.raises(InvalidRequest):
            email_address(written)
    else:
        assert email_address(written) == kept


@pytest.mark.parametrize(
    "written",
    ["olena", "olena@", "@example.org", "olena@example", "o@@example.org", "olena@example.org\r\nBcc: x@example.org",
     "olena example@example.org", "olena@-example.org", "olena@127.0.0.1", ".olena@example.org",
     "o" * 65 + "@example.org", "olena@example..org", "olena@" + "a" * 64 + ".org", "olena@example.org>"],
)  # fmt: skip
def test_what_is_no_address_is_refused(written):
    """No second line, no second recipient."""
    with pytest.raises(InvalidRequest):
        email_address(written)


async def test_the_contact_is_shown_to_its_owner_only(town):
    """To the citizen at every step; to nobody of the centre."""
    who, contact = town.citizen(), {"email": "olena@example.org", "phone": "067 123 45 67"}
    kept = {"email": "olena@example.org", "phone": "+380671234567"}
    held = (await town.hold(who, town.at("15:00"), contact=contact)).json()
    assert held["contact"] == kept
    assert (await town.step(who, held["id"], "confirm")).json()["contact"] == kept
    for role in ("administrator", "manager"):
        staff = town.stack.bearer(role, centre="town", organisation="hsc")
        seen = (await town.booking.get(f"/api/v1/bookings/{held['id']}", headers=staff)).json()
        assert seen["applicant"]["family_name"] == "Коваль"
        assert seen["contact"] is None
    own = (await town.booking.get("/api/v1/bookings", headers=who)).json()["items"]
    assert [booking["contact"] for booking in own] == [kept]


WRONG = [
    ({}, "contact"),
    ({"email": "nobody"}, "contact.email"),
    ({"phone": "12"}, "contact.phone"),
    ({"email": "a@example.org", "telegram": "@a"}, "contact.telegram"),
    ("olena@example.org", "contact"),
]


async def test_a_wrong_contact_is_refused_before_anything_is_held(town):
    """422 with the field, the value is not repeated; neither a place nor a use is taken."""
    who = town.citizen()
    for contact, field in WRONG:
        answer = await town.hold(who, town.at("15:00"), contact=contact)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert answer.json()["errors"][0]["field"] == field
        assert "nobody" not in answer.text
    assert await town.used(who) == 0
