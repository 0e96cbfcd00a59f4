"""Request and response bodies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from stats_svc.domain import Group
from stats_svc.projections.shadowing import Rebuild
from stats_svc.queries.asked import Asked

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)]
Territory = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,19}$")]
Share = Annotated[float, Field(ge=0, le=1)]
VISIT_GROUPS = Literal["region", "organisation", "centre", "desk", "service", "channel", "day", "month", "year"]


class Query(BaseModel):
    """`from` and `to` are days, both included; without them, this year until today. Unknown parameters are refused: a
    misspelt filter must not give other figures than were meant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    region: Territory | None = None
    organisation: Code | None = None
    centre: Code | None = None
    lang: str | None = None

    def asked(self, group: Group, *, today: date) -> Asked:
        """Raises `RangeReversed`, `RangeTooLong`."""
        last = self.last or (max(today, self.first) if self.first else today)
        first = self.first or last.replace(month=1, day=1)
        return Asked(first, last, group, self.region, self.organisation, self.centre).check()


class RatingQuery(Query):
    """`evaluator`: the organisation whose independent evaluation is meant; without it, what the centres' own
    organisations asked. `about`: what was rated.
    """

    group_by: Group = Group.REGION
    evaluator: Code | None = None
    about: Literal["visit", "booking_system"] = "visit"

    def asked_of_ratings(self, *, today: date) -> Asked:
        """Raises `RangeReversed`, `RangeTooLong`."""
        return replace(self.asked(self.group_by, today=today), evaluator=self.evaluator, about=self.about)


class VisitQuery(Query):
    group_by: VISIT_GROUPS = "region"


class Item(BaseModel):
    """`suppressed`: fewer than five persons, or so that such a cell cannot be told from the others; then every figure
    of it is null.
    """

    key: str
    name: str
    suppressed: bool = False


class RatingItem(Item):
    """`interval`: where the true share of positive ratings lies with 95 % certainty (Wilson). `verified`: of a visit's
    own token; `flagged`: more at a desk than its visits could give, for staff; `values`: how many of each answer, where
    it is asked for by desk, service or channel, or by question of one centre.
    """

    ratings: int | None = None
    positive: int | None = None
    negative: int | None = None
    mean: float | None = None
    share_positive: Share | None = None
    interval: tuple[Share, Share] | None = None
    verified: int | None = None
    flagged: int | None = None
    values: dict[int, int] | None = None


class Listed(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    group_by: Group
    next: None = None


class RatingList(Listed):
    items: list[RatingItem]
    total: RatingItem


class DurationView(BaseModel):
    """Seconds. Percentiles are off by at most 2 %, the mean is exact."""

    p50_seconds: int | None
    p90_seconds: int | None
    mean_seconds: int | None


class VisitItem(Item):
    """Of the visits of these days: `booked`, whatever became of it; `served`, of which `failed` and
    `missing_documents`; `missed` are no-shows; `refused` was somebody else than the one booked; `cancelled` by the
    applicant or by the centre. `waiting` and `service` are of those served.
    """

    booked: int | None = None
    checked_in: int | None = None
    served: int | None = None
    failed: int | None = None
    missing_documents: int | None = None
    missed: int | None = None
    refused: int | None = None
    cancelled: int | None = None
    cancelled_by_centre: int | None = None
    waiting: DurationView | None = None
    service: DurationView | None = None


class VisitList(Listed):
    items: list[VisitItem]
    total: VisitItem


class QuotaItem(Item):
    """Wishes for visits of these days: `held` got a place, the others were refused, each for its reason."""

    held: int | None = None
    quota_exhausted: int | None = None
    blocked_for_no_shows: int | None = None
    cooldown: int | None = None
    priority_used: int | None = None
    slot_full: int | None = None
    share_exhausted: Share | None = None


class QuotaList(Listed):
    items: list[QuotaItem]
    total: QuotaItem


class TodayCounts(BaseModel):
    booked: int
    served: int
    missed: int


class TodayRegion(BaseModel):
    key: str
    name: dict[str, str]
    suppressed: bool
    visits: TodayCounts | None


class Today(BaseModel):
    """Names are in all three languages: what is told live is the same for everybody."""

    date: date
    visits: TodayCounts | None
    ratings: int | None
    share_positive: Share | None
    regions: list[TodayRegion]


class StaffQuery(Query):
    """`centre` is needed."""

    centre: Code


class Indicator(BaseModel):
    """`own` is what was seen at the desk, `value` the one to judge by: drawn to the centre's, the own having `weight`.
    `small_sample`: the centre's weighs more than the own.
    """

    value: float
    own: float
    weight: Share
    small_sample: bool


class StaffItem(BaseModel):
    """A desk. `pace`: time taken of time expected for its mix of services, below 1 is quicker. `quality`: mean answer,
    1 to 4, to the question on the whole.
    """

    key: str
    name: str
    served: int
    refused: int
    did_not_come: int
    minutes: float
    expected_minutes: float
    pace: Indicator | None
    ratings: int
    share_positive: Share | None = None
    interval: tuple[Share, Share] | None = None
    quality: Indicator | None = None


class StaffList(BaseModel):
    """`minutes_by_service`: how long each service takes in this centre in these days: what is expected."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    centre: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    method: str
    minutes_by_service: dict[str, float]
    items: list[StaffItem]
    next: None = None


class ReportQuery(BaseModel):
    """`centre`: of this centre only."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    centre: Code | None = None
    lang: str | None = None


class RebuildView(BaseModel):
    """`events` were counted so far. `missing`: events that had been counted and are in no archive: then the figures
    stay as they were (`incomplete`). `skipped`: events that cannot be read, `doctor` of their owner knows them.
    """

    id: UUID
    state: Literal["running", "done", "incomplete"]
    started_at: datetime
    ended_at: datetime | None
    events: int
    skipped: int
    missing: int | None

    @classmethod
    def of(cls, found: Rebuild) -> RebuildView:
        fields = {name: getattr(found, name) for name in cls.model_fields}
        return cls(**fields)
