"""Which event adds what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Any

from services.contracts import Event, booking, centres, feedback, visits
from stats_svc.domain import Period, What
from stats_svc.projections.additions import Additions, AnswerKey, Place

Zones = Mapping[str, tzinfo]
"""The time zone of each centre; what is not named has the network's."""
Add = Callable[[Additions, Any, Zones], None]

SIMPLE: Mapping[type[Event], What] = {
    booking.BookingHeld: What.HELD,
    booking.BookingConfirmed: What.CONFIRMED,
    booking.BookingExpired: What.EXPIRED,
    visits.VisitCheckedIn: What.CHECKED_IN,
    visits.VisitCalled: What.CALLED,
    visits.VisitRecalled: What.RECALLED,
    visits.VisitSkipped: What.SKIPPED,
    visits.VisitStarted: What.STARTED,
    visits.VisitRefused: What.REFUSED,
}


def place_of(event: booking.BookingEvent) -> Place:
    """A visit belongs to its day, whenever it was booked, cancelled or told."""
    desk = getattr(event, "desk", None) or ""
    return Place(event.visit_date, event.centre, desk, event.service, event.channel)


def simple(added: Additions, event: booking.BookingEvent, _: Zones) -> None:
    added.count(place_of(event), SIMPLE[type(event)])


def cancelled(added: Additions, event: booking.BookingCancelled, _: Zones) -> None:
    """What was only held was given back; it never was a booking."""
    if event.was == "held":
        added.count(place_of(event), What.RELEASED)
    else:
        added.count(place_of(event), What.CANCELLED if event.by == "applicant" else What.CANCELLED_BY_CENTRE)


def moved(added: Additions, event: booking.BookingMoved, _: Zones) -> None:
    """From one day to another; within a day nothing changes."""
    if event.moved_from_date != event.visit_date:
        added.count(place_of(event), What.MOVED_IN)
        added.count(place_of(event)._replace(day=event.moved_from_date), What.MOVED_OUT)


def refused(added: Additions, event: booking.RefusalsCounted, _: Zones) -> None:
    """Wishes, not people: who asks twice is refused twice."""
    added.know(event.centre, event.organisation, None)
    place = Place(event.visit_date, event.centre, "", event.service, event.channel)
    added.count(place, What(event.because), event.refusals)


def finished(added: Additions, event: visits.VisitFinished, _: Zones) -> None:
    place = place_of(event)
    added.count(place, What(event.outcome))
    added.measure(place, Period.WAITING, event.waiting_seconds)
    added.measure(place, Period.SERVING, event.serving_seconds)


def missed(added: Additions, event: visits.VisitMissed, _: Zones) -> None:
    added.count(place_of(event), What(event.because))


def resumed(added: Additions, event: centres.CentreResumed, zones: Zones) -> None:
    place = Place(local_day(event.since, event.centre, zones), event.centre)
    added.count(place, What.PAUSED)
    added.measure(place, Period.PAUSE, int((event.at - event.since).total_seconds()))


def rated(added: Additions, event: feedback.Rated, _: Zones) -> None:
    """A rating of the booking system is at no centre."""
    if event.centre and event.organisation:
        added.know(event.centre, event.organisation, event.region)
    where = (event.centre or "", event.day, event.desk or "", event.service or "", event.channel)
    for question, value in event.answers.items():
        key = AnswerKey(*where, event.evaluator or "", event.questionnaire, question, value)
        added.answer(key, verified=event.verified, flagged=event.flagged)


def remark_opened(added: Additions, event: feedback.RemarkOpened, zones: Zones) -> None:
    place = Place(local_day(event.opened_at, event.centre, zones), event.centre, event.desk or "")
    added.count(place, What.REMARK_OPENED)


def remark_answered(added: Additions, event: feedback.RemarkAnswered, zones: Zones) -> None:
    """Counted on the day on which it was opened: so that a day's remarks and their answers stand side by side."""
    place = Place(local_day(event.opened_at, event.centre, zones), event.centre, event.desk or "")
    added.count(place, What.REMARK_ANSWERED)
    if event.answered_at > event.due_at:
        added.count(place, What.REMARK_LATE)
    added.measure(place, Period.REACTION, int((event.answered_at - event.opened_at).total_seconds()))


def local_day(moment: datetime, centre: str, zones: Zones) -> date:
    return moment.astimezone(zones[centre]).date()


RULES: Mapping[type[Event], Add] = {
    **dict.fromkeys(SIMPLE, simple),
    booking.BookingCancelled: cancelled,
    booking.BookingMoved: moved,
    booking.RefusalsCounted: refused,
    visits.VisitFinished: finished,
    visits.VisitMissed: missed,
    centres.CentreResumed: resumed,
    feedback.Rated: rated,
    feedback.RemarkOpened: remark_opened,
    feedback.RemarkAnswered: remark_answered,
}
LOCAL = (centres.CentreResumed, feedback.RemarkOpened, feedback.RemarkAnswered)
"""These name an instant, not a day: the centre's zone says which day it was."""


def add_up(events: list[Event], zones: Zones) -> Additions:
    added = Additions()
    for event in events:
        if isinstance(event, booking.BookingEvent):
            added.know(event.centre, event.organisation, None)
        RULES[type(event)](added, event, zones)
        added.applied[event.subject] += 1
    return added
