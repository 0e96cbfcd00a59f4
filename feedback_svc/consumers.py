"""Which event goes to which handler."""

from __future__ import annotations

from feedback_svc.places import handlers as places
from services.consumer import Table
from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import CentreChanged

TABLE: Table = {CentreChanged: places.centres_changed, OrganisationChanged: places.organisations_changed}
