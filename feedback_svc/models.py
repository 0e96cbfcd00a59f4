"""All tables of the service, for who compares them with the database."""

from feedback_svc.places.models import METADATA, centre, code, desk, organisation
from feedback_svc.policies.models import policy
from feedback_svc.questionnaires.models import questionnaire
from feedback_svc.ratings.models import rating, visit_token
from feedback_svc.remarks.models import message, remark, remark_version
from feedback_svc.sessions.models import session, spent

__all__ = [
    "METADATA",
    "centre",
    "code",
    "desk",
    "message",
    "organisation",
    "policy",
    "questionnaire",
    "rating",
    "remark",
    "remark_version",
    "session",
    "spent",
    "visit_token",
]
