"""Which event goes to which handler."""

from __future__ import annotations

from feedback_svc.places import handlers as places
from feedback_svc.sessions import handlers as sessions
from services.consumer import Table
from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import CentreChanged
from services.contracts.visits import FeedbackOffered

TABLE: Table = {
    CentreChanged: places.centres_changed,
    OrganisationChanged: places.organisations_changed,
    FeedbackOffered: sessions.offered,
}
