"""Submit: the hot path. What many visitors send gathers into one statement (design.md §3, natural batching)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from feedback_svc.questionnaires.domain import Questionnaire
from feedback_svc.remarks.telling import wake
from feedback_svc.sessions import repository
from feedback_svc.sessions.domain import AlreadySubmitted, AskedAlready, refusal
from feedback_svc.sessions.handlers.rating import Asked, new_rating
from feedback_svc.sessions.handlers.reading import questionnaire_of
from feedback_svc.sessions.repository import NewRating
from feedback_svc.sessions.schemas import Submission
from feedback_svc.sessions.secrets import digest, session_keys
from services.batching import Batcher
from services.context import Context
from services.errors import NotFound


class Submitted(NamedTuple):
    """`due_at`, `answer_to`: of the remark that it made, if it made one."""

    submitted_at: datetime
    verified: bool
    due_at: datetime | None
    answer_to: str | None


@dataclass(frozen=True)
class Item:
    """One submit on its way."""

    keys: Sequence[str]
    token_key: str | None
    rating_id: UUID
    body: Submission


class Submits:
    """Takes ratings, many at a time; of one session one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._questionnaires: dict[tuple[str, int], Questionnaire] = {}
        self._batcher: Batcher[Item, Submitted] = Batcher(self._submit_all, key=lambda item: item.keys[0])

    async def submit(self, secret: str, body: Submission, *, rating_id: UUID, repeated: bool) -> Submitted:
        """Raises `NotFound`, `AlreadySubmitted`, `SessionExpired`, `InvalidRequest`."""
        privacy = self._context.privacy
        token = digest(body.visit_token) if body.visit_token else None
        item = Item(session_keys(secret, privacy), token, rating_id, body)
        try:
            return await self._batcher.do(item)
        except AlreadySubmitted:
            made = await repository.has_rating(self._context.db, rating_id) if repeated else None
            if made is None:
                raise
            return Submitted(made["submitted_at"], made["verified"], made["due_at"], made["contact_kind"])

    async def drain(self) -> None:
        await self._batcher.drain()

    async def _submit_all(self, items: list[Item]) -> list[Submitted | Exception]:
        now, db = self._context.clock.now(), self._context.db
        rows = await repository.read(db, [item.keys for item in items], now=now)
        tokens = await self._tokens(items)
        results: dict[int, Submitted | Exception] = {}
        new: dict[int, NewRating] = {}
        seen: Counter[str | None] = Counter()
        for place, item in enumerate(items):
            try:
                asked = await self._asked(rows.get(place), now=now, before=seen)
                new[place] = new_rating(self._context.privacy, asked, item.body, item.rating_id, now=now)
                new[place] = self._with_token(new[place], item, asked, tokens)
                seen[asked.row["desk"]] += 1
            except Exception as refused:
                results[place] = refused
        won = await repository.submit(db, list(new.values()), now=now) if new else {}
        for order, place in enumerate(new):
            row = won.get(order)
            lost = AskedAlready() if rows[place]["once_key"] else AlreadySubmitted()
            made = new[place]
            results[place] = Submitted(now, row["verified"], made.due_at, made.contact_kind) if row else lost
        await wake(self._context, {row["centre"] for row in won.values() if row["remark_id"]})
        return [results[place] for place in range(len(items))]

    async def _asked(self, row: asyncpg.Record | None, *, now: datetime, before: Counter[str | None]) -> Asked:
        """What the visitor was asked, if it can still be answered."""
        if row is None:
            raise NotFound
        refused = refusal(submitted_at=row["submitted_at"], expires_at=row["expires_at"], now=now)
        if refused:
            raise refused
        return Asked(row, await self._questionnaire(row), row["recent"] + before[row["desk"]])

    async def _questionnaire(self, row: asyncpg.Record) -> Questionnaire:
        """Versions never change: each is read once."""
        key = row["questionnaire"], row["questionnaire_version"]
        if key not in self._questionnaires:
            self._questionnaires[key] = await questionnaire_of(self._context.db, row)
        return self._questionnaires[key]

    async def _tokens(self, items: Sequence[Item]) -> dict[str, str]:
        keys = [item.token_key for item in items if item.token_key]
        return await repository.unused_tokens(self._context.db, keys) if keys else {}

    def _with_token(self, new: NewRating, item: Item, asked: Asked, tokens: dict[str, str]) -> NewRating:
        """A token of another desk, or one that was used, verifies nothing. One of a batch takes it."""
        if item.token_key is None or tokens.get(item.token_key) != asked.row["desk"]:
            return new
        del tokens[item.token_key]
        return new._replace(token_key=item.token_key)
