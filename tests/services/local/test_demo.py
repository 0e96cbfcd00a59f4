"""The demo document keeps the promises of the public contract (api.md, "Demo data") and of domain.md §1 and §2."""

from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from services.contracts.catalogue import CentreEntry, ImportDocument, Policy, ServiceEntry, Text

DEMO = Path(__file__).parents[3] / "services" / "local" / "demo" / "demo.yaml"
HSC_SERVICES = {"licence-exchange", "vehicle-registration", "theory-exam", "practical-exam"}
HSC_CENTRES = {"hsc-0741", "hsc-5641", "hsc-1841"}
OFFICIAL_LINKS = {"https://diia.gov.ua", "https://e-driver.hsc.gov.ua", "https://hsc.gov.ua", "https://www.gov.pl"}
UKRAINIAN = set("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя")


@pytest.fixture(scope="module")
def document() -> ImportDocument:
    return ImportDocument.model_validate(yaml.safe_load(DEMO.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def centres(document: ImportDocument) -> Mapping[str, CentreEntry]:
    return {centre.id: centre for centre in document.centres}


@pytest.fixture(scope="module")
def services(document: ImportDocument) -> Mapping[str, ServiceEntry]:
    return {service.code: service for service in document.services}


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")
    return int(hours) * 60 + int(rest)


def texts(value: Any) -> Iterator[Text]:
    """Every text in the three languages, however deep it lies."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)
    elif hasattr(type(value), "model_fields"):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name))


def test_the_promised_organisations_are_there(document: ImportDocument) -> None:
    """The six organisations of the contract are named, each once."""
    codes = [organisation.code for organisation in document.organisations]
    police = ["ternopil-police", "kyiv-holosiiv-police"]
    assert sorted(codes) == sorted(["hsc", "lutsk-cnap", "if-cnap", "lublin-bom", *police])


def test_the_promised_centres_are_there(centres: Mapping[str, CentreEntry]) -> None:
    """Lutsk, Rivne and Zhytomyr of МВС, both ЦНАП and Lublin have a centre in their organisation."""
    assert {name: centre.organisation for name, centre in centres.items()} == {
        "hsc-0741": "hsc",
        "hsc-5641": "hsc",
        "hsc-1841": "hsc",
        "lutsk-cnap-main": "lutsk-cnap",
        "if-cnap-main": "if-cnap",
        "lublin-bom-main": "lublin-bom",
    }


def test_hsc_opens_its_window_of_21_days_at_six(document: ImportDocument) -> None:
    """Online booking is open for 21 days, the last one from 06:00; a hold lives 5 minutes; slots return at once."""
    hsc = next(organisation for organisation in document.organisations if organisation.code == "hsc")
    assert (hsc.window_days, hsc.opens_at, hsc.hold_minutes) == (21, "06:00", 5)
    assert hsc.release_policy == "immediate"


@pytest.mark.parametrize("name", sorted(HSC_CENTRES))
def test_hsc_works_tuesday_to_saturday(name: str, centres: Mapping[str, CentreEntry]) -> None:
    """A centre of МВС is open Tuesday to Saturday, 09:00 to 17:00, and has no shelter."""
    centre = centres[name]
    assert centre.hours == {day: [("09:00", "17:00")] for day in ("tue", "wed", "thu", "fri", "sat")}
    assert centre.shelter is False


@pytest.mark.parametrize("name", sorted(HSC_CENTRES))
def test_every_hsc_desk_gives_all_four_services(name: str, centres: Mapping[str, CentreEntry]) -> None:
    """A centre of МВС has at least 4 desks, numbered from 1, and each gives all four services."""
    desks = centres[name].desks or []
    assert [desk.number for desk in desks] == list(range(1, len(desks) + 1))
    assert len(desks) >= 4
    assert all(set(desk.services) == HSC_SERVICES for desk in desks)


@pytest.mark.parametrize("name", sorted(HSC_CENTRES))
def test_hsc_slots_are_every_20_minutes_for_at_least_3(name: str, centres: Mapping[str, CentreEntry]) -> None:
    """All four services share one queue: a slot every 20 minutes, with at least 3 places."""
    (queue,) = centres[name].queues or []
    assert set(queue.services) == HSC_SERVICES
    assert queue.slot_minutes == 20
    assert queue.capacity >= 3


def test_no_time_has_more_places_than_desks(document: ImportDocument) -> None:
    """Over all its queues a centre never takes more visitors at one time than it has desks."""
    for centre in document.centres:
        desks, queues = centre.desks or [], centre.queues or []
        assert sum(queue.capacity for queue in queues) <= len(desks), centre.id
        for queue in queues:
            able = [desk for desk in desks if set(queue.services) <= set(desk.services)]
            assert queue.capacity <= len(able), (centre.id, queue.code)


def test_a_service_belongs_to_one_queue_of_a_centre(document: ImportDocument) -> None:
    """What the desks of a centre give can be booked there, and through one queue only."""
    for centre in document.centres:
        queued = [service for queue in centre.queues or [] for service in queue.services]
        given = {service for desk in centre.desks or [] for service in desk.services}
        assert len(queued) == len(set(queued)), centre.id
        assert set(queued) == given, centre.id


def test_slots_fill_the_working_hours(document: ImportDocument) -> None:
    """The working hours of every day are a whole number of slots, so that no time is lost at the end of the day."""
    for centre in document.centres:
        intervals = [interval for day in centre.hours.values() for interval in day]
        for queue, (start, end) in product(centre.queues or [], intervals):
            assert (minutes(end) - minutes(start)) % queue.slot_minutes == 0, (centre.id, queue.code, start, end)


def test_exams_have_a_cool_down_of_ten_days(services: Mapping[str, ServiceEntry]) -> None:
    """A failed exam can be tried again from the 11th day; nothing else has to wait."""
    waits = {code: service.cooldown_days for code, service in services.items() if service.cooldown_days}
    assert waits == {"theory-exam": 10, "practical-exam": 10}


def test_every_service_is_given_somewhere(document: ImportDocument) -> None:
    """The catalogue has no service that no centre gives, and no desk gives a service that it lacks."""
    given = {service for centre in document.centres for desk in centre.desks or [] for service in desk.services}
    assert given == {service.code for service in document.services}


def test_every_service_says_what_to_do_and_to_bring(document: ImportDocument) -> None:
    """An instruction has steps and documents, and its slot is long enough for the service."""
    lasts = {service.code: service.duration_minutes for service in document.services}
    assert all(len(service.steps) >= 3 and service.documents for service in document.services)
    for centre in document.centres:
        for queue in centre.queues or []:
            assert all(lasts[service] <= queue.slot_minutes for service in queue.services), (centre.id, queue.code)


def test_links_lead_to_official_portals_only(document: ImportDocument) -> None:
    """A link in an instruction leads to a government portal."""
    links = {service.online_url for service in document.services}
    links |= {needed.url for service in document.services for needed in service.documents}
    assert links - {None} <= OFFICIAL_LINKS


def test_every_text_is_in_its_language(document: ImportDocument) -> None:
    """Ukrainian texts are written in Ukrainian letters, and no text is left in another's language by a slip."""
    for text in texts(document):
        assert set(text.uk.lower()) & UKRAINIAN, text.uk
        assert not set(text.uk.lower()) & set("ыэъё"), text.uk
        assert len({text.uk, text.en}) == 2, text.en
        assert set(text.en.lower()) & set("abcdefghijklmnopqrstuvwxyz"), text.en


def test_citizens_documents_are_closed_to_foreigners(services: Mapping[str, ServiceEntry]) -> None:
    """An identity card is for the citizens of its country; every other service is open to foreigners."""
    assert {code for code, service in services.items() if not service.open_to_foreigners} == {"id-card", "pl-id-card"}


def test_places_are_where_they_should_be(document: ImportDocument) -> None:
    """Ukrainian centres keep Kyiv's time and КАТОТТГ codes, Lublin Warsaw's and TERYT; all lie in their country."""
    for centre in document.centres:
        polish = centre.organisation == "lublin-bom"
        assert ZoneInfo(centre.time_zone).key == ("Europe/Warsaw" if polish else "Europe/Kyiv")
        assert centre.territory.startswith(centre.region.code if polish else centre.region.code[:4])
        assert 48 < centre.latitude < 52
        assert (22 < centre.longitude < 24) if polish else (24 < centre.longitude < 29)


def test_regions_have_their_codes(centres: Mapping[str, CentreEntry]) -> None:
    """Statistics are keyed by the region's code: these are the codes of the four oblasts."""
    assert {name: centre.region.code for name, centre in centres.items() if name != "lublin-bom-main"} == {
        "hsc-0741": "UA07000000000024379",
        "lutsk-cnap-main": "UA07000000000024379",
        "hsc-5641": "UA56000000000066151",
        "hsc-1841": "UA18000000000041385",
        "if-cnap-main": "UA26000000000069363",
    }


def test_the_four_limits_of_the_ministry(document: ImportDocument) -> None:
    """A person books 4 visits a month, a legal entity 4 a day online and 6 at a terminal; cancelled ones count."""
    limits = {
        (policy.applicant, policy.channel): (policy.limit, policy.period)
        for policy in document.policies
        if policy.organisation == "hsc" and policy.cancelled_counts
    }
    assert limits == {
        ("individual", "online"): (4, "month"),
        ("individual", "terminal"): (4, "month"),
        ("legal_entity", "online"): (4, "day"),
        ("legal_entity", "terminal"): (6, "day"),
    }


def test_every_organisation_with_desks_has_a_policy_for_everybody(document: ImportDocument) -> None:
    """One policy is in force for each applicant and channel wherever visits are booked, without an end."""

    def key(policy: Policy) -> tuple[str, str, str]:
        return policy.organisation, policy.applicant, policy.channel

    booking = {centre.organisation for centre in document.centres}
    expected = set(product(booking, ("individual", "legal_entity"), ("online", "terminal")))
    assert {key(policy) for policy in document.policies} == expected
    assert len(document.policies) == len(expected)
    assert all(policy.valid_to is None for policy in document.policies)


def test_days_off_are_named_and_would_have_been_working_days(document: ImportDocument) -> None:
    """An exception of the calendar gives its reason and closes a day on which a centre would have been open."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for entry in document.calendar:
        open_days = {day for c in document.centres if c.organisation == entry.organisation for day in c.hours}
        assert entry.closed
        assert entry.reason is not None
        assert days[entry.date.weekday()] in open_days, entry.date


def test_no_person_stands_in_the_demo_data(document: ImportDocument) -> None:
    """Staff have names, and names are personal data: the demo document has none."""
    assert document.staff == []
