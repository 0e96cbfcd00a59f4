"""Who may change what (design.md §5): an admin everything; a manager what belongs to the own organisation, or only
to the own centre when the token names one. Services are shared by all organisations, and staff comes by import.
"""

from __future__ import annotations

from booking_svc.catalogue.domain import Centre, Snapshot
from booking_svc.catalogue.drafts import Draft
from services.auth import Principal
from services.errors import Forbidden


def may_change(by: Principal, draft: Draft, before: Snapshot) -> bool:
    return by.has("admin") or (by.has("manager") and by.organisation is not None and within(by, draft, before))


def within(by: Principal, draft: Draft, before: Snapshot) -> bool:
    """Everything in the draft is the manager's, as it was and as it would be."""
    if draft.services or draft.staff:
        return False
    organisations = {*(part.code for part in draft.organisations), *(code for code, _ in draft.days)}
    if organisations and (by.centre is not None or organisations != {by.organisation}):
        return False
    return not (organisations - set(before.organisations)) and all(
        owns(by, centre, before.centres.get(centre.id)) for centre in draft.centres
    )


def owns(by: Principal, after: Centre, before: Centre | None) -> bool:
    if by.centre is not None and (before is None or after.id != by.centre):
        return False
    return all(centre.organisation == by.organisation for centre in (after, before) if centre is not None)


def ensure_manages(by: Principal, centre: Centre) -> None:
    """The centre's day is its own manager's, its organisation's, or an admin's. Raises `Forbidden`."""
    own = by.organisation == centre.organisation if by.centre is None else by.centre == centre.id
    if not (by.has("admin") or (by.has("manager") and own)):
        raise Forbidden
