"""The rules of a visit: pure functions on values, time a parameter (domain.md §2 "The visit")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from booking_svc.bookings.domain import AT_DESK, Status, ensure
from services.errors import IllegalTransition, Problem

INSTANT = timedelta(microseconds=1)


class Outcome(StrEnum):
    SERVED = "served"
    FAILED = "failed"
    MISSING_DOCUMENTS = "missing_documents"


class CheckInTooEarly(Problem):
    """Fields: `day`."""

    status, code = 409, "check_in_too_early"
    title = {
        "uk": "Ще зарано для реєстрації",
        "en": "It is too early to check in",
        "pl": "Jest za wcześnie na zgłoszenie się",
    }
    detail = {
        "uk": "Реєстрація на візит відкривається в його день, {day}. Прийдіть тоді з тим самим талоном.",
        "en": "Check-in opens on the day of the visit, {day}. Come then with the same ticket.",
        "pl": "Zgłosić się można w dniu wizyty, {day}. Proszę przyjść wtedy z tym samym biletem.",
    }

    def __init__(self, day: date) -> None:
        super().__init__(day=day.isoformat())

    def explain(self, language: str) -> str:
        """With the day as a wall calendar shows it: `01.12.2026`."""
        return self.detail[language].format(day=f"{date.fromisoformat(self.fields['day']):%d.%m.%Y}")


class CheckInTooLate(Problem):
    """Fields: `until`, the last moment at which it was possible."""

    status, code = 409, "check_in_too_late"
    title = {
        "uk": "Час реєстрації минув",
        "en": "The time to check in has passed",
        "pl": "Czas na zgłoszenie się minął",
    }
    detail = {
        "uk": "Зареєструватися можна було до {until}; візит вважається пропущеним. Запишіться на інший час.",
        "en": "Checking in was possible until {until}; the visit counts as missed. Book another time.",
        "pl": "Zgłosić się można było do {until}; wizyta jest uznana za opuszczoną. Zarezerwuj inny termin.",
    }

    def __init__(self, until: datetime) -> None:
        super().__init__(until=until.isoformat())

    def explain(self, language: str) -> str:
        """With the time as a wall clock shows it: `01.12.2026 10:15`."""
        until = datetime.fromisoformat(self.fields["until"])
        return self.detail[language].format(until=f"{until:%d.%m.%Y %H:%M}")


class DeskBusy(Problem):
    """Fields: `visit`, the one that is at the desk."""

    status, code = 409, "desk_busy"
    title = {"uk": "Робоче місце зайняте", "en": "The desk is busy", "pl": "Stanowisko jest zajęte"}
    detail = {
        "uk": "Біля робочого місця вже є відвідувач. Завершіть той візит або позначте неявку, тоді кличте наступного.",
        "en": "There is a visitor at this desk. Finish that visit or mark it as missed, then call the next one.",
        "pl": "Przy stanowisku jest już interesant. Zakończ tę wizytę lub oznacz nieobecność i wezwij następnego.",
    }


class IdentityMismatch(Problem):
    """Fields: `differs`, the names of what differs and never the values."""

    status, code = 409, "identity_mismatch"
    title = {
        "uk": "Документ не збігається із записом",
        "en": "The document does not match the booking",
        "pl": "Dokument nie zgadza się z rezerwacją",
    }
    detail = {
        "uk": "Запис не передається іншій особі: в обслуговуванні відмовлено, відмову записано. "
        "Відвідувач може записатися на своє ім'я.",
        "en": "A booking cannot be passed on: the service is refused, and the refusal is recorded. "
        "The visitor may book in their own name.",
        "pl": "Rezerwacji nie można przekazać: obsługi odmówiono i zapisano odmowę. "
        "Interesant może zarezerwować wizytę na własne nazwisko.",
    }


class IdentityNotVerified(Problem):
    status, code = 409, "identity_not_verified"
    title = {
        "uk": "Документ ще не звірено",
        "en": "The identity is not verified yet",
        "pl": "Tożsamość nie została jeszcze sprawdzona",
    }
    detail = {
        "uk": "Спочатку звірте документ відвідувача із записом (verify), потім починайте обслуговування.",
        "en": "Compare the visitor's document with the booking first (verify), then start.",
        "pl": "Najpierw porównaj dokument interesanta z rezerwacją (verify), potem rozpocznij obsługę.",
    }


class TooFewCalls(IllegalTransition):
    """Fields: `state, calls, calls_missing`."""

    detail = {
        "uk": "Неявку позначають після кількох викликів: зроблено {calls}, бракує ще {calls_missing}. Викличте знову.",
        "en": "A visitor is missed after several calls: {calls} made, {calls_missing} more needed. Call again.",
        "pl": "Nieobecność oznacza się po kilku wezwaniach: było {calls}, brakuje {calls_missing}. Wezwij ponownie.",
    }


class SkippedBefore(IllegalTransition):
    detail = {
        "uk": "Відвідувача вже раз повертали в чергу. Обслужіть його, викличте знову або позначте неявку.",
        "en": "This visitor was put back in line once already. Serve them, call again, or mark them as missed.",
        "pl": "Interesant raz już wrócił do kolejki. Obsłuż go, wezwij ponownie lub oznacz nieobecność.",
    }


@dataclass(frozen=True)
class Visit:
    """What decisions need to know of a visit; `starts_at` in the centre's zone."""

    status: Status
    visit_date: date
    starts_at: datetime
    checked_in_at: datetime | None = None
    calls: int = 0
    skipped_at: datetime | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True)
