"""`python -m quota_svc` serves; `python -m quota_svc migrate` brings the database up to date."""

from quota_svc.app import create
from quota_svc.settings import Settings
from services.server import main

if __name__ == "__main__":
    main("quota_svc", Settings(), create)
