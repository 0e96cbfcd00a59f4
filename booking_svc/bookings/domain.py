"""The rules of bookings: pure functions on values, time a parameter (domain.md §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.errors import Forbidden, IllegalTransition, NotFound, Problem


class Status(StrEnum):
    """From the hold to the end of the visit: one row, one state machine."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CALLED = "called"
    SERVING = "serving"
    FINISHED = "finished"
    REFUSED = "refused"
    MISSED = "missed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOID = "void"


class Channel(StrEnum):
    ONLINE = "online"
    TERMINAL = "terminal"
    OPERATOR = "operator"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.CONFIRMED, Status.CANCELLED, Status.EXPIRED}),
    Status.CONFIRMED: frozenset({Status.CALLED, Status.CANCELLED, Status.MISSED}),
    Status.CALLED: frozenset({Status.SERVING, Status.REFUSED, Status.MISSED, Status.CONFIRMED}),
    Status.SERVING: frozenset({Status.FINISHED}),
    Status.FINISHED: frozenset(),
    Status.REFUSED: frozenset(),
    Status.MISSED: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.VOID: frozenset(),
}
"""Back from `called` to `confirmed` goes who is skipped, once."""
AT_DESK = frozenset({Status.CALLED, Status.SERVING})
"""In these states the visitor takes a desk; a desk has one visitor."""
VISITED = frozenset({Status.CALLED, Status.SERVING, Status.FINISHED, Status.REFUSED, Status.MISSED})
"""These states come after `confirmed`: the quota counts, the place is taken."""
GIVEN_BACK = frozenset({Status.CANCELLED, Status.EXPIRED, Status.VOID})
"""In these states a booking takes no place of its slot."""
UPCOMING = frozenset({Status.HELD, Status.CONFIRMED, Status.CALLED, Status.SERVING})
"""In these states the visit is still to be made, or under way."""
FIRST_ORDINARY_TICKET = 1000
FIRST_PRIORITY_TICKET = 1


class SlotFull(Problem):
    status, code = 409, "slot_full"
    title = {"uk": "Цей час уже зайнято", "en": "This time is taken", "pl": "Ten termin jest już zajęty"}
    detail = {
        "uk": "Останнє місце на цей час щойно взяли. Оберіть інший час, день або центр: ліміт не витрачено.",
        "en": "The last place at this time has just been taken. Choose another time, day or centre: "
        "your quota is not used.",
        "pl": "Ostatnie miejsce w tym terminie właśnie zajęto. Wybierz inny termin, dzień lub centrum: "
        "limit nie został wykorzystany.",
    }


class QuotaExhausted(Problem):
    """Fields: `rule, limit, used, period, renews_at, counting`."""

    status, code = 409, "quota_exhausted"
    title = {
        "uk": "За вказаними даними Заявника перевищено ліміт записів",
        "en": "The applicant's limit of bookings is exceeded",
        "pl": "Przekroczono limit rezerwacji wnioskodawcy",
    }
    detail = {
        "uk": "Використано {used} з {limit} записів за період {period}. Записи, що враховано, названо в counting; "
        "ліміт поновиться {renews_at}.",
        "en": "{used} of {limit} bookings are used in the period {period}. Those that count are named in counting; "
        "the limit renews at {renews_at}.",
        "pl": "Wykorzystano {used} z {limit} rezerwacji w okresie {period}. Zaliczone rezerwacje wymieniono "
        "w counting; limit odnowi się {renews_at}.",
    }

    def explain(self, language: str) -> str:
        """With the renewal as a wall clock shows it: `01.12.2026 00:00`."""
        renews_at = self.fields["renews_at"]
        shown = datetime.fromisoformat(renews_at).strftime("%d.%m.%Y %H:%M") if renews_at else "—"
        return self.detail[language].format(**{**self.fields, "renews_at": shown})


