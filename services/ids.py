"""UUID version 7 (RFC 9562 §5.7): ids that sort by the time they were made, for compact indexes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.randomness import random_bytes


def uuid7(now: datetime) -> UUID:
    """48 bits of milliseconds since 1970, then version, variant and 74 random bits."""
    milliseconds = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    random = int.from_bytes(random_bytes(10), "big")
    high, low = random >> 68, random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)
