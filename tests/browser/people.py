"""Invented citizens who sign in on pages and call the API as one and the same person, and staff who call it only.

Their tokens are made here: a process for each, as `./vizyt token` is one, would take longer than all that they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count

from services.local import clock_file
from services.local.claims import Holder, Role, claims, invented
from services.local.home import Home
from services.local.issuer import Issuer
from tests.e2e.local_run import Caller, Run

FIRST = 5001
ORGANISATION = "hsc"


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
        holder = _citizen(self.index)
        names = {"family_name": holder.family_name, "given_name": holder.given_name, "patronymic": holder.patronymic}
        return {"number": holder.number or "", **{name: value or "" for name, value in names.items()}}


def citizens(run: Run) -> Iterator[Citizen]:
    """Each is given once."""
    for index in count(FIRST):
        yield Citizen(index, _caller(run, _citizen(index)))


def staff(run: Run, role: Role, centre: str | None = None, *, desk: str | None = None) -> Caller:
    return _caller(run, Holder(role, organisation=ORGANISATION, centre=centre, desk=desk))


def today(run: Run) -> date:
    """By the run's clock, in Kyiv."""
    return clock_file.now(Home(run.home)).astimezone(clock_file.KYIV).date()


def _citizen(index: int) -> Holder:
    return invented(Holder(Role.CITIZEN), index)


def _caller(run: Run, holder: Holder) -> Caller:
    home = Home(run.home)
    issuer = Issuer(home)
    return Caller(run, issuer.token(claims(holder, issuer), now=clock_file.now(home)))