class HoldExpired(Problem):
    status, code, spent = 409, "hold_expired", True
    title = {"uk": "Час на підтвердження минув", "en": "The hold has run out", "pl": "Czas na potwierdzenie minął"}
    detail = {
        "uk": "Місце повернулося до вільних, ліміт не витрачено. Оберіть час знову.",
        "en": "The place went back to the free ones, your quota is not used. Choose a time again.",
        "pl": "Miejsce wróciło do wolnych, limit nie został wykorzystany. Wybierz termin ponownie.",
    }


class AlreadyCancelled(Problem):
    status, code = 409, "already_cancelled"
    title = {"uk": "Запис уже скасовано", "en": "The booking is cancelled already", "pl": "Rezerwacja już anulowana"}
    detail = {
        "uk": "Скасований запис не змінюється. За потреби створіть новий.",
        "en": "A cancelled booking does not change any more. Make a new one if you need it.",
        "pl": "Anulowanej rezerwacji nie można zmienić. W razie potrzeby utwórz nową.",
    }


class NotYourIdentity(Problem):
    status, code = 403, "not_your_identity"
    title = {
        "uk": "Запис лише на власне ім'я",
        "en": "You can book for yourself only",
        "pl": "Rezerwacja tylko we własnym imieniu",
    }
    detail = {
        "uk": "Запис належить одній особі й не передається. Дані заявника мають збігатися з даними вашого входу.",
        "en": "A booking belongs to one person and cannot be transferred. The applicant must be who you logged in as.",
        "pl": "Rezerwacja należy do jednej osoby i nie można jej przekazać. Dane wnioskodawcy muszą odpowiadać "
        "zalogowanej osobie.",
    }


class PriorityNeedsDocument(Problem):
    status, code = 403, "priority_needs_document"
    title = {
        "uk": "Для пріоритету потрібен документ",
        "en": "Priority needs its document",
        "pl": "Pierwszeństwo wymaga dokumentu",
    }
    detail = {
        "uk": "Пріоритет надається лише в центрі, після показу документа, що його підтверджує.",
        "en": "Priority is given only in the centre, when the document that supports it is shown.",
        "pl": "Pierwszeństwo przysługuje tylko w centrum, po okazaniu dokumentu, który je potwierdza.",
    }


class Cooldown(Problem):
    """Fields: `bookable_from`, the first day of a visit that is possible again."""

    status, code = 409, "cooldown"
    title = {
        "uk": "Повторна спроба ще неможлива",
        "en": "It is too early for another attempt",
        "pl": "Za wcześnie na kolejną próbę",
    }
    detail = {
        "uk": "На цю послугу ви вже маєте запис або невдалу спробу, а між спробами має минути час. Наступний візит "
        "можливий з {bookable_from}. Якщо скасувати майбутній запис, обмеження зникне.",
        "en": "You have a booking for this service already, or an attempt that failed, and there has to be time "
        "between attempts. The next visit is possible from {bookable_from}. Cancelling a coming booking lifts this.",
        "pl": "Masz już rezerwację tej usługi albo nieudaną próbę, a między próbami musi upłynąć czas. Kolejna wizyta "
        "jest możliwa od {bookable_from}. Anulowanie nadchodzącej rezerwacji znosi to ograniczenie.",
    }

    def __init__(self, until: date) -> None:
        super().__init__(bookable_from=(until + timedelta(days=1)).isoformat())

    def explain(self, language: str) -> str:
        """With the day as people write it: `06.12.2026`."""
        shown = date.fromisoformat(self.fields["bookable_from"]).strftime("%d.%m.%Y")
        return self.detail[language].format(bookable_from=shown)


class PriorityUsed(Problem):
    status, code = 409, "priority_used"
    title = {
        "uk": "Пріоритет на цей день уже використано",
        "en": "Priority is used for this day already",
        "pl": "Pierwszeństwo na ten dzień już wykorzystano",
    }
    detail = {
        "uk": "Пріоритет діє раз на день для кожної послуги. Запишіться на цю послугу без пріоритету або іншого дня.",
        "en": "Priority holds once a day for each service. Book this service without priority, or on another day.",
        "pl": "Pierwszeństwo przysługuje raz dziennie dla każdej usługi. Zapisz się na tę usługę bez pierwszeństwa "
        "albo na inny dzień.",
    }


