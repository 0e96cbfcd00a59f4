"""The rules of pauses: who pauses for what, and which visits a pause touches (domain.md §2 "The visit"). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.errors import Problem


class Reason(StrEnum):
    AIR_RAID = "air_raid"
    POWER = "power"
    OTHER = "other"


class Scope(StrEnum):
    """What was paused with one call."""

    CENTRE = "centre"
    REGION = "region"
    ORGANISATION = "organisation"


NAMES = {
    Reason.AIR_RAID: {"uk": "повітряна тривога", "en": "air-raid alert", "pl": "alarm przeciwlotniczy"},
    Reason.POWER: {"uk": "немає електропостачання", "en": "power cut", "pl": "brak prądu"},
    Reason.OTHER: {"uk": "перерва в роботі", "en": "interruption", "pl": "przerwa w pracy"},
}


class Paused(Problem):
    """Fields: `reason`, `since` (with the centre's offset)."""

    status, code = 409, "paused"
    title = {"uk": "Прийом призупинено", "en": "The centre is paused", "pl": "Obsługa wstrzymana"}
    detail = {
        "uk": "Прийом призупинено о {at}: {why}. Коли його відновлять, черга піде далі з того самого місця; "
        "доти нікого не викликають і нікому не зараховують неявку.",
        "en": "Service has been paused since {at}: {why}. When it is resumed, the queue goes on at the very place; "
        "until then nobody is called and nobody is a no-show.",
        "pl": "Obsługę wstrzymano o {at}: {why}. Po wznowieniu kolejka ruszy od tego samego miejsca; do tego czasu "
        "nikt nie jest wzywany i nikomu nie zalicza się niestawienia.",
    }

    def __init__(self, reason: str, since: datetime) -> None:
        super().__init__(reason=reason, since=since.isoformat())

    def explain(self, language: str) -> str:
        """With the time of day as the clock in the hall shows it."""
        since = datetime.fromisoformat(self.fields["since"])
        return self.detail[language].format(at=f"{since:%H:%M}", why=NAMES[self.fields["reason"]][language])


class WorksInShelter(Problem):
    status, code = 409, "works_in_shelter"
    title = {
        "uk": "Центр працює в укритті",
        "en": "This centre works in a shelter",
        "pl": "Centrum działa w schronie",
    }
    detail = {
        "uk": "Під час тривоги цей центр приймає далі, тому паузу не поставлено. Якщо прийом усе ж спинився, "
        "вкажіть причину power або other.",
        "en": "During an alert this centre goes on working, so it was not paused. If it has stopped all the same, "
        "give the reason power or other.",
        "pl": "Podczas alarmu to centrum pracuje dalej, więc nie wstrzymano obsługi. Jeśli mimo to stanęła, "
        "podaj powód power lub other.",
    }


@dataclass(frozen=True)
class Area:
    """What is paused with one call: a centre by its id, a region by its КАТОТТГ or TERYT code, an organisation."""

    scope: Scope
    code: str

    def __str__(self) -> str:
        return f"{self.scope}/{self.code}"


@dataclass(frozen=True)
class Pause:
    """From `since` on; `ended_at` None: it is still on."""

    reason: Reason
    since: datetime
    ended_at: datetime | None = None


def stops(reason: Reason, *, shelter: bool) -> bool:
    """Centres in shelters work on during an alert; without power they stop as all others do."""
    return not (shelter and reason is Reason.AIR_RAID)


def touches(pause: Pause, first: datetime, last: datetime, *, now: datetime) -> bool:
    """Whether the pause took anything of the time from `first` to `last`, both included, as far as it has come.

    It holds from `since`, and no longer at `ended_at`; one that is on holds at `now`.
    """
    if pause.ended_at is None:
        return pause.since <= last and first <= now
    return pause.since <= last and first < pause.ended_at
