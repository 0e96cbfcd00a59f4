"""Opening a session, reading it again, submitting it."""

from feedback_svc.sessions.handlers.offering import offered
from feedback_svc.sessions.handlers.opening import open_session
from feedback_svc.sessions.handlers.reading import read_session
from feedback_svc.sessions.handlers.submitting import Submits
from feedback_svc.sessions.handlers.sweeping import sweep

__all__ = ["Submits", "offered", "open_session", "read_session", "sweep"]
