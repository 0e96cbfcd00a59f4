"""What a batch of events adds to the tables: sums by key, made in memory, so that each row is written once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from stats_svc.domain import POSITIVE_FROM, Period, What, bucket


class TallyKey(NamedTuple):
    day: date
    centre: str
    what: str
    desk: str
    service: str
    channel: str


class DurationKey(NamedTuple):
    kind: str
    day: date
    centre: str
    desk: str
    service: str
    bucket: int


class RatingKey(NamedTuple):
    question: str
    day: date
    centre: str
    evaluator: str
    questionnaire: str


class AnswerKey(NamedTuple):
    centre: str
    day: date
    desk: str
    service: str
    channel: str
    evaluator: str
    questionnaire: str
    question: str
    value: int


class Place(NamedTuple):
    """Where and when something happened; empty: nowhere in particular."""

    day: date
    centre: str
    desk: str = ""
    service: str = ""
    channel: str = ""


def six_zeros() -> list[int]:
    return [0] * 6


def two_zeros() -> list[int]:
    return [0, 0]


@dataclass
class Additions:
    """Values of `durations`: how many, and their seconds. Of `ratings`: answers, their sum, positive, negative,
    verified, flagged.
    """

    tallies: Counter[TallyKey] = field(default_factory=Counter)
    durations: MutableMapping[DurationKey, list[int]] = field(default_factory=lambda: defaultdict(two_zeros))
    ratings: MutableMapping[RatingKey, list[int]] = field(default_factory=lambda: defaultdict(six_zeros))
    answers: Counter[AnswerKey] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)
    centres: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def count(self, place: Place, what: What, n: int = 1) -> None:
        self.tallies[TallyKey(place.day, place.centre, what, place.desk, place.service, place.channel)] += n

    def measure(self, place: Place, kind: Period, seconds: int) -> None:
        key = DurationKey(kind, place.day, place.centre, place.desk, place.service, bucket(seconds))
        sums = self.durations[key]
        sums[0] += 1
        sums[1] += max(0, seconds)

    def answer(self, key: AnswerKey, *, verified: bool, flagged: bool) -> None:
        self.answers[key] += 1
        sums = self.ratings[RatingKey(key.question, key.day, key.centre, key.evaluator, key.questionnaire)]
        sums[0] += 1
        sums[1] += key.value
        sums[2 if key.value >= POSITIVE_FROM else 3] += 1
        sums[4] += verified
        sums[5] += flagged

    def know(self, centre: str, organisation: str, region: str | None) -> None:
        """Until the catalogue tells of it, a centre is known from what happens there."""
        known = self.centres.get(centre)
        self.centres[centre] = organisation, region or (known[1] if known else None)

    def rows(self) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
        """Table and rows, in the order in which every writer locks them."""
        yield "tally", sorted((*key, n) for key, n in self.tallies.items())
        yield "duration", sorted((*key, *sums) for key, sums in self.durations.items())
        yield "rating", sorted((*key, *sums) for key, sums in self.ratings.items())
        yield "answer", sorted((*key, n) for key, n in self.answers.items())
        yield "applied", sorted(self.applied.items())
