"""The body of a move (api.md "Bookings")."""

from __future__ import annotations

from booking_svc.bookings.schemas import Body, Moment


class Move(Body):
    """`POST /api/v1/bookings/{id}/move`."""

    starts_at: Moment
