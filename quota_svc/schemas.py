"""Request and response bodies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from quota_svc.domain import (
    HOW_TO_UNBLOCK,
    WHY_BLOCKED,
    Block,
    Channel,
    Kind,
    Period,
    Policy,
    Span,
    period_label,
    renews_at,
    rule_name,
)
from quota_svc.handlers.reading import Standing
from quota_svc.repository.reading import Used
from services.identities import Document, Rnokpp

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=64)]


class PolicyBody(BaseModel):
    """A limit in force from `valid_from` to `valid_to`, both included, by the date of the visit. It ends, at the
    latest, the day before the next one of the same organisation, applicant and channel begins. `no_show_limit`, for
    individuals online: so many no-shows in a calendar month close online booking.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    organisation: Code
    applicant: Kind
    channel: Channel
    limit: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
    period: Period
    cancelled_counts: bool = True
    no_show_limit: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
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
            no_show_limit=self.no_show_limit,
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
            no_show_limit=policy.no_show_limit,
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


class BlockedView(BaseModel):
    """Online booking is closed: since when, why, and what lifts it; `missed` are the bookings that nobody came to."""

    since: datetime
    reason: str
    unblock: str
    period: str
    no_shows: int
    centre: str
    missed: list[UUID]

    @classmethod
    def of(cls, block: Block, zone: ZoneInfo, language: str) -> BlockedView:
        month = period_label(Period.MONTH, block.month)
        return cls(
            since=block.since.astimezone(zone),
            reason=WHY_BLOCKED[language].format(month=month, no_shows=len(block.missed)),
            unblock=HOW_TO_UNBLOCK[language].format(centre=block.centre),
            period=month,
            no_shows=len(block.missed),
            centre=block.centre,
            missed=list(block.missed),
        )


class QuotaView(BaseModel):
    organisation: str
    items: list[QuotaItem]
    blocked: BlockedView | None
    next: None = None

    @classmethod
    def of(cls, standing: Standing, language: str) -> QuotaView:
        organisation, block = standing.organisation, standing.block
        return cls(
            organisation=organisation.code,
            items=[_item(standing, span, used) for span, used in standing.spans],
            blocked=BlockedView.of(block, organisation.zone, language) if block else None,
        )


class UnblockBody(BaseModel):
    """The person who has come, by tax number or by document, and why the block is lifted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Rnokpp | None = None
    document: Document | None = None
    organisation: Code
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class UnblockedView(BaseModel):
    """Nothing is blocked now. `last_block`: what was lifted last; null: there never was any."""

    organisation: str
    blocked: None = None
    last_block: LastBlock | None

    @classmethod
    def of(cls, organisation: str, block: Block | None) -> UnblockedView:
        last = LastBlock(since=block.since, ended_at=block.ended_at) if block and block.ended_at else None
        return cls(organisation=organisation, last_block=last)


class LastBlock(BaseModel):
    since: datetime
    ended_at: datetime


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
