"""Who may pause what: the manager the own centre or, for all of it, the own organisation; other systems (an alert
feed) whatever their token does not narrow.
"""

from __future__ import annotations

from booking_svc.catalogue.domain import Centre, Snapshot
from booking_svc.pauses.domain import Area, Scope
from services.auth import Principal
from services.errors import Forbidden, NotFound


def centres_of(area: Area, catalogue: Snapshot, *, by: Principal) -> list[Centre]:
    """The centres of the area that the caller speaks for, those switched off included: their visitors still come.

    Raises `NotFound` for an area without centres, `Forbidden` where the caller speaks for none of it.
    """
    every = [centre for centre in catalogue.centres.values() if _within(area, centre)]
    if not every:
        raise NotFound
    own = [centre for centre in every if _speaks_for(by, centre)] if _may(by, area) else []
    if not own:
        raise Forbidden
    return own


def _within(area: Area, centre: Centre) -> bool:
    if area.scope is Scope.CENTRE:
        return centre.id == area.code
    return area.code == (centre.region_code if area.scope is Scope.REGION else centre.organisation)


def _may(by: Principal, area: Area) -> bool:
    """A region is of no single organisation; a whole organisation is paused by who manages all of it."""
    if area.scope is Scope.CENTRE:
        return by.has("manager", "system")
    return by.has("system") or (area.scope is Scope.ORGANISATION and by.has("manager") and by.centre is None)


def _speaks_for(by: Principal, centre: Centre) -> bool:
    if by.centre is not None:
        return by.centre == centre.id
    if by.organisation is not None:
        return by.organisation == centre.organisation
    return by.has("system")
