"""Waits until an imported document is in force everywhere: its policies reach quota_svc as an event, its slots
are opened by a job, its desks reach feedback_svc as events."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from services.contracts.catalogue import ImportDocument
from services.local.trouble import Trouble

POLL_SECONDS = 0.1
POLICIES_SECONDS = 30.0
SLOTS_SECONDS = 10.0
DESKS_SECONDS = 10.0
RULE = (
    "organisation",
    "applicant",
    "channel",
    "limit",
    "period",
    "cancelled_counts",
    "no_show_limit",
    "valid_from",
    "valid_to",
)


async def wait_until_applied(document: ImportDocument, client: httpx.AsyncClient) -> None:
    """Raises `Trouble` if the policies do not arrive. Slots may be none (closed, or all taken): not waited for long,
    and neither is what a desk needs later.
    """
    if not await _until(lambda: _policies_arrived(document, client), seconds=POLICIES_SECONDS):
        raise Trouble("stored, but quota_svc has not taken the policies yet; see `vizyt doctor`")
    await _until(lambda: _slots_open(document, client), seconds=SLOTS_SECONDS)
    await _until(lambda: _desks_known(document, client), seconds=DESKS_SECONDS)


async def _until(condition: Callable[[], Awaitable[bool]], *, seconds: float) -> bool:
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


async def _policies_arrived(document: ImportDocument, client: httpx.AsyncClient) -> bool:
    if not document.policies:
        return True
    response = await client.get("/api/v1/admin/policies")
    if not response.is_success:
        return False
    known = {tuple(item.get(name) for name in RULE) for item in response.json()["items"]}
    wanted = {tuple(policy.model_dump(mode="json").get(name) for name in RULE) for policy in document.policies}
    return wanted <= known


async def _slots_open(document: ImportDocument, client: httpx.AsyncClient) -> bool:
    """Whether each service that a queue of the document gives has free slots somewhere."""
    queues = [queue for centre in document.centres for queue in centre.queues or ()]
    services = {service for queue in queues for service in queue.services}
    return all([await _has_free(service, client) for service in services])


async def _desks_known(document: ImportDocument, client: httpx.AsyncClient) -> bool:
    """Whether each centre's last desk has its feedback code."""
    last = [f"{centre.id}-{max(desk.number for desk in centre.desks)}" for centre in document.centres if centre.desks]
    for desk in last:
        if not (await client.get(f"/api/v1/feedback/desks/{desk}")).is_success:
            return False
    return True


async def _has_free(service: str, client: httpx.AsyncClient) -> bool:
    response = await client.get("/api/v1/availability", params={"service": service})
    return response.is_success and any(item["free"] for item in response.json()["items"])
