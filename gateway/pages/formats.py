"""Days, times and numbers as the reader writes them (CLDR, by Babel)."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

NAMES = (
    *("day", "short_day", "weekday", "long_date", "month", "short_month", "clock", "day_and_clock"),
    *("number", "percent", "minutes", "duration"),
)


def moment(value: datetime | str) -> datetime:
    """Of the API's RFC 3339 text; the zone stays the centre's."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def a_date(value: date | str) -> date:
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


class Formats:
    """In one language; all are Jinja filters by their names."""

    def __init__(self, language: str) -> None:
        self._language = language

    def day(self, value: date | str) -> str:
        """вівторок, 24 листопада"""
        return format_date(a_date(value), "EEEE, d MMMM", locale=self._language)

    def short_day(self, value: date | str) -> str:
        """24 лист."""
        return format_date(a_date(value), "d MMM", locale=self._language)

    def weekday(self, value: date | str) -> str:
        """вт"""
        return format_date(a_date(value), "EEE", locale=self._language)

    def month(self, value: date | str) -> str:
        """листопад 2026"""
        return format_date(a_date(value), "LLLL y", locale=self._language)

    def long_date(self, value: date | str) -> str:
        """24 листопада 2026"""
        return format_date(a_date(value), "d MMMM y", locale=self._language)

    def short_month(self, value: date | str) -> str:
        """лист: where there is little room"""
        return format_date(a_date(value), "LLL", locale=self._language).rstrip(".")

    def clock(self, value: datetime | str) -> str:
        """09:20"""
        return format_time(moment(value).replace(tzinfo=None), "HH:mm", locale=self._language)

    def day_and_clock(self, value: datetime | str) -> str:
        """вівторок, 24 листопада, 09:20"""
        return format_datetime(moment(value).replace(tzinfo=None), "EEEE, d MMMM, HH:mm", locale=self._language)

    def number(self, value: float) -> str:
        """1 364"""
        return format_decimal(value, locale=self._language)

    def percent(self, value: float, pattern: str = "#,##0.0%") -> str:
        """97,9%: of a share, 0 to 1."""
        return format_percent(value, pattern, locale=self._language)

    def minutes(self, seconds: float) -> str:
        """6,5 хв: exact enough for what is compared, whole from ten minutes on."""
        found = seconds / 60
        return format_unit(round(found, 1 if found < 10 else None), "duration-minute", "short", locale=self._language)

    def duration(self, seconds: float) -> str:
        """12 хвилин: in the largest unit that fits, at least a minute."""
        return format_timedelta(max(60, int(seconds)), granularity="minute", threshold=1.5, locale=self._language)

    def filters(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in NAMES}
