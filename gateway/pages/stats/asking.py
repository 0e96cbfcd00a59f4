"""What the form of a period asks for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from gateway.pages.client import Refused
from gateway.pages.page import Page
from gateway.pages.stats.periods import STEPS, Period

FIELDS = ("year", "quarter", "from", "to", "by")
OLDEST, NEWEST = 2000, 2100
QUARTERS = ("1", "2", "3", "4")


@dataclass(frozen=True)
class Wish:
    """As it was filled in, and the period that it means; None where something is wrong."""

    values: dict[str, str]
    period: Period | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether days of one's own were asked for."""
        return bool(self.values["from"] or self.values["to"] or self.values["by"])


def wish(page: Page, *, years: Sequence[int], today: date) -> Wish:
    """Days, if they are given, else a year or a quarter of it, else the last whole year with figures, or this one."""
    values = {name: page.asked(name)[:10] for name in FIELDS}
    if values["from"] or values["to"]:
        return _days(page, values)
    return _year(page, {**values, "year": values["year"] or str(usual(years, today))})


def usual(years: Sequence[int], today: date) -> int:
    return max((year for year in years if year < today.year), default=today.year)


def _days(page: Page, values: dict[str, str]) -> Wish:
    found = {name: _date(values[name]) for name in ("from", "to")}
    errors = {
        name: page.gettext("Choose the first day") if name == "from" else page.gettext("Choose the last day")
        for name, day in found.items()
        if day is None
    }
    if values["by"] not in ("", *STEPS):
        errors["by"] = page.gettext("Choose days, months or years")
    first, last = found["from"], found["to"]
    if errors or not first or not last:
        return Wish(values, errors=errors)
    return Wish(values, Period(first, last, by=values["by"]))


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if OLDEST <= found.year < NEWEST else None


def _year(page: Page, values: dict[str, str]) -> Wish:
    year, quarter, errors = values["year"], values["quarter"], {}
    if not (year.isascii() and year.isdigit() and OLDEST <= int(year) < NEWEST):
        errors["year"] = page.gettext("Choose a year of the list")
    if quarter not in ("", *QUARTERS):
        errors["quarter"] = page.gettext("Choose a quarter of the list, or the whole year")
    if errors:
        return Wish(values, errors=errors)
    return Wish(values, Period.whole(int(year), int(quarter) if quarter else None))


def refused(page: Page, asked: Wish, problem: Refused) -> Wish:
    """The same with the API's refusal of these days at its field. Raises what is not about the days."""
    if problem.code == "range_reversed":
        why = page.gettext("The last day is before the first one. Exchange them: both are included.")
        return replace(asked, errors={"to": why})
    if problem.code == "range_too_long":
        if asked.values["by"] == "day":
            why = page.gettext("Day by day, two years are the most. Take months or years, or fewer days.")
            return replace(asked, errors={"by": why})
        return replace(asked, errors={"to": page.gettext("Ten years are the most. Take fewer days.")})
    raise problem
