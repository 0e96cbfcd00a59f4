"""`python -m booking_svc` serves; `python -m booking_svc migrate` brings the database up to date."""

from booking_svc.app import create
from booking_svc.settings import Settings
from services.server import main

if __name__ == "__main__":
    main("booking_svc", Settings(), create)
