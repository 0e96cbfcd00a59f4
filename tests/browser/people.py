"""Invented citizens who sign in on pages and call the API as one and the same person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.local.claims import Holder, Role, invented
from tests.e2e.local_run import Caller, Run

FIRST, MANY = 5001, 60


@dataclass(frozen=True)
class Citizen:
    """`who`: as `sign_in` takes it. `api`: the public API as this person."""

    index: int
    api: Caller

    @property
    def who(self) -> str:
        return f"citizen-{self.index}"

    @property
    def document(self) -> dict[str, str]:
        """What stands in it, by the fields of the API and of the desk's form."""
        holder = invented(Holder(Role.CITIZEN), self.index)
        names = {"family_name": holder.family_name, "given_name": holder.given_name, "patronymic": holder.patronymic}
        return {"number": holder.number or "", **{name: value or "" for name, value in names.items()}}


def citizens(run: Run) -> Iterator[Citizen]:
    """Each is given once. Their tokens last for the run."""
    tokens = run.told("token", "citizen", "--count", str(MANY), "--first", str(FIRST)).splitlines()
    for place, token in enumerate(tokens):
        yield Citizen(FIRST + place, Caller(run, token))
