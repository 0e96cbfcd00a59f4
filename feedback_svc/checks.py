"""What `doctor` finds: desks that nobody can rate, codes that lead nowhere."""

from __future__ import annotations

from feedback_svc.places import repository as places
from feedback_svc.remarks import sending
from feedback_svc.retention import handlers as retention
from feedback_svc.settings import Settings
from services.context import Context


async def every_desk_has_a_code(context: Context) -> list[str]:
    async with context.db.begin() as session:
        return [f"desk {desk} has no feedback code" for desk in await places.without_code(session)]


async def codes_lead_somewhere(context: Context) -> list[str]:
    assert isinstance(context.settings, Settings)
    return [] if context.settings.public_url else ["PUBLIC_URL is not set: the codes at the desks lead nowhere"]


CHECKS = (every_desk_has_a_code, codes_lead_somewhere, sending.check, retention.check)
