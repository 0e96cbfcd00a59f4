"""Figures as they are shown: names in the caller's language, shares and intervals, small cells hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stats_svc.domain import SMALLEST_CELL, What, hidden, wilson
from stats_svc.queries.ratings import Ratings
from stats_svc.queries.ratings import add as add_ratings
from stats_svc.queries.visits import Durations
from stats_svc.schemas import DurationView, QuotaItem, RatingItem, VisitItem

Text = Mapping[str, str]
TOTAL = {"uk": "Разом", "en": "Together", "pl": "Razem"}
Tallies = Mapping[What, int]


@dataclass(frozen=True)
class Reader:
    """Who reads: in which language, and whether small cells too."""

    language: str
    exact: bool

    def name(self, key: str, names: Mapping[str, Text]) -> str:
        return names[key][self.language] if key in names else key

    def hidden(self, cells: Sequence[int]) -> list[bool]:
        return [False] * len(cells) if self.exact else hidden(cells)

    def hides(self, cell: int) -> bool:
        return not self.exact and 0 < cell < SMALLEST_CELL


def rating_items(found: Sequence[Ratings], names: Mapping[str, Text], reader: Reader) -> list[RatingItem]:
    hide = reader.hidden([part.n for part in found])
    return [
        RatingItem(key=part.key, name=reader.name(part.key, names), suppressed=True)
        if hides
        else rating_item(part, reader.name(part.key, names), reader)
        for part, hides in zip(found, hide, strict=True)
    ]


def rating_total(found: Sequence[Ratings], reader: Reader) -> RatingItem:
    total, name = add_ratings(found), TOTAL[reader.language]
    if reader.hides(total.n):
        return RatingItem(key="", name=name, suppressed=True)
    return rating_item(total, name, reader)


def rating_item(part: Ratings, name: str, reader: Reader) -> RatingItem:
    return RatingItem(
        key=part.key,
        name=name,
        ratings=part.n,
        positive=part.positive,
        negative=part.negative,
        mean=round(part.total / part.n, 4) if part.n else None,
        share_positive=round(part.positive / part.n, 4) if part.n else None,
        interval=interval(part.positive, part.n) if part.n else None,
        verified=part.verified,
        flagged=part.flagged if reader.exact else None,
        values=dict(part.values) or None,
    )


def interval(positive: int, n: int) -> tuple[float, float]:
    low, high = wilson(positive, n)
    return round(low, 4), round(high, 4)


@dataclass(frozen=True)
class Visits:
    """All that is known of the visits of one cell."""

    key: str
    tallies: Tallies
    waiting: Durations
    serving: Durations

    def of(self, *whats: What) -> int:
        return sum(self.tallies.get(what, 0) for what in whats)

    @property
    def booked(self) -> int:
        """Moved ones on their new day. Never negative, also while a move is told and its booking not yet."""
        return max(0, self.of(What.CONFIRMED, What.MOVED_IN) - self.of(What.MOVED_OUT))

    @property
    def served(self) -> int:
        return self.of(What.SERVED, What.FAILED, What.MISSING_DOCUMENTS)

    @property
    def missed(self) -> int:
        return self.of(What.NOT_CHECKED_IN, What.DID_NOT_COME)

    @property
    def persons(self) -> int:
        """How many people the cell is about."""
        cancelled = self.of(What.CANCELLED, What.CANCELLED_BY_CENTRE)
        return max(self.booked, self.served, self.missed, cancelled, self.of(What.REFUSED))


def visit_items(found: Sequence[Visits], names: Mapping[str, Text], reader: Reader) -> list[VisitItem]:
    hide = reader.hidden([part.persons for part in found])
    return [
        VisitItem(key=part.key, name=reader.name(part.key, names), suppressed=True)
        if hides
        else visit_item(part, reader.name(part.key, names), reader)
        for part, hides in zip(found, hide, strict=True)
    ]


def visit_total(total: Visits, reader: Reader) -> VisitItem:
    name = TOTAL[reader.language]
    if reader.hides(total.persons):
        return VisitItem(key="", name=name, suppressed=True)
    return visit_item(total, name, reader)


def visit_item(part: Visits, name: str, reader: Reader) -> VisitItem:
    return VisitItem(
        key=part.key,
        name=name,
        booked=part.booked,
        checked_in=part.of(What.CHECKED_IN),
        served=part.served,
        failed=part.of(What.FAILED),
        missing_documents=part.of(What.MISSING_DOCUMENTS),
        missed=part.missed,
        refused=part.of(What.REFUSED),
        cancelled=part.of(What.CANCELLED),
        cancelled_by_centre=part.of(What.CANCELLED_BY_CENTRE),
        waiting=duration(part.waiting, reader),
        service=duration(part.serving, reader),
    )


REFUSALS = (What.QUOTA_EXHAUSTED, What.BLOCKED_FOR_NO_SHOWS, What.COOLDOWN, What.PRIORITY_USED, What.SLOT_FULL)


def wishes(tallies: Tallies) -> int:
    """How many asked for a place, with or without getting one."""
    return sum(tallies.get(what, 0) for what in (What.HELD, *REFUSALS))


def quota_items(found: Mapping[str, Tallies], names: Mapping[str, Text], reader: Reader) -> list[QuotaItem]:
    cells = {key: tallies for key, tallies in sorted(found.items()) if wishes(tallies)}
    hide = reader.hidden([wishes(tallies) for tallies in cells.values()])
    return [
        QuotaItem(key=key, name=reader.name(key, names), suppressed=True)
        if hides
        else quota_item(key, reader.name(key, names), tallies)
        for (key, tallies), hides in zip(cells.items(), hide, strict=True)
    ]


def quota_total(total: Tallies, reader: Reader) -> QuotaItem:
    name = TOTAL[reader.language]
    if reader.hides(wishes(total)):
        return QuotaItem(key="", name=name, suppressed=True)
    return quota_item("", name, total)


def quota_item(key: str, name: str, tallies: Tallies) -> QuotaItem:
    exhausted, asked = tallies.get(What.QUOTA_EXHAUSTED, 0), wishes(tallies)
    return QuotaItem(
        key=key,
        name=name,
        held=tallies.get(What.HELD, 0),
        quota_exhausted=exhausted,
        blocked_for_no_shows=tallies.get(What.BLOCKED_FOR_NO_SHOWS, 0),
        cooldown=tallies.get(What.COOLDOWN, 0),
        priority_used=tallies.get(What.PRIORITY_USED, 0),
        slot_full=tallies.get(What.SLOT_FULL, 0),
        share_exhausted=round(exhausted / asked, 4) if asked else None,
    )


def duration(measured: Durations, reader: Reader) -> DurationView | None:
    """None where nobody was measured, or too few to be shown."""
    if not measured.n or reader.hides(measured.n):
        return None
    half, nine_tenths, mean = measured.percentile(0.5), measured.percentile(0.9), measured.mean
    assert half is not None
    assert nine_tenths is not None
    assert mean is not None
    return DurationView(p50_seconds=round(half), p90_seconds=round(nine_tenths), mean_seconds=round(mean))
