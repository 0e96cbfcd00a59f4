"""The rules of sessions: ten minutes by the clock, and once. Pure functions on values."""

from __future__ import annotations

from datetime import date, datetime

from services.errors import Problem


class AlreadySubmitted(Problem):
    status, code = 409, "already_submitted"
    title = {"uk": "Відгук уже надіслано", "en": "Already sent", "pl": "Opinię już wysłano"}
    detail = {
        "uk": "Цей відгук уже записано, дякуємо. Щоб оцінити інший візит, відскануйте код ще раз.",
        "en": "This rating has been recorded, thank you. To rate another visit, scan the code again.",
        "pl": "Ta opinia została już zapisana, dziękujemy. Aby ocenić inną wizytę, zeskanuj kod ponownie.",
    }


class AskedAlready(AlreadySubmitted):
    """Of what is asked once a month."""

    detail = {
        "uk": "Цього місяця ви вже оцінили систему запису, дякуємо. Наступного місяця можна знову.",
        "en": "You have rated the booking system this month, thank you. You can again next month.",
        "pl": "W tym miesiącu oceniono już system rezerwacji, dziękujemy. Ponownie można w następnym miesiącu.",
    }


class SessionExpired(Problem):
    status, code = 410, "session_expired"
    title = {"uk": "Час минув", "en": "The time is over", "pl": "Czas minął"}
    detail = {
        "uk": "Відповісти можна було лише певний час після сканування. Відскануйте код ще раз.",
        "en": "There was a limited time to answer after scanning. Scan the code again.",
        "pl": "Odpowiedzieć można było przez ograniczony czas po zeskanowaniu. Zeskanuj kod ponownie.",
    }


def refusal(*, submitted_at: datetime | None, expires_at: datetime, now: datetime) -> Problem | None:
    """Why nothing can be submitted any more; None while it can. The clock decides, not what is left in a table."""
    if submitted_at is not None:
        return AlreadySubmitted()
    return SessionExpired() if now >= expires_at else None


def month_of(day: date) -> str:
    """`2026-11`: what somebody is asked once in."""
    return f"{day:%Y-%m}"
