"""What others are told of the catalogue: every change as an event, and all of it to who asks."""

from __future__ import annotations

from collections.abc import Iterator

from booking_svc.catalogue import repository
from booking_svc.catalogue.domain import Centre, Organisation, Service, Text
from booking_svc.catalogue.drafts import Changes
from services.context import Context
from services.contracts import Event
from services.contracts import places as contract
from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import CentreChanged, Desk, Known, Named, Names, Places, ServiceChanged

PAGE = 200


def news(changes: Changes, version: int) -> Iterator[Event]:
    """The events of a change."""
    for organisation in changes.organisations:
        yield organisation_changed(organisation, version)
    for service in changes.services:
        yield ServiceChanged(**named(service, version).model_dump())
    for centre in changes.centres:
        yield CentreChanged(**state(centre, version).model_dump())


async def places(context: Context, request: Places) -> Known:
    """Answers `booking.places`: nobody changes anything between the version and what is read under it."""
    async with context.db.begin() as session:
        await repository.lock(session)
        version = await repository.version(session)
        catalogue = await repository.load(session)
    rest = [centre for key, centre in sorted(catalogue.centres.items()) if request.after is None or key > request.after]
    page = rest[:PAGE]
    organisations = catalogue.organisations.values() if request.after is None else ()
    services = catalogue.services.values() if request.after is None else ()
    return Known(
        organisations=[member(organisation, version) for organisation in organisations],
        centres=[state(centre, version) for centre in page],
        following=page[-1].id if len(rest) > PAGE else None,
        services=[named(service, version) for service in services],
    )


def state(centre: Centre, version: int) -> contract.Centre:
    return contract.Centre(
        version=version,
        centre=centre.id,
        organisation=centre.organisation,
        name=names(centre.name),
        address=names(centre.address),
        region=centre.region_code,
        region_name=names(centre.region_name),
        territory=centre.territory,
        time_zone=centre.time_zone,
        active=centre.active,
        desks=[Desk(id=desk.id, desk_number=desk.number, active=desk.active) for desk in centre.desks],
    )


def member(organisation: Organisation, version: int) -> contract.Organisation:
    return contract.Organisation(
        version=version,
        code=organisation.code,
        name=names(organisation.name),
        time_zone=organisation.time_zone,
        retention_days=organisation.retention_days,
        active=organisation.active,
    )


def named(service: Service, version: int) -> Named:
    return Named(version=version, code=service.code, name=names(service.name))


def organisation_changed(organisation: Organisation, version: int) -> OrganisationChanged:
    return OrganisationChanged(
        code=organisation.code,
        time_zone=organisation.time_zone,
        window_days=organisation.window_days,
        opens_at=organisation.opens_at.isoformat("minutes"),
        active=organisation.active,
        version=version,
        name=names(organisation.name),
        retention_days=organisation.retention_days,
    )


def names(text: Text) -> Names:
    return Names(uk=text["uk"], en=text["en"], pl=text["pl"])
