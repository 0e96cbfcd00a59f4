"""`python -m gateway`"""

from gateway.app import create
from gateway.settings import Settings
from services.server import main

if __name__ == "__main__":
    main("gateway", Settings(), create)
