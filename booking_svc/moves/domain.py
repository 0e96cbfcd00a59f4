"""When a booking may move: its time was taken from its owner (domain.md §2 "The visit"). Pure; time is a parameter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, NamedTuple

from booking_svc.bookings.domain import Status, ensure
from services.errors import IllegalTransition

Chooser = Literal["applicant", "centre"]


class Place(NamedTuple):
    """A slot to move to; `day` is its local date."""

    slot_id: int
    starts_at: datetime
    day: date


class NothingToMoveFor(IllegalTransition):
    detail = {
        "uk": "Перенести запис можна, лише якщо його час припав на паузу центру (тривога, відключення) або центр "
        "відмовився від цього часу. Цей запис діє як є; за потреби скасуйте його й запишіться знову.",
        "en": "A booking can be moved only when a pause of the centre (an alert, a power cut) took its time, or the "
        "centre gave that time up. This one stands as it is; cancel it and book again if you need to.",
        "pl": "Rezerwację można przenieść tylko wtedy, gdy jej termin przypadł na przerwę w pracy centrum (alarm, brak "
        "prądu) albo centrum z niego zrezygnowało. Ta obowiązuje; w razie potrzeby anuluj ją i zarezerwuj ponownie.",
    }


def move(status: Status, *, disturbed: bool) -> None:
    """A booking whose time a pause or the centre took away may move to another, without using quota (domain.md §2 "The
    visit"), as long as it has not been called.
    """
    ensure(status, Status.CALLED)
    if not disturbed:
        raise NothingToMoveFor(state=str(status))
