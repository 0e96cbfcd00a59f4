"""Remarks are shown to whose they are, and answered once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc import contacts, words
from feedback_svc.permissions import asker, evaluate, manage_centre
from feedback_svc.places import repository as places
from feedback_svc.questionnaires import repository as questionnaires
from feedback_svc.remarks import repository
from feedback_svc.remarks.domain import State, ensure_open
from feedback_svc.remarks.repository import Answer, Remark, Shown
from feedback_svc.remarks.telling import wake
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.feedback import RemarkAnswered
from services.errors import NotFound
from services.ids import uuid7
from services.messages import Address
from services.outbox import emit


class Page(NamedTuple):
    """`version` grows with every change of what the reader may see."""

    version: int
    rows: Sequence[Remark]


async def listed(
    context: Context, centre: str, *, state: State | None, before: UUID | None, limit: int, by: Principal
) -> Page:
    """The remarks about a centre that the caller's organisation asked for. Raises `NotFound`, `Forbidden`."""
    async with context.db.begin() as session:
        owner = await _owner(session, centre, by)
        version = await repository.version(session, owner, centre)
        return Page(version, await repository.page(session, Shown(owner, centre, state, before, limit)))


async def get(context: Context, remark_id: UUID, *, by: Principal) -> Remark:
    """Raises `NotFound`, `Forbidden`."""
    async with context.db.begin() as session:
        return await _allowed(session, await repository.get(session, remark_id), by)


async def contact(context: Context, remark_id: UUID, *, by: Principal) -> Address:
    """Whom to call back. Every reading is audited. Raises `NotFound` also where none was left."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await _allowed(session, await repository.get(session, remark_id), by)
        known = contacts.opened(found.contact, found.contact_kind, found.id, context.privacy)
        if known is None:
            raise NotFound
        await audit.record(session, by, "contact.read", f"remark/{remark_id}", now=now)
    return known


async def answer(context: Context, remark_id: UUID, said: str, *, answer_id: UUID, by: Principal) -> Remark:
    """Once; whoever left a contact is told. Raises `NotFound`, `Forbidden`, `IllegalTransition`."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await _allowed(session, await repository.get_for_update(session, remark_id), by)
        if found.answer_id == answer_id:
            return found
        ensure_open(State(found.state))
        sealed = words.seal_answer(said, remark_id, context.privacy)
        await repository.answer(session, Answer(remark_id, answer_id, sealed, by.sub), now=now)
        await repository.raise_version(session, found.owner, found.centre)
        if found.contact is not None:
            await repository.tell(session, uuid7(now), remark_id, now=now)
        told = RemarkAnswered(
            remark_id=remark_id,
            organisation=found.organisation,
            centre=found.centre,
            desk=found.desk,
            evaluator=found.owner if found.owner != found.organisation else None,
            opened_at=found.opened_at,
            due_at=found.due_at,
            answered_at=now,
            told=found.contact is not None,
        )
        await emit(session, told, now=now)
        await audit.record(session, by, "remark.answer", f"remark/{remark_id}", now=now)
        answered = await _allowed(session, await repository.get(session, remark_id), by)
    await wake(context, [found.centre])
    return answered


async def _owner(session: AsyncSession, centre_id: str, by: Principal) -> str:
    """Whose remarks the caller sees there: the own organisation's, or those that it asked for as an evaluator."""
    centre = await places.centre_of(session, centre_id)
    if centre is None:
        raise NotFound
    owner = asker(by, organisation=centre.organisation)
    if owner == centre.organisation:
        manage_centre(by, centre=centre.id, organisation=owner)
    else:
        evaluate(by, asked=await questionnaires.evaluates(session, owner, centre.organisation))
    return owner


async def _allowed(session: AsyncSession, found: Remark | None, by: Principal) -> Remark:
    """To others a remark of an independent evaluation is not there at all."""
    if found is None or await _owner(session, found.centre, by) != found.owner:
        raise NotFound
    return found