class BlockedForNoShows(Problem):
    """Fields: `since, no_shows, period, centre, missed` (the bookings that nobody came to)."""

    status, code = 403, "blocked_for_no_shows"
    title = {
        "uk": "Онлайн-запис заблоковано через неявки",
        "en": "Online booking is blocked because of no-shows",
        "pl": "Rezerwacja online zablokowana z powodu niestawiennictwa",
    }
    detail = {
        "uk": "Кількість неявок за {period}: {no_shows}, тому з {since} онлайн-запис закрито. Прийдіть з документом до "
        "центру {centre}: адміністратор зніме блокування. У терміналі центру записатися можна й зараз.",
        "en": "Visits missed in {period}: {no_shows}; since {since} online booking is closed. Come to the centre "
        "{centre} with your document: an administrator lifts the block. At the centre's terminal you can book now.",
        "pl": "Liczba niestawiennictw w okresie {period}: {no_shows}; od {since} rezerwacja online jest zamknięta. "
        "Przyjdź z dokumentem do centrum {centre}: urzędnik zdejmie blokadę. W terminalu centrum można zapisać się "
        "już teraz.",
    }

    def explain(self, language: str) -> str:
        """With the moment as a wall clock shows it."""
        shown = datetime.fromisoformat(self.fields["since"]).strftime("%d.%m.%Y %H:%M")
        return self.detail[language].format(**{**self.fields, "since": shown})


class OutsideWindow(Problem):
    """Fields: `reason` past|not_open_yet|today_only|no_such_time, `bookable_until`."""

    status, code = 422, "outside_window"
    title = {
        "uk": "На цей час записатися не можна",
        "en": "This time cannot be booked",
        "pl": "Na ten termin nie można się zapisać",
    }
    detail = {"uk": "{why}", "en": "{why}", "pl": "{why}"}

    def __init__(self, reason: str, *, until: date) -> None:
        super().__init__(reason=reason, bookable_until=until.isoformat())

    def explain(self, language: str) -> str:
        return WHY_OUTSIDE[self.fields["reason"]][language].format(until=self.fields["bookable_until"])


WHY_OUTSIDE = {
    "past": {
        "uk": "Цей час уже настав або минув. Оберіть пізніший (відкрито дні до {until}).",
        "en": "This time has begun or passed. Choose a later one (days up to {until} are open).",
        "pl": "Ten termin już się rozpoczął lub minął. Wybierz późniejszy (dni do {until} są otwarte).",
    },
    "not_open_yet": {
        "uk": "Цей день ще не відкрито: запис можливий до {until}. Новий день відкривається щодня вранці.",
        "en": "This day is not open yet: booking is possible up to {until}. A new day opens every morning.",
        "pl": "Ten dzień nie jest jeszcze otwarty: zapisy możliwe do {until}. Nowy dzień otwiera się co rano.",
    },
    "today_only": {
        "uk": "У центрі записують лише на сьогодні. На інший день запишіться онлайн.",
        "en": "In the centre only today can be booked. For another day book online.",
        "pl": "W centrum można zapisać się tylko na dziś. Na inny dzień zapisz się online.",
    },
    "no_such_time": {
        "uk": "У цей час центр не приймає з цієї послуги. Подивіться вільний час (відкрито дні до {until}).",
        "en": "The centre gives no such service at this time. See the free times (days up to {until} are open).",
        "pl": "Centrum nie świadczy tej usługi w tym terminie. Zobacz wolne terminy (dni do {until} są otwarte).",
    },
}


@dataclass(frozen=True)
class Identity:
    """Who the booking is for: the person who comes and, if it is one, the legal entity behind.

    `person` is the number space (`rnokpp`, `document`) and the number in it. Lives in memory only.
    """

    person: tuple[str, str]
    edrpou: str | None = None

    @property
    def kind(self) -> str:
        return "legal_entity" if self.edrpou else "individual"

    @property
    def applicant(self) -> tuple[str, str]:
        """Whose quota counts: the entity's, else the person's."""
        return ("edrpou", self.edrpou) if self.edrpou else self.person


