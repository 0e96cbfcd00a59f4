"""The secrets of a local run, made once per data folder: without them its stored data cannot be read again."""

import json
import secrets

from services.local.home import Home
from services.local.private import read_json, write_private, write_private_once

KEY_BYTES = 32


def secret_keys(home: Home) -> dict[str, str]:
    """Environment variables with keys; the same ones at every start. An older folder gets what it lacks."""
    if not home.secrets_file.exists():
        write_private_once(home.secrets_file, json.dumps(_new(), indent=1))
    kept = read_json(home.secrets_file)
    made = _new() | kept
    if made != kept:
        write_private(home.secrets_file, json.dumps(made, indent=1))
    return made


def _new() -> dict[str, str]:
    return {
        "PRIVACY_HMAC_KEYS": f"1:{secrets.token_hex(KEY_BYTES)}",
        "PRIVACY_SEAL_KEYS": f"1:{secrets.token_hex(KEY_BYTES)}",
        "BOOKING_TICKET_KEY_SEED": secrets.token_hex(KEY_BYTES),
        "GATEWAY_SESSION_KEYS": f"1:{secrets.token_hex(KEY_BYTES)}",
    }