class Today:
    """The moment, the day that the centre's clocks show, and the organisation's patience with those who are late."""

    now: datetime
    day: date
    grace: timedelta


def check_in(visit: Visit, today: Today, *, exempt: bool) -> bool:
    """Whether there is anything to do: checking in again changes nothing.

    On the day of the visit, until `grace` after the booked time; `exempt`, as a pause of the centre touched that time,
    until the day ends. Raises `CheckInTooEarly`, `CheckInTooLate`, or what the booking's end says.
    """
    came = visit.checked_in_at is not None
    if came and (visit.status is Status.CONFIRMED or visit.status in AT_DESK):
        return False
    until = visit.starts_at + today.grace
    if visit.status is Status.MISSED and not came:
        raise CheckInTooLate(until)
    ensure(visit.status, Status.CALLED)
    if today.day < visit.visit_date:
        raise CheckInTooEarly(visit.visit_date)
    if today.day > visit.visit_date or (today.now > until and not exempt):
        raise CheckInTooLate(until)
    return True


def recall(visit: Visit) -> None:
    ensure_called(visit)


def verify(visit: Visit) -> None:
    """The document is compared between the call and the start."""
    ensure_called(visit)


def start(visit: Visit) -> None:
    """No service without a match."""
    ensure_called(visit)
    if visit.verified_at is None:
        raise IdentityNotVerified


def finish(visit: Visit) -> None:
    ensure(visit.status, Status.FINISHED)


def miss(visit: Visit, *, calls_to_miss: int) -> None:
    """At the desk a no-show is who does not come after so many calls. Raises `TooFewCalls`."""
    ensure_called(visit)
    if visit.calls < calls_to_miss:
        missing = calls_to_miss - visit.calls
        raise TooFewCalls(state=str(visit.status), calls=visit.calls, calls_missing=missing)


def skip(visit: Visit, *, now: datetime, following: datetime | None) -> datetime:
    """The new place in line, once: behind those whose time has come, and at least behind the next one, whose place is
    `following`. Raises `SkippedBefore`.
    """
    ensure_called(visit)
    if visit.skipped_at is not None:
        raise SkippedBefore(state=str(visit.status))
    return max(now, following + INSTANT) if following else now


def ensure_called(visit: Visit) -> None:
    """Only who was called and is not yet served can be recalled, verified, started, missed or skipped."""
    ensure(visit.status, Status.SERVING)
