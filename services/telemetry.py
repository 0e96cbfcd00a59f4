"""Logs as JSON lines with a trace id that goes through HTTP and NATS, and Prometheus metrics.

Personal data is never logged: log ids, codes and counts only.
"""

from __future__ import annotations

import logging
import re
import secrets
from contextvars import ContextVar

import structlog
from prometheus_client import Counter, Gauge, Histogram

TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
_trace: ContextVar[str] = ContextVar("trace", default="")

REQUESTS = Counter("vizyt_requests_total", "HTTP requests answered, by way in", ["service", "way", "status"])
LATENCY = Histogram(
    "vizyt_request_seconds",
    "Time to answer an HTTP request, seconds",
    ["service", "way"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
EVENTS = Counter("vizyt_events_total", "Events by outcome", ["service", "subject", "outcome"])
BACKLOG = Gauge("vizyt_outbox_unpublished", "Outbox rows that wait to be published", ["service"])


def start_trace(traceparent: str | None) -> str:
    """Continues the caller's trace (W3C Trace Context) or starts one; gives the trace id, 32 hex digits."""
    match = TRACEPARENT.match(traceparent) if traceparent else None
    trace_id = match[1] if match else secrets.token_hex(16)
    _trace.set(trace_id)
    return trace_id


def trace_id() -> str:
    return _trace.get()


def traceparent() -> str:
    """The header to send on: the present trace with a span id of our own."""
    return f"00-{_trace.get() or secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def configure_logging(service: str, level: str) -> None:
    def add_place(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        if trace := _trace.get():
            event["trace_id"] = trace
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        add_place,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(
        handlers=[handler], level=max(logging.getLevelNamesMapping()[level], logging.WARNING), force=True
    )
