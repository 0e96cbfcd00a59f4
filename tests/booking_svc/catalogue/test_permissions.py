"""Who may change what in the catalogue (design.md §5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from booking_svc.catalogue import convert
from booking_svc.catalogue.domain import Snapshot
from booking_svc.catalogue.drafts import Draft, compare
from booking_svc.catalogue.permissions import may_change
from services.auth import Principal
from services.contracts.catalogue import ImportDocument

EMPTY = Snapshot()


def draft(document: dict[str, Any], before: Snapshot = EMPTY) -> Draft:
    return convert.draft(ImportDocument.model_validate(document), before)


@pytest.fixture
def known(city: dict[str, Any]) -> Snapshot:
    return compare(EMPTY, draft(city)).after


def manager(organisation: str | None = "lutsk", centre: str | None = None) -> Principal:
    return Principal("somebody", frozenset({"manager"}), organisation=organisation, centre=centre)


@pytest.mark.parametrize(
    ("by", "part", "allowed"),
    [
        (Principal("a", frozenset({"admin"})), {"services": ["photo"]}, True),
        (Principal("a", frozenset({"administrator"}), organisation="lutsk"), {"centres": ["lutsk-main"]}, False),
        (manager(), {"centres": ["lutsk-main"]}, True),
        (manager(), {"centres": ["lublin-main"]}, False),
        (manager(), {"centres": ["lutsk-main", "lublin-main"]}, False),
        (manager(), {"organisations": ["lutsk"]}, True),
        (manager(), {"organisations": ["lublin"]}, False),
        (manager(), {"services": ["photo"]}, False),
        (manager(None), {"centres": ["lutsk-main"]}, False),
        (manager(centre="lutsk-main"), {"centres": ["lutsk-main"]}, True),
        (manager(centre="lutsk-other"), {"centres": ["lutsk-main"]}, False),
        (manager(centre="lutsk-main"), {"organisations": ["lutsk"]}, False),
    ],
)
def test_a_manager_changes_the_own_organisation_or_centre(
    known: Snapshot, by: Principal, part: dict[str, list[str]], allowed: bool
) -> None:
    """Services are shared, so they are the admin's."""
    parts = {kind: tuple(getattr(known, kind)[key] for key in keys) for kind, keys in part.items()}
    assert may_change(by, Draft(**parts), known) == allowed


def test_a_manager_can_neither_take_nor_give_away_a_centre(known: Snapshot) -> None:
    """As it was and as it would be, it is the own one."""
    for key, organisation in (("lutsk-main", "lublin"), ("lublin-main", "lutsk")):
        moved = replace(known.centres[key], organisation=organisation)
        assert not may_change(manager(), Draft(centres=(moved,)), known)


def test_a_new_centre_is_for_the_manager_of_the_organisation_only(known: Snapshot) -> None:
    """Not for the one of a single centre, and no manager makes an organisation."""
    new = replace(known.centres["lutsk-main"], id="lutsk-new")
    assert may_change(manager(), Draft(centres=(new,)), known)
    assert not may_change(manager(centre="lutsk-new"), Draft(centres=(new,)), known)
    organisation = replace(known.organisations["lutsk"], code="new")
    assert not may_change(manager("new"), Draft(organisations=(organisation,)), known)
