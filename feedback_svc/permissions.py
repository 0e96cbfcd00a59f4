"""Who may do what (design.md §5): an admin everything; a manager what belongs to the own organisation, or only to the
own centre where the token names one; what an evaluator asked belongs to the evaluator.
"""

from __future__ import annotations

from services.auth import Principal
from services.errors import Forbidden


def manage_centre(by: Principal, *, centre: str, organisation: str) -> None:
    """Raises `Forbidden` for whom the centre is not their own."""
    if not by.has("admin") and not (by.has("manager") and _own(by, centre, organisation)):
        raise Forbidden


def manage_organisation(by: Principal, organisation: str) -> None:
    """What holds in all centres is decided by who manages all of them. Raises `Forbidden`."""
    if not by.has("admin") and not (by.has("manager") and by.centre is None and by.organisation == organisation):
        raise Forbidden


def operate_in(by: Principal, *, centre: str, organisation: str) -> None:
    """An operator takes ratings down for the own centre, or for all of the organisation. Raises `Forbidden`."""
    if not _own(by, centre, organisation):
        raise Forbidden


def asker(by: Principal, *, organisation: str) -> str:
    """Whose answers the caller may read one by one: those that the own organisation asked for. A token that names a
    centre and no organisation is of the centre's.
    """
    return by.organisation or organisation


def evaluate(by: Principal, *, asked: bool) -> None:
    """An independent evaluator reads what it asked, all over the organisation. Raises `Forbidden`."""
    if not (by.has("manager") and by.centre is None and asked):
        raise Forbidden


def _own(by: Principal, centre: str, organisation: str) -> bool:
    if by.organisation is not None and by.organisation != organisation:
        return False
    return by.centre == centre if by.centre is not None else by.organisation is not None
