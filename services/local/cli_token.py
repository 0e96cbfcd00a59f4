"""`vizyt token`: bearer tokens of the local issuer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer

from services.local import claims, clock_file, home
from services.local.claims import Holder, Role
from services.local.issuer import Issuer
from services.local.people import CITIZENS
from services.local.places import organisation_of
from services.local.trouble import BadOption

Count = Annotated[int, typer.Option(min=1, help="So many invented citizens, a token each.")]
First = Annotated[int, typer.Option(min=1, help="The first of them; the same ones for the same number.")]


def token(
    role: Annotated[Role, typer.Argument(help="Who the token is for.")],
    *,
    number: Annotated[str | None, typer.Option(help="РНОКПП, 10 digits.")] = None,
    edrpou: Annotated[str | None, typer.Option(help="ЄДРПОУ of the legal entity, 8 digits.")] = None,
    document: Annotated[str | None, typer.Option(help="COUNTRY:TYPE:NUMBER, without a РНОКПП.")] = None,
    family_name: str | None = None,
    given_name: str | None = None,
    patronymic: str | None = None,
    organisation: str | None = None,
    centre: str | None = None,
    desk: Annotated[str | None, typer.Option(help="Implies its centre.")] = None,
    officer: Annotated[str | None, typer.Option(help="Id of a district officer.")] = None,
    count: Count = 1,
    first: First = 1,
    check: Annotated[bool, typer.Option(help="Check the numbers' check digits.")] = True,
) -> None:
    """Print a bearer token, valid for 60 days on the run's clock.

    A citizen without --number and --document is an invented one.
    """
    holder = Holder(
        role, number, edrpou, document, family_name, given_name, patronymic, organisation, centre, desk, officer
    )
    if check:
        claims.check(holder)
    holder = _organised(claims.placed(holder))
    issuer = Issuer(home.current().create())
    now = clock_file.now(home.current())
    for one in _holders(holder, first=first, count=count):
        print(issuer.token(claims.claims(one, issuer), now=now), flush=True)


def _organised(holder: Holder) -> Holder:
    """Staff of a centre belong to its organisation."""
    if not holder.centre or holder.organisation:
        return holder
    return replace(holder, organisation=organisation_of(holder.centre, home.current()))


def _holders(holder: Holder, *, first: int, count: int) -> Iterator[Holder]:
    if holder.role is Role.CITIZEN and holder.anonymous:
        if first + count > CITIZENS:
            raise BadOption(f"there are only {CITIZENS} invented citizens")
        for index in range(first, first + count):
            yield claims.invented(holder, index)
    elif (first, count) != (1, 1):
        raise BadOption("--count and --first are for citizens without --number and --document")
    else:
        yield holder
