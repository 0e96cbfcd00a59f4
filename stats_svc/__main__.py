"""`python -m stats_svc` serves; `python -m stats_svc migrate` brings the database up to date."""

from services.server import main
from stats_svc.app import create
from stats_svc.settings import Settings

if __name__ == "__main__":
    main("stats_svc", Settings(), create)
