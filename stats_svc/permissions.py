"""Who sees what (domain.md §5): the public sees sums without small cells; staff see their own part exactly."""

from __future__ import annotations

from services.auth import Principal
from services.errors import Forbidden, Unauthenticated
from stats_svc.queries.asked import Asked

STAFF = ("manager", "analyst")


def exact(by: Principal | None, asked: Asked, *, organisation: str | None) -> bool:
    """Whether small cells are shown too: all that is asked for is the caller's own. `organisation`: of the centre that
    is asked for. What an independent evaluator asked is exact for the evaluator alone.
    """
    if by is None or not by.has(*STAFF, "admin"):
        return False
    if asked.evaluator is not None:
        return by.organisation == asked.evaluator
    return by.has("admin") or _own(by, asked.centre, asked.organisation or organisation)


def manage(by: Principal | None, *, centre: str | None, organisation: str | None) -> None:
    """Figures of single desks are their manager's. Raises `Unauthenticated`, `Forbidden`."""
    if by is None:
        raise Unauthenticated
    if by.has("admin"):
        return
    if not by.has("manager") or not _own(by, centre, organisation):
        raise Forbidden


def report(by: Principal, *, organisation: str, centre: str | None) -> None:
    """Reports are for the manager and the analyst. Raises `Forbidden`."""
    if not by.has("admin") and not (by.has(*STAFF) and _own(by, centre, organisation)):
        raise Forbidden


def _own(by: Principal, centre: str | None, organisation: str | None) -> bool:
    if by.organisation is not None and organisation is not None and by.organisation != organisation:
        return False
    if by.centre is not None:
        return by.centre == centre
    return by.organisation is not None and by.organisation == organisation
