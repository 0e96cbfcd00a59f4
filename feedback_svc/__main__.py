"""`python -m feedback_svc` serves; `python -m feedback_svc migrate` brings the database up to date."""

from feedback_svc.app import create
from feedback_svc.settings import Settings
from services.server import main

if __name__ == "__main__":
    main("feedback_svc", Settings(), create)
