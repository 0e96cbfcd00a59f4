"""Request and response bodies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from quota_svc.domain import Channel, Kind, Period, Policy, Span, period_label, renews_at, rule_name
from quota_svc.handlers.reading import Standing
from quota_svc.repository.reading import Used

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)]


class PolicyBody(BaseModel):
    """A limit in force from `valid_from` to `valid_to`, both included, by the date of the visit. It ends, at the
    latest, the day before the next one of the same organisation, applicant and channel begins.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation: Code
    applicant: Kind
    channel: Channel
    limit: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
    period: Period
    cancelled_counts: bool = True
    valid_from: date
    valid_to: date | None = None

    def policy(self, policy_id: UUID) -> Policy:
        return Policy(
            id=policy_id,
            organisation=self.organisation,
            kind=self.applicant,
            channel=self.channel,
            limit=self.limit,
            period=self.period,
            cancelled_counts=self.cancelled_counts,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class PolicyView(PolicyBody):
    id: UUID

    @classmethod
    def of(cls, policy: Policy) -> PolicyView:
        return cls(
            id=policy.id,
            organisation=policy.organisation,
            applicant=policy.kind,
            channel=policy.channel,
            limit=policy.limit,
            period=policy.period,
            cancelled_counts=policy.cancelled_counts,
            valid_from=policy.valid_from,
            valid_to=policy.valid_to,
        )


class PolicyList(BaseModel):
    items: list[PolicyView]
    next: None = None


class QuotaItem(BaseModel):
    """One period of one channel. `limit` null: no policy is in force, so there is no limit and no rule."""

    channel: Channel
    rule: str | None
    limit: int | None
    used: int
    period: str
    renews_at: datetime
    counting: list[UUID]


class QuotaView(BaseModel):
    organisation: str
    items: list[QuotaItem]
    blocked: None = None
    next: None = None

    @classmethod
    def of(cls, standing: Standing) -> QuotaView:
        items = [_item(standing, span, used) for span, used in standing.spans]
        return cls(organisation=standing.organisation.code, items=items)


def _item(standing: Standing, span: Span, used: Used) -> QuotaItem:
    organisation = standing.organisation
    rule = rule_name(organisation.code, standing.kind, span.channel, span.period)
    return QuotaItem(
        channel=span.channel,
        rule=rule if span.limit is not None else None,
        limit=span.limit,
        used=used.used,
        period=period_label(span.period, span.start),
        renews_at=renews_at(span.period, span.start, organisation.zone),
        counting=list(used.booking_ids),
    )
