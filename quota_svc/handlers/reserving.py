"""Reserve: the hot path. Claims of many requests gather into one statement (design.md §3, natural batching)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

import structlog

from quota_svc.domain import Block, Period, period_label, renews_at, rule_name
from quota_svc.repository import blocking, reserving
from quota_svc.repository.reserving import Counting, Row
from services.batching import Batcher
from services.clock import Clock
from services.contracts import quota as contract
from services.contracts.quota import (
    Blocked,
    Claim,
    Failed,
    Granted,
    Outcome,
    Refusal,
    Refused,
    Reserve,
    Reserved,
    Usage,
)
from services.db import Db, unreachable
from services.errors import Unavailable

log = structlog.get_logger()
ROUNDS = 4
"""How often a claim is decided anew because others changed its reservation or its usage at the same moment."""


class Reserving:
    """Answers `quota.reserve`. One applicant is in at most one running batch of this process."""

    def __init__(self, db: Db, clock: Clock) -> None:
        self._db, self._clock = db, clock
        self._batcher: Batcher[Claim, Outcome] = Batcher(self._decide, key=applicant)

    async def reserve(self, request: Reserve) -> Reserved:
        """One claim's failure is not the others'."""
        outcomes = await self._batcher.do_all(request.claims)
        return Reserved(results=[settled(*pair) for pair in zip(request.claims, outcomes, strict=True)])

    async def _decide(self, claims: list[Claim]) -> list[Outcome | Exception]:
        now = self._clock.now()
        late = [claim for claim in claims if claim.expires_at <= now]
        outcomes: dict[int, Outcome] = {id(claim): Failed(booking_id=claim.booking_id, reason="late") for claim in late}
        for _ in range(ROUNDS):
            if open_claims := [claim for claim in claims if id(claim) not in outcomes]:
                outcomes |= await self._round(open_claims)
        return [outcomes.get(id(claim), Unavailable()) for claim in claims]

    async def _round(self, claims: Sequence[Claim]) -> dict[int, Outcome]:
        """The outcomes of the claims that could be decided."""
        try:
            keys = await reserving.keys_in_use(self._db, claims)
            rows = await reserving.reserve(self._db, claims, keys=keys, now=self._clock.now())
            refused = [row for row in rows if row.outcome == "refused"]
            counting = await reserving.explain(self._db, claims, refused) if refused else []
            block_ids = {row.block_id for row in rows if row.outcome == "blocked" and row.block_id}
            blocks = await blocking.by_ids(self._db, block_ids) if block_ids else {}
        except Exception as error:
            if unreachable(error):
                raise Unavailable from error
            raise
        outcomes: dict[int, Outcome] = {}
        for row in rows:
            if row.outcome == "granted":
                outcomes[id(claims[row.place])] = granted(claims[row.place], row)
            elif row.outcome == "blocked" and row.block_id:
                outcomes[id(claims[row.place])] = blocked(claims[row.place], row, blocks[row.block_id])
        for row, counts in zip(refused, counting, strict=True):
            if row.limit is not None and counts.used >= row.limit:  # else a place was given back meanwhile
                outcomes[id(claims[row.place])] = refusal(claims[row.place], row, row.limit, counts)
        return outcomes


def settled(claim: Claim, outcome: Outcome | BaseException) -> Outcome:
    """The outcome, also where there is none."""
    if not isinstance(outcome, BaseException):
        return outcome
    log.warning("reserve.failed", booking_id=str(claim.booking_id), error=type(outcome).__name__)
    return Failed(booking_id=claim.booking_id, reason="unavailable")


def applicant(claim: Claim) -> str:
    """The same for every order of an applicant's keys."""
    return min(claim.keys)


def granted(claim: Claim, row: Row) -> Granted:
    usage = Usage(
        organisation=claim.organisation,
        channel=claim.channel,
        limit=row.limit,
        used=row.used,
        period=period_label(row.period, row.period_start),
        renews_at=renews_at(row.period, row.period_start, ZoneInfo(row.time_zone)) if row.time_zone else None,
    )
    return Granted(booking_id=claim.booking_id, attempt=claim.attempt, usage=usage)


def blocked(claim: Claim, row: Row, block: Block) -> Blocked:
    """Where, and since when; a block ends by a visit only (domain.md §2, no-shows)."""
    zone = ZoneInfo(row.time_zone) if row.time_zone else UTC
    reasons = contract.Block(
        since=block.since.astimezone(zone),
        no_shows=len(block.missed),
        period=period_label(Period.MONTH, block.month),
        centre=block.centre,
        missed=list(block.missed),
    )
    return Blocked(booking_id=claim.booking_id, block=reasons)


def refusal(claim: Claim, row: Row, limit: int, counts: Counting) -> Refused:
    """«За вказаними даними Заявника перевищено ліміт записів», with the reasons (domain.md §2)."""
    reasons = Refusal(
        rule=rule_name(claim.organisation, claim.kind, claim.channel, row.period),
        organisation=claim.organisation,
        channel=claim.channel,
        limit=limit,
        used=counts.used,
        period=period_label(row.period, row.period_start),
        renews_at=renews_at(row.period, row.period_start, ZoneInfo(row.time_zone)) if row.time_zone else None,
        counting=list(counts.booking_ids),
    )
    return Refused(booking_id=claim.booking_id, refusal=reasons)
