"""The import: lines are checked one by one, stored in batches; while one batch is stored, the next is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError
from sqlalchemy import Row

from feedback_svc import words
from feedback_svc.imports import repository
from feedback_svc.imports.lines import MAX_LINE_BYTES, lines_of
from feedback_svc.imports.repository import PastRating
from feedback_svc.imports.schemas import Imported, Line, LineError
from feedback_svc.questionnaires import repository as questionnaires
from feedback_svc.questionnaires.domain import OVERALL, About, Questionnaire
from services import audit, outbox
from services.auth import Principal
from services.context import Context
from services.contracts.feedback import Rated
from services.front import invalid_field
from services.ids import uuid7
from services.tasks import end

BATCH = 1000
NAMED_ERRORS = 100
FIRST_YEAR = 2000


class Rejected(Exception):
    """A line that is not taken, and why; never with what it says."""


async def load(context: Context, pieces: AsyncIterator[bytes], *, by: Principal) -> Imported:
    """Good lines are kept, whatever the others are; the same stream again changes nothing."""
    loading = Loading(context, by)
    await loading.begin()
    try:
        async for lines in lines_of(pieces):
            for line in lines:
                loading.take(line)
            if loading.is_full:
                await loading.store()
        await loading.store()
        await loading.stored()
    finally:
        await loading.stop()
    done = loading.result()
    async with context.db.begin() as session:
        counts = done.model_dump(include={"imported", "repeated", "rejected"})
        await audit.record(session, by, "feedback.import", "feedback", now=done.finished_at, details=counts)
    return done


class Loading:
    """One stream on its way: two batches at most are in memory."""

    def __init__(self, context: Context, by: Principal) -> None:
        self._context, self._by = context, by
        self._places: dict[tuple[str | None, str | None], Row[Any]] = {}
        self._asked: dict[tuple[str, int | None], Questionnaire | None] = {}
        self._zones: dict[str, ZoneInfo] = {}
        self._batch: list[PastRating] = []
        self._storing: asyncio.Task[None] | None = None
        self._lines, self._taken, self._new, self._rejected = 0, 0, 0, 0
        self._errors: list[LineError] = []

    async def begin(self) -> None:
        """Places and questionnaires as they stand now."""
        today = self._context.clock.now().date()
        async with self._context.db.begin() as session:
            for row in await repository.places(session):
                self._places[row.desk, None if row.desk else row.centre] = row
            for organisation in {row.organisation for row in self._places.values()}:
                self._asked[organisation, None] = await questionnaires.in_force(
                    session, organisation, About.VISIT, day=today, reader=organisation
                )
            for item in await questionnaires.every(session, About.VISIT):
                self._asked[item.id, item.version] = item

    @property
    def is_full(self) -> bool:
        return len(self._batch) >= BATCH

    def take(self, raw: bytes | None) -> None:
        """One line; an empty one is only counted."""
        self._lines += 1
        if raw is not None and not raw.strip():
            return
        try:
            self._batch.append(self._rating(raw))
        except Rejected as error:
            self._rejected += 1
            if len(self._errors) < NAMED_ERRORS:
                self._errors.append(LineError(line=self._lines, reason=str(error)))

    async def store(self) -> None:
        """Begins to store what was taken, when the batch before is stored."""
        await self.stored()
        batch, self._batch = self._batch, []
        if batch:
            self._storing = asyncio.create_task(self._store(batch))

    async def stored(self) -> None:
        if self._storing:
            await self._storing
            self._storing = None

    async def stop(self) -> None:
        if self._storing:
            await end([self._storing])

    async def _store(self, batch: list[PastRating]) -> None:
        for start in range(0, len(batch), BATCH):
            part = batch[start : start + BATCH]
            self._new += await repository.store(self._context.db, part, now=self._context.clock.now())
            self._taken += len(part)

    def result(self) -> Imported:
        return Imported(
            imported=self._new,
            repeated=self._taken - self._new,
            rejected=self._rejected,
            errors=self._errors,
            errors_left_out=self._rejected - len(self._errors),
            finished_at=self._context.clock.now(),
        )

    def _rating(self, raw: bytes | None) -> PastRating:
        if raw is None:
            raise Rejected(f"longer than {MAX_LINE_BYTES} bytes")
        now = self._context.clock.now()
        line = _parsed(raw)
        place = self._places.get((line.desk, line.centre))
        if place is None:
            raise Rejected("desk: unknown" if line.desk else "centre: unknown")
        if not _speaks_for(self._by, place):
            raise Rejected("not of an organisation that the caller speaks for")
        if not line.submitted_at.year >= FIRST_YEAR or line.submitted_at > now:
            raise Rejected(f"submitted_at: between {FIRST_YEAR} and now")
        asked = self._asked.get(
            (line.questionnaire.id, line.questionnaire.version) if line.questionnaire else (place.organisation, None)
        )
        if asked is None:
            raise Rejected("questionnaire: unknown")
        for field, reason in asked.flaws(line.answers):
            raise Rejected(f"{field}: {reason}")
        return self._row(line, place, asked, now=now)

    def _row(self, line: Line, place: Row[Any], asked: Questionnaire, *, now: datetime) -> PastRating:
        owner = asked.owner_at(place.organisation)
        rating_id = uuid7(now)
        rated = Rated(
            rating_id=rating_id,
            about="visit",
            organisation=place.organisation,
            centre=place.centre,
            desk=line.desk,
            region=place.region,
            questionnaire=asked.id,
            questionnaire_version=asked.version,
            evaluator=owner if owner != place.organisation else None,
            answers=line.answers,
            channel=line.channel.value,
            submitted_at=line.submitted_at,
            day=line.submitted_at.astimezone(self._zone(place.time_zone)).date(),
            imported=True,
        )
        told = outbox.row(rated, now=now)
        return PastRating(
            id=rating_id,
            organisation=place.organisation,
            centre=place.centre,
            desk=line.desk,
            owner=owner,
            questionnaire=asked.id,
            questionnaire_version=asked.version,
            answers=orjson.dumps(line.answers).decode(),
            overall=line.answers[OVERALL],
            channel=line.channel.value,
            submitted_at=line.submitted_at,
            day=rated.day,
            external_id=line.external_id,
            comment=words.seal_comment(line.comment, rating_id, self._context.privacy),
            event_id=told.event_id,
            envelope=told.envelope,
        )

    def _zone(self, name: str) -> ZoneInfo:
        return self._zones.get(name) or self._zones.setdefault(name, ZoneInfo(name))


def _parsed(raw: bytes) -> Line:
    try:
        return Line.model_validate_json(raw)
    except ValidationError as error:
        flaw = invalid_field(error.errors(include_input=False, include_url=False)[0])
        raise Rejected(f"{flaw['field']}: {flaw['reason']}") from None


def _speaks_for(by: Principal, place: Row[Any]) -> bool:
    """Whatever its token does not narrow."""
    return by.organisation in (None, place.organisation) and by.centre in (None, place.centre)
