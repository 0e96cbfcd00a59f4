"""Which event goes to which handler, and who answers which request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from quota_svc.handlers import blocking, policies, settling
from quota_svc.handlers.reserving import Reserving
from services.consumer import Table
from services.context import Context
from services.contracts import booking, catalogue, visits
from services.contracts.quota import Release, Reserve, Reserved

TABLE: Table = {
    catalogue.OrganisationChanged: policies.organisations_changed,
    catalogue.PoliciesImported: policies.imported,
    booking.BookingConfirmed: settling.confirmed,
    booking.BookingCancelled: settling.cancelled,
    booking.BookingExpired: settling.expired,
    booking.BookingRefused: settling.refused,
    visits.VisitMissed: blocking.missed,
}


async def reserve(context: Context, request: Reserve) -> Reserved:
    return await context.get(Reserving).reserve(request)


REPLIES: Mapping[type[Any], Callable[[Context, Any], Awaitable[Any]]] = {Reserve: reserve, Release: settling.release}
