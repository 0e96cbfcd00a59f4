"""Logs as JSON lines with a trace id that goes through HTTP and NATS, and Prometheus metrics.

Personal data is never logged: log ids, codes and counts only. The messages of errors quote what they were given (a
row, a parameter, a field), so an error is logged as its kind and the places it passed, never as its message.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

from services.randomness import random_bytes

TRACEPARENT = re.compile(r"^00-((?!0{32})[0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
MAX_FRAMES, MAX_CAUSES = 20, 5
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
    trace_id = match[1] if match else random_bytes(16).hex()
    _trace.set(trace_id)
    return trace_id


def trace_id() -> str:
    return _trace.get()


def traceparent() -> str:
    """The header to send on: the present trace with a span id of our own."""
    return f"00-{_trace.get() or random_bytes(16).hex()}-{random_bytes(8).hex()}-01"


def kind(error: BaseException) -> str:
    """What an error is, without the values in its message, e.g. `UniqueViolationError 23505 uq_slot_queue`."""
    driver = getattr(getattr(error, "orig", None), "__cause__", None) or error
    details = (getattr(driver, name, None) for name in ("sqlstate", "constraint_name"))
    return " ".join([type(driver).__name__, *(str(detail) for detail in details if detail)])


def outline(error: BaseException) -> list[str]:
    """The kinds of an error and its causes, each with the places that it passed, the innermost last."""
    lines: list[str] = []
    for link in _chain(error):
        lines.append(kind(link))
        for frame, line in list(traceback.walk_tb(link.__traceback__))[-MAX_FRAMES:]:
            lines.append(f"  {frame.f_globals.get('__name__')}:{line} {frame.f_code.co_name}")
    return lines


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(MAX_CAUSES):
        if error is None:
            return
        yield error
        if isinstance(error, BaseExceptionGroup):
            yield from error.exceptions[:MAX_CAUSES]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _outline_exception(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    found: Any = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["exception"] = outline(error)
    return event


def _first_line(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of the libraries' messages: what follows is a traceback or the print of an object, with its values."""
    event["event"] = str(event["event"]).split("\n", 1)[0]
    return event


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
        _outline_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _first_line],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )
    logging.raiseExceptions = False  # else a log line that cannot be written is printed with all its arguments
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(
        handlers=[handler], level=max(logging.getLevelNamesMapping()[level], logging.WARNING), force=True
    )
