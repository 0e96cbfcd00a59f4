"""Which organisation a centre belongs to, for tokens of its staff: services scope roles to the organisation."""

import json
import urllib.parse
import urllib.request
from contextlib import suppress

from services.local import run_file
from services.local.home import DEMO_DOCUMENT, Home

TIMEOUT_SECONDS = 2.0


def organisation_of(centre: str, home: Home) -> str | None:
    """As the run's catalogue says, else as the demo data say. None where nobody knows the centre."""
    run = run_file.read(home)
    known = _in_catalogue(centre, run.url) if run and run.alive else None
    return known or _in_demo_data(centre)


def _in_catalogue(centre: str, url: str) -> str | None:
    address = f"{url}/api/v1/centres/{urllib.parse.quote(centre, safe='')}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(OSError, ValueError, KeyError), opener.open(address, timeout=TIMEOUT_SECONDS) as answer:
        organisation: str = json.load(answer)["organisation"]
        return organisation
    return None


def _in_demo_data(centre: str) -> str | None:
    from services.local import marked

    centres = marked.read(DEMO_DOCUMENT).content["centres"]
    return next((str(entry["organisation"]) for entry in centres if entry["id"] == centre), None)
