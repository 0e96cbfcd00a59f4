"""What of a board's state is shown where. Pure; `static/board.js` does the same with every news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FIRST_ORDINARY_TICKET = 1000
"""Below are the tickets of priority visitors (domain.md §2 "Booking")."""
MOST_CALLS, MOST_WAITING = 12, 25
"""More do not fit on a wall so that they can be read from the last row; the newest are shown, and how many more."""
WAITS = ("wait_p50_seconds", "wait_p90_seconds")


class Line(NamedTuple):
    """Who waits: by kind of ticket, in the order of the line, and how many are not shown."""

    priority: Sequence[int]
    ordinary: Sequence[int]
    more: int


class Wait(NamedTuple):
    """Of a queue, by the names of its services: half wait no longer than the first, nine tenths than the second."""

    queue: str
    name: str
    minutes: tuple[int, int] | None


def is_priority(ticket: int) -> bool:
    return ticket < FIRST_ORDINARY_TICKET


def line(waiting: Sequence[int]) -> Line:
    """Priority visitors stand before all others."""
    priority = [ticket for ticket in waiting if is_priority(ticket)][:MOST_WAITING]
    ordinary = [ticket for ticket in waiting if not is_priority(ticket)][: MOST_WAITING - len(priority)]
    return Line(priority, ordinary, len(waiting) - len(priority) - len(ordinary))


def waits(state: Mapping[str, Any], names: Mapping[str, str]) -> list[Wait]:
    """`names`: of services, by their codes."""
    return [
        Wait(one["queue"], ", ".join(names.get(code, code) for code in one["services"]), minutes(one))
        for one in state["waits"]
    ]


def minutes(wait: Mapping[str, Any]) -> tuple[int, int] | None:
    """Whole minutes, at least one; None where too little is known."""
    if any(wait[name] is None for name in WAITS):
        return None
    half, most = (max(1, round(wait[name] / 60)) for name in WAITS)
    return half, most
