"""A report is put together from what is known of its days and of the same days a year before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from stats_svc.domain import What
from stats_svc.queries.ratings import Ratings
from stats_svc.queries.visits import Durations
from stats_svc.reports import words
from stats_svc.reports.domain import Column, Kind, Line, Period, Report, Section, Value
from stats_svc.schemas import RatingItem, VisitItem
from stats_svc.views import Reader, Visits, rating_item, visit_item, wishes

Text = Mapping[str, str]
CHANNELS = ("online", "terminal", "operator")


@dataclass(frozen=True)
class Span:
    """All that is known of a period: together, by channel, by question; what is by month and centre is only of the one
    that the report is about.
    """

    visits: Visits
    channels: Mapping[str, Visits]
    questions: Sequence[Ratings]
    reaction: Durations

    @property
    def overall(self) -> Ratings:
        return next((part for part in self.questions if part.key == "overall"), Ratings(""))


@dataclass(frozen=True)
class Cells:
    """Side by side: items of visits and ratings of the same keys, small ones hidden."""

    names: Mapping[str, str]
    visits: Mapping[str, VisitItem]
    ratings: Mapping[str, RatingItem]


@dataclass(frozen=True)
class Material:
    """What a report is made of."""

    name: str
    period: Period
    now: Span
    before: Span
    question_names: Mapping[str, Text]
    months: Cells
    centres: Cells | None


def compose(material: Material, language: str) -> Report:
    made = Composer(material, language)
    return Report(
        title=f"{words.TITLE[language]}: {material.name}",
        subtitle=made.period(material.period),
        notes=[note[language] for note in words.NOTES],
        sections=list(made.sections()),
    )


class Composer:
    """Lines with the period, the one before, and the change between."""

    def __init__(self, material: Material, language: str) -> None:
        self._of, self._language = material, language
        self._reader = Reader(language, exact=False)

    def period(self, period: Period) -> str:
        pattern = words.QUARTER if period.quarter else words.YEAR
        return pattern[self._language].format(year=period.year, quarter=period.quarter)

    def sections(self) -> Iterator[Section]:
        both = (self._of.now, self._of.before)
        yield self._compared(words.VISITS, [self._visits(span) for span in both])
        yield self._compared(words.TIMES, [self._times(span) for span in both], "minutes")
        yield self._compared(words.RATINGS, [self._ratings(span) for span in both])
        yield self._questions()
        yield self._compared(words.REMARKS, [self._remarks(span) for span in both])
        yield self._side_by_side(words.MONTHS, words.MONTH, self._of.months)
        if self._of.centres:
            yield self._side_by_side(words.CENTRES, words.CENTRE, self._of.centres)

    def _say(self, text: Text) -> str:
        return text[self._language]

    def _compared(self, title: Text, sides: Sequence[Mapping[str, Value]], kind: Kind = "count") -> Section:
        columns = [self.period(self._of.period), self.period(self._of.period.before), self._say(words.CHANGE)]
        now, before = sides
        return Section(
            self._say(title),
            [Column(self._say(words.INDICATOR), "words"), *(Column(name, kind) for name in columns)],
            [self._line(name, now[name], before[name], kind) for name in now],
        )

    def _line(self, name: str, now: Value, before: Value, kind: Kind) -> Line:
        return Line(self._say(words.LINES[name]), [now, before, change(now, before)], KINDS.get(name, kind))

    def _visits(self, span: Span) -> dict[str, Value]:
        item = self._item(span.visits)
        booked = {name: self._item(span.channels.get(name, nothing(name))).booked for name in CHANNELS}
        asked = wishes(span.visits.tallies)
        return {
            "wishes": self._shown(asked),
            "quota_exhausted": self._shown(span.visits.of(What.QUOTA_EXHAUSTED)),
            "booked": item.booked,
            **booked,
            **{name: getattr(item, name) for name in ENDINGS},
        }

    def _times(self, span: Span) -> dict[str, Value]:
        item = self._item(span.visits)
        return {
            "waiting_half": minutes(item.waiting.p50_seconds) if item.waiting else None,
            "waiting_most": minutes(item.waiting.p90_seconds) if item.waiting else None,
            "service_half": minutes(item.service.p50_seconds) if item.service else None,
            "service_most": minutes(item.service.p90_seconds) if item.service else None,
        }

    def _ratings(self, span: Span) -> dict[str, Value]:
        item = self._rating(span.overall)
        low, high = item.interval or (None, None)
        shares = {"share": item.share_positive, "low": low, "high": high}
        return {"ratings": item.ratings, "mean": item.mean, **shares, "verified": item.verified}

    def _remarks(self, span: Span) -> dict[str, Value]:
        shown = not self._reader.hides(span.reaction.n)
        half, most = (span.reaction.percentile(share) if shown else None for share in (0.5, 0.9))
        return {
            "opened": span.visits.of(What.REMARK_OPENED),
            "answered": span.visits.of(What.REMARK_ANSWERED),
            "late": span.visits.of(What.REMARK_LATE),
            "reaction_half": None if half is None else round(half / 3600, 1),
            "reaction_most": None if most is None else round(most / 3600, 1),
        }

    def _questions(self) -> Section:
        names = [self._say(words.QUESTION), *(self._say(words.LINES[name]) for name in ("ratings", "mean", "share"))]
        kinds: Sequence[Kind] = ("words", "count", "mean", "share")
        lines = [self._question(part) for part in self._of.now.questions]
        columns = [Column(name, kind) for name, kind in zip(names, kinds, strict=True)]
        return Section(self._say(words.QUESTIONS), columns, lines)

    def _question(self, part: Ratings) -> Line:
        item = self._rating(part)
        name = self._reader.name(part.key, self._of.question_names)
        return Line(name, [item.ratings, item.mean, item.share_positive])

    def _side_by_side(self, title: Text, first: Text, cells: Cells) -> Section:
        shown = ("booked", "served", "missed", "ratings", "share")
        columns = [Column(self._say(words.LINES[name]), KINDS.get(name, "count")) for name in shown]
        lines = [Line(name, self._cell(key, cells)) for key, name in cells.names.items()]
        return Section(self._say(title), [Column(self._say(first), "words"), *columns], lines)

    def _cell(self, key: str, cells: Cells) -> list[Value]:
        visits = cells.visits.get(key) or VisitItem(key=key, name="", booked=0, served=0, missed=0)
        ratings = cells.ratings.get(key) or RatingItem(key=key, name="", ratings=0)
        return [visits.booked, visits.served, visits.missed, ratings.ratings, ratings.share_positive]

    def _item(self, cell: Visits) -> VisitItem:
        return VisitItem(key="", name="") if self._reader.hides(cell.persons) else visit_item(cell, "", self._reader)

    def _rating(self, part: Ratings) -> RatingItem:
        return RatingItem(key="", name="") if self._reader.hides(part.n) else rating_item(part, "", self._reader)

    def _shown(self, n: int) -> int | None:
        return None if self._reader.hides(n) else n


ENDINGS = ("served", "failed", "missing_documents", "missed", "refused", "cancelled", "cancelled_by_centre")
KINDS: Mapping[str, Kind] = {
    "mean": "mean",
    "share": "share",
    "low": "share",
    "high": "share",
    "reaction_half": "minutes",
    "reaction_most": "minutes",
}


def nothing(key: str) -> Visits:
    return Visits(key, {}, Durations(), Durations())


def minutes(seconds: int | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def change(now: Value, before: Value) -> float | None:
    """In hundredths of what it was; None where there was nothing, or it is not shown."""
    if not isinstance(now, int | float) or not isinstance(before, int | float) or not before:
        return None
    return round(100 * (now - before) / before, 1)
