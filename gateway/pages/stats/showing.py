"""Figures of the API as the templates show them: charts, and the rows of the tables beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.pages.formats import Formats
from gateway.pages.stats.charts import Columns, Line, Scale, Share, Whisker, bar, shares
from gateway.pages.stats.periods import Period, day_of

Item = dict[str, Any]
QUESTIONS = ("premises", "services", "staff", "process", "overall")
FATES = ("booked", "served", "missed", "refused", "cancelled", "cancelled_by_centre")
REASONS = ("quota_exhausted", "slot_full", "cooldown", "blocked_for_no_shows", "priority_used")
NOTHING: Item = {"suppressed": False, "share_positive": None, "interval": None} | dict.fromkeys(("ratings", *FATES), 0)
"""Of days on which nothing happened: the API does not name them."""


@dataclass(frozen=True)
class Part:
    """A region, a centre or a question, with its bar and its share on the scale of all."""

    item: Item
    length: float
    whisker: Whisker | None


@dataclass(frozen=True)
class Parts:
    parts: tuple[Part, ...]
    scale: Scale

    @property
    def hides(self) -> bool:
        return any(part.item["suppressed"] for part in self.parts)


@dataclass(frozen=True)
class Step:
    """A day, a month or a year of the trend."""

    key: str
    day: date
    rated: Item
    visits: Item


@dataclass(frozen=True)
class View:
    """What a dashboard shows."""

    rated: Item
    visits: Item
    wishes: Item
    questions: Parts
    places: Parts
    steps: tuple[Step, ...]
    ratings_chart: Columns
    share_chart: Line | None
    visits_chart: Columns
    visits_by_part: list[Item]
    fates: tuple[tuple[str, int, float], ...]
    reasons: tuple[tuple[str, int, float], ...]

    @property
    def has_answers(self) -> bool:
        """Whether it is told how many gave each answer."""
        return any(part.item["values"] for part in self.questions.parts)

    @property
    def has_ratings(self) -> bool:
        """Also hidden ones."""
        return bool(self.rated["suppressed"] or self.rated["ratings"])

    @property
    def names_of_parts(self) -> dict[str, str]:
        return {item["key"]: item["name"] for item in self.visits_by_part}

    @property
    def hides_a_step(self) -> bool:
        return any(step.rated["suppressed"] or step.visits["suppressed"] for step in self.steps)


def shown(found: dict[str, Item], period: Period, *, until: date, language: str) -> View:
    """`found` as `reading.figures` gives it; `until`: today, after which there is no trend."""
    steps = _steps(found, period, until)
    names = [name_of(step, period, language) for step in steps]
    lines = [_share(step.rated) for step in steps]
    visits, wishes = found["visits_by_part"]["total"], found["wishes"]["total"]
    return View(
        rated=found["by_place"]["total"],
        visits=visits,
        wishes=wishes,
        questions=parts(sorted(found["by_question"]["items"], key=_order)),
        places=parts(sorted(found["by_place"]["items"], key=lambda item: -(item["ratings"] or 0))),
        steps=tuple(steps),
        ratings_chart=Columns.of([step.rated["ratings"] for step in steps], names),
        share_chart=Line.of(lines, names) if any(lines) else None,
        visits_chart=Columns.of([step.visits["served"] for step in steps], names),
        visits_by_part=found["visits_by_part"]["items"],
        fates=_bars(visits, FATES),
        reasons=_bars(wishes, REASONS),
    )


def parts(items: Sequence[Item]) -> Parts:
    found = [_share(item) for item in items]
    scale = shares([end for share in found if share for end in (share.low, share.high)])
    most = max((item["ratings"] or 0 for item in items), default=0)
    made = [
        Part(item, bar(item["ratings"], most), Whisker.of(share, scale) if share else None)
        for item, share in zip(items, found, strict=True)
    ]
    return Parts(tuple(made), scale)


def name_of(step: Step, period: Period, language: str) -> str:
    """As it stands under a chart, where there is little room."""
    if period.step == "year":
        return step.key
    formats = Formats(language)
    if period.step == "day":
        return step.day.strftime("%d.%m")
    name = formats.short_month(step.day)
    return f"{name} {step.day:%y}" if period.first.year != period.last.year else name


def _steps(found: dict[str, Item], period: Period, until: date) -> list[Step]:
    rated, visits = ({item["key"]: item for item in found[what]["items"]} for what in ("by_step", "visits_by_step"))
    keys = period.keys(until)
    return [Step(key, day_of(key), rated.get(key, NOTHING), visits.get(key, NOTHING)) for key in keys]


def _share(item: Item) -> Share | None:
    if item["share_positive"] is None:
        return None
    return Share(item["share_positive"], *item["interval"])


def _order(item: Item) -> tuple[int, str]:
    """Of the questionnaire; questions of others' after them."""
    key = item["key"]
    return (QUESTIONS.index(key) if key in QUESTIONS else len(QUESTIONS), key)


def _bars(total: Item, names: Sequence[str]) -> tuple[tuple[str, int, float], ...]:
    """Name, figure, length; none where the figures are hidden."""
    figures = {name: total[name] for name in names if total[name] is not None}
    most = max(figures.values(), default=0)
    return tuple((name, figure, bar(figure, most)) for name, figure in figures.items())
