"""Policies are read and put by who manages the whole organisation."""

from __future__ import annotations

from collections.abc import Sequence

from feedback_svc.permissions import manage_organisation
from feedback_svc.places import repository as places
from feedback_svc.policies import repository
from feedback_svc.policies.domain import EVERYBODY, Policy
from services import audit
from services.auth import Principal
from services.context import Context
from services.errors import NotFound


async def listed(context: Context, organisation: str, *, by: Principal) -> Sequence[Policy]:
    """Raises `Forbidden`."""
    manage_organisation(by, organisation)
    async with context.db.begin() as session:
        return await repository.find(session, organisation)


async def put(context: Context, policy: Policy, *, by: Principal) -> Policy:
    """Raises `Forbidden`, `NotFound` for an organisation that is not known."""
    manage_organisation(by, policy.organisation)
    now = context.clock.now()
    async with context.db.begin() as session:
        if policy.organisation != EVERYBODY and await places.organisation_of(session, policy.organisation) is None:
            raise NotFound
        await repository.put(session, policy)
        details = {name: value for name, value in vars(policy).items() if isinstance(value, int)}
        resource = f"feedback-policy/{policy.organisation}/{policy.valid_from}"
        await audit.record(session, by, "feedback-policy.put", resource, now=now, details=details)
    return policy
