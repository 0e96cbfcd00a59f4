"""The rules of ratings: what is positive, and how many are too many. Pure functions on values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from feedback_svc.questionnaires.domain import OVERALL

POSITIVE = frozenset({3, 4})


class Channel(StrEnum):
    """How a rating came in."""

    QR = "qr"
    LINK = "link"
    TELEGRAM = "telegram"
    HOTLINE = "hotline"
    SOCIAL = "social"
    BOOKING = "booking"


SELF_SERVICE = frozenset({Channel.QR, Channel.LINK, Channel.TELEGRAM})
"""Where whoever has the desk's code can rate it."""


def is_positive(answers: Mapping[str, int]) -> bool:
    """By the question on the service as a whole: 3 or 4 (domain.md §3)."""
    return answers[OVERALL] in POSITIVE


def is_burst(recent: int, *, allowed: int) -> bool:
    """Whether one more rating of a desk, after so many within the window, is more than its visits could give. It is
    flagged and kept: those who read the figures decide.
    """
    return recent >= allowed