@dataclass(frozen=True)
class Snapshot:
    """What decisions need to know of a booking."""

    status: Status
    expires_at: datetime
    channel: Channel


def ensure(status: Status, wanted: Status) -> None:
    """Raises the error that says why a booking of this status cannot become `wanted`."""
    if wanted in TRANSITIONS[status]:
        return
    if status is Status.CANCELLED:
        raise AlreadyCancelled
    if status is Status.EXPIRED:
        raise HoldExpired
    if status is Status.VOID:
        raise NotFound
    raise IllegalTransition(state=str(status))


def confirm(booking: Snapshot, *, now: datetime) -> bool:
    """Whether there is anything to do: confirming again changes nothing. At `expires_at` itself it is too late."""
    if booking.status is Status.CONFIRMED or booking.status in VISITED:
        return False
    ensure(booking.status, Status.CONFIRMED)
    if now >= booking.expires_at:
        raise HoldExpired
    return True


def cancel(booking: Snapshot, *, now: datetime) -> None:
    """A booking can be cancelled by its owner until it is called; a hold until it runs out."""
    ensure(booking.status, Status.CANCELLED)
    if booking.status is Status.HELD and now >= booking.expires_at:
        raise HoldExpired


def cancellable(booking: Snapshot, *, now: datetime) -> bool:
    """Whether `cancel` would do it."""
    try:
        cancel(booking, now=now)
    except Problem:
        return False
    return True


def change_contact(booking: Snapshot, *, now: datetime) -> None:
    """Who is to be told of changes can be said while there is something to change."""
    cancel(booking, now=now)


def channel_of(roles: frozenset[str]) -> Channel:
    """The channel comes from the role (api.md). Raises `Forbidden` for roles that do not book."""
    for role, channel in (
        ("terminal", Channel.TERMINAL),
        ("administrator", Channel.OPERATOR),
        ("citizen", Channel.ONLINE),
    ):
        if role in roles:
            return channel
    raise Forbidden


def check_window(starts_at: datetime, *, channel: Channel, now: datetime, zone: ZoneInfo, until: date) -> None:
    """Online: from today to `until`. Terminal and operator: today only. Never a time that has begun."""
    if starts_at <= now:
        raise OutsideWindow("past", until=until)
    if channel is not Channel.ONLINE and starts_at >= end_of(now.astimezone(zone).date(), zone):
        raise OutsideWindow("today_only", until=until)
    if starts_at >= end_of(until, zone):
        raise OutsideWindow("not_open_yet", until=until)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The midnight after that day. To compare with, because converting a far `starts_at` could overflow."""
    return datetime.combine(day + timedelta(days=1), time.min, zone)


def check_priority(priority: str | None, *, channel: Channel, document_shown: bool) -> None:
    """Only from a terminal or an operator, with the supporting document shown."""
    if priority and (channel is Channel.ONLINE or not document_shown):
        raise PriorityNeedsDocument


def first_ticket(priority: str | None) -> int:
    return FIRST_PRIORITY_TICKET if priority else FIRST_ORDINARY_TICKET


def cooldown_until(visit_date: date, *, days: int) -> date | None:
    """The last day that a booking of a service with a cool-down of so many days keeps the person from visiting for
    the same service again: with 10 days, an attempt is possible from the 11th (domain.md §2). None: no cool-down.
    """
    return visit_date + timedelta(days=days) if days else None


def moved_cooldown(until: date | None, before: date, after: date) -> date | None:
    """As long as it was, from the new day of the visit."""
    return until and after + (until - before)


def keeps_cooldown(status: Status, outcome: str | None = None) -> bool:
    """The cool-down runs from a coming booking or a failed attempt; any other end lifts it (domain.md §2)."""
    return status in UPCOMING or (status is Status.FINISHED and outcome == "failed")
