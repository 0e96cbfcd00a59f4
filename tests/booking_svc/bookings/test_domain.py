"""The state machine of a booking and its visit: what may follow what, and what is said of all else."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from booking_svc.bookings.domain import (
    AT_DESK,
    GIVEN_BACK,
    TRANSITIONS,
    VISITED,
    AlreadyCancelled,
    Channel,
    HoldExpired,
    Snapshot,
    Status,
    confirm,
    ensure,
)
from booking_svc.bookings.handlers.standing import TOLD
from services.contracts.booking import State
from services.errors import IllegalTransition, NotFound

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
STEPS = {
    ("held", "confirmed"), ("held", "cancelled"), ("held", "expired"),
    ("confirmed", "called"), ("confirmed", "cancelled"), ("confirmed", "missed"),
    ("called", "serving"), ("called", "refused"), ("called", "missed"), ("called", "confirmed"),
    ("serving", "finished"),
}  # fmt: skip
WHY = {Status.CANCELLED: AlreadyCancelled, Status.EXPIRED: HoldExpired, Status.VOID: NotFound}


@pytest.mark.parametrize(("one", "other"), list(product(Status, Status)))
def test_only_the_steps_of_the_table_are_possible(one: Status, other: Status) -> None:
    """Whatever else is asked is refused, with the reason that fits the state."""
    if (one, other) in STEPS:
        ensure(one, other)
    else:
        with pytest.raises(WHY.get(one, IllegalTransition)):
            ensure(one, other)


def test_every_state_has_its_row_and_some_are_ends() -> None:
    """Nothing follows a visit that is over."""
    assert set(TRANSITIONS) == set(Status)
    ends = {status for status, following in TRANSITIONS.items() if not following}
    assert ends == {"finished", "refused", "missed", "cancelled", "expired", "void"}
    assert {"called", "serving"} == AT_DESK


def test_only_what_never_was_a_visit_gives_its_place_back() -> None:
    """A refused or missed visitor has used the place and the quota."""
    assert {"cancelled", "expired", "void"} == GIVEN_BACK
    assert not GIVEN_BACK & VISITED
    assert {TOLD[status] for status in VISITED} == {State.CONFIRMED}
    assert set(TOLD) == set(Status)


@pytest.mark.parametrize("status", sorted({Status.CONFIRMED, *VISITED}))
def test_confirming_again_changes_nothing(status: Status) -> None:
    """However far the visit has come, a repeated confirmation is answered, not refused."""
    assert confirm(Snapshot(status, NOW - timedelta(days=1), Channel.ONLINE), now=NOW) is False
