"""Every event that has to do with figures, in batches (services/consumer.py)."""

from __future__ import annotations

from services.consumer import Batch
from stats_svc.projections import EVENTS, apply

BATCH = Batch(EVENTS, apply)
