"""Policies: imported by events, changed by the admin API. In force at once: every reservation joins them anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Channel, Kind, Organisation, Period, Policy, first_day_that_matters, forbids_wrongly
from quota_svc.repository import moving, policies
from services import audit
from services.auth import Principal
from services.contracts import catalogue
from services.db import Db
from services.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound
from services.ids import uuid7


async def organisations_changed(
    session: AsyncSession, events: Sequence[catalogue.OrganisationChanged], *, now: datetime
) -> None:
    for event in events:
        changed = Organisation(event.code, ZoneInfo(event.time_zone), event.window_days, event.active)
        await policies.put_organisation(session, changed, now=now)


async def imported(session: AsyncSession, events: Sequence[catalogue.PoliciesImported], *, now: datetime) -> None:
    rules = [_policy(rule, now) for event in events for rule in event.policies]
    await policies.lock_all(session)
    await policies.put(session, rules, now=now)
    await _take_effect(session, now)


async def listed(db: Db, organisation: str | None, *, by: Principal) -> list[Policy]:
    """An admin sees all, a manager the own organisation's."""
    if not by.has("admin"):
        _allow(by, organisation or by.organisation or "")
        organisation = by.organisation
    async with db.begin() as session:
        return await policies.find(session, organisation)


async def get(db: Db, policy_id: UUID, *, by: Principal) -> Policy:
    async with db.begin() as session:
        return await _load(session, policy_id, by)


async def create(db: Db, policy: Policy, *, by: Principal, now: datetime) -> Policy:
    """Raises `AlreadyExists` for another policy with the same first day. Creating the same again changes nothing."""
    async with db.begin() as session:
        await _check(session, policy, by)
        await policies.lock_all(session)
        if existing := await policies.get_by_start(session, policy):
            if existing.id == policy.id:
                return existing
            raise AlreadyExists
        return await _write(session, policy, by=by, now=now, action="policy.create")


async def put(db: Db, policy: Policy, *, by: Principal, now: datetime) -> Policy:
    """Creates the policy, or replaces the one of the same organisation, applicant, channel and first day."""
    async with db.begin() as session:
        await _check(session, policy, by)
        await policies.lock_all(session)
        return await _write(session, policy, by=by, now=now, action="policy.put")


async def replace(db: Db, policy: Policy, *, by: Principal, now: datetime) -> Policy:
    """Replaces the policy with this id. Raises `AlreadyExists` where another one has the same first day."""
    async with db.begin() as session:
        await policies.lock_all(session)
        await _load(session, policy.id, by)
        await _check(session, policy, by)
        same_start = await policies.get_by_start(session, policy)
        if same_start and same_start.id != policy.id:
            raise AlreadyExists
        await policies.remove(session, policy.id)
        return await _write(session, policy, by=by, now=now, action="policy.replace")


async def delete(db: Db, policy_id: UUID, *, by: Principal, now: datetime) -> None:
    """From now on there is no limit on its days; what was counted stays counted."""
    async with db.begin() as session:
        await policies.lock_all(session)
        policy = await _load(session, policy_id, by)
        await policies.remove(session, policy_id)
        await audit.record(session, by, "policy.delete", f"policy/{policy_id}", now=now, details=_details(policy))


async def _load(session: AsyncSession, policy_id: UUID, by: Principal) -> Policy:
    policy = await policies.get(session, policy_id)
    if policy is None:
        raise NotFound
    _allow(by, policy.organisation)
    return policy


async def _check(session: AsyncSession, policy: Policy, by: Principal) -> None:
    _allow(by, policy.organisation)
    if policy.valid_to is not None and policy.valid_to < policy.valid_from:
        raise InvalidRequest.field("valid_to", "not before valid_from")
    if forbids_wrongly(policy):
        raise InvalidRequest.field("no_show_limit", "only for individuals who book online")
    if await policies.organisation_of(session, policy.organisation) is None:
        raise InvalidRequest.field("organisation", "unknown")


async def _write(session: AsyncSession, policy: Policy, *, by: Principal, now: datetime, action: str) -> Policy:
    await policies.put(session, [policy], now=now)
    await _take_effect(session, now)
    written = await policies.get_by_start(session, policy)
    assert written is not None, "just put"
    await audit.record(session, by, action, f"policy/{written.id}", now=now, details=_details(written))
    return written


async def _take_effect(session: AsyncSession, now: datetime) -> None:
    await policies.end_before_successors(session, now=now)
    await moving.move_counts(session, since=first_day_that_matters(now), now=now)


def _allow(by: Principal, organisation: str) -> None:
    if not by.has("admin") and by.organisation != organisation:
        raise Forbidden


def _policy(rule: catalogue.PolicyRule, now: datetime) -> Policy:
    return Policy(
        id=uuid7(now),
        organisation=rule.organisation,
        kind=Kind(rule.applicant),
        channel=Channel(rule.channel),
        limit=rule.limit,
        period=Period(rule.period),
        cancelled_counts=rule.cancelled_counts,
        valid_from=rule.valid_from,
        valid_to=rule.valid_to,
        no_show_limit=rule.no_show_limit,
    )


def _details(policy: Policy) -> dict[str, object]:
    return {
        "organisation": policy.organisation,
        "applicant": policy.kind,
        "channel": policy.channel,
        "limit": policy.limit,
        "period": policy.period,
        "cancelled_counts": policy.cancelled_counts,
        "no_show_limit": policy.no_show_limit,
        "valid_from": policy.valid_from.isoformat(),
        "valid_to": policy.valid_to.isoformat() if policy.valid_to else None,
    }
