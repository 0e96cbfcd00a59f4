"""`python -m services.local.migrate_databases booking_svc …`: several databases in one process.

The same as `python -m <service> migrate` for each, without loading each service: a start waits for this.
"""

import os
import sys

from services.local.plan import SERVICES
from services.migrations import migrate


def main() -> None:
    """Addresses come from the environment, as for the services themselves."""
    for service in SERVICES:
        if service.name in sys.argv[1:]:
            migrate(service.name, os.environ[f"{service.prefix}DATABASE_URL"])
            print(f"{service.name}: migrated", flush=True)


if __name__ == "__main__":
    main()
