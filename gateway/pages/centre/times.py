"""A part of a day: which of its times are meant, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from gateway.pages.formats import moment

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Part(NamedTuple):
    """As a form names it: empty is all queues, from the first time, to the last."""

    queue: str
    first: str
    until: str

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Part:
        return cls(given["queue"], given["from"], given["until"])

    def wrong(self) -> list[str]:
        """The fields that cannot be meant: no times of a clock, or an end that is not after the beginning."""
        found = [name for name, text in (("from", self.first), ("until", self.until)) if text and not _is_clock(text)]
        if not found and self.first and self.until and self.until <= self.first:
            return ["until"]
        return found

    def body(self, date: str) -> dict[str, str]:
        """For the API: what is left open is not sent."""
        named = {"queue": self.queue, "from": self.first, "until": self.until}
        return {"date": date, **{name: text for name, text in named.items() if text}}

    def holds(self, slot: dict[str, Any]) -> bool:
        """Whether this slot is meant; the one that begins at the end is not."""
        clock = f"{moment(slot['starts_at']):%H:%M}"
        return self.queue in ("", slot["queue"]) and self.first <= clock and (not self.until or clock < self.until)


def inside(part: Part, slots: Iterable[dict[str, Any]], *, now: str) -> dict[str, int]:
    """What would be closed or opened: coming times, places taken in them, and how many of the times are closed."""
    coming = [slot for slot in slots if part.holds(slot) and moment(slot["starts_at"]) > moment(now)]
    return {
        "times": len(coming),
        "open": sum(not slot["closed"] for slot in coming),
        "closed": sum(slot["closed"] for slot in coming),
        "taken": sum(slot["taken"] for slot in coming),
    }


def by_queue(slots: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The queues of the day, each with its services and slots in the order of time."""
    ordered = sorted(slots, key=lambda slot: (slot["queue"], slot["starts_at"]))
    queues = ((queue, list(own)) for queue, own in groupby(ordered, key=lambda slot: slot["queue"]))
    return [{"queue": queue, "services": own[0]["services"], "slots": own} for queue, own in queues]


def _is_clock(text: str) -> bool:
    return CLOCK.fullmatch(text) is not None
