"""Erasing what was kept long enough: every day by itself, at once when an admin says so, counted beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import structlog

from booking_svc.catalogue.domain import zone_of
from booking_svc.catalogue.memory import Catalogue
from booking_svc.retention import repository
from booking_svc.retention.domain import kept_since
from services import audit
from services.auth import Principal
from services.context import Context

log = structlog.get_logger()
AT_ONCE = 500
MOST_BY_HAND = 5_000
"""So many in one call, to answer in time; who calls, calls again."""


class Rule(NamedTuple):
    """An organisation's period, and the first visit date that it keeps. Without a period all is kept."""

    organisation: str
    days: int | None
    kept_since: date | None


class Due(NamedTuple):
    rule: Rule
    due: int
    unfinished: int


class Erased(NamedTuple):
    rule: Rule
    erased: int
    remaining: int


class Daily:
    """On which day the job has last done all there was."""

    done_on: date | None = None


def rules(context: Context, now: datetime) -> Iterator[Rule]:
    for organisation in context.get(Catalogue).snapshot.organisations.values():
        days = organisation.retention_days
        since = kept_since(now, zone_of(organisation.time_zone), days=days) if days else None
        yield Rule(organisation.code, days, since)


async def survey(context: Context) -> list[Due]:
    """What would be erased now, per organisation. Changes nothing."""
    found = []
    async with context.db.begin() as session:
        for rule in rules(context, context.clock.now()):
            if rule.kept_since:
                row = await repository.count(session, rule.organisation, kept_since=rule.kept_since)
                found.append(Due(rule, row.due, row.unfinished))
            else:
                found.append(Due(rule, 0, 0))
    return found


async def erase(context: Context, *, by: Principal) -> list[Erased]:
    """At once, at most `MOST_BY_HAND` bookings in one call; `remaining` says what is left for the next."""
    results, left = [], MOST_BY_HAND
    for rule in rules(context, context.clock.now()):
        erased = await _erase(context, rule, most=left)
        left -= erased
        results.append(Erased(rule, erased, await _remaining(context, rule)))
    details = {result.rule.organisation: result.erased for result in results if result.erased}
    async with context.db.begin() as session:
        await audit.record(session, by, "retention.erase", "bookings", now=context.clock.now(), details=details)
    return results


async def erase_daily(context: Context) -> None:
    """The job: once a day of the clock; at the start of a process once more, which finds nothing to do."""
    now, daily = context.clock.now(), context.get(Daily)
    if daily.done_on == now.date():
        return
    for rule in rules(context, now):
        if erased := await _erase(context, rule):
            log.info("retention.erased", organisation=rule.organisation, bookings=erased)
    daily.done_on = now.date()


async def _erase(context: Context, rule: Rule, *, most: int | None = None) -> int:
    """In small transactions, so that nobody waits for it."""
    if rule.kept_since is None:
        return 0
    erased = 0
    while most is None or erased < most:
        limit = AT_ONCE if most is None else min(AT_ONCE, most - erased)
        async with context.db.begin() as session:
            done = await repository.erase(
                session, rule.organisation, kept_since=rule.kept_since, limit=limit, now=context.clock.now()
            )
        erased += done
        if done < limit:
            break
    return erased


async def _remaining(context: Context, rule: Rule) -> int:
    if rule.kept_since is None:
        return 0
    async with context.db.begin() as session:
        return await repository.remaining(session, rule.organisation, kept_since=rule.kept_since)
