"""A finished visit may be rated as a real one, by who was there, without saying which it was."""

from __future__ import annotations

import hashlib
from typing import Any


async def test_a_finished_visit_has_a_token_for_its_owner(hall: Any) -> None:
    """Not before, not for staff; others are told its digest with desk and day, and nothing that names the booking."""
    visit = await hall.arrived("10:00")
    await hall.called()
    owner = hall.town.stack.bearer("citizen", number=visit["person"]["number"])
    path = f"/api/v1/bookings/{visit['id']}"
    assert (await hall.town.booking.get(path, headers=owner)).json()["feedback_token"] is None
    assert (await hall.served(visit)).status_code == 200
    token = (await hall.town.booking.get(path, headers=owner)).json()["feedback_token"]
    assert len(token) == 43
    assert (await hall.town.booking.get(path, headers=hall.staff)).json()["feedback_token"] is None
    [told] = await hall.told("visit.feedback_offered.v1")
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert told == {"token_digest": digest, "desk": "town-1", "day": "2026-11-24"}
    rows = await hall.context.db.hot("SELECT * FROM booking")
    assert not any(token in str(dict(row)) or digest in str(dict(row)) for row in rows)
