"""Logs are JSON lines with the trace, and never hold personal data, whoever writes them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from services import telemetry

SECRET = "1759013776"


class Person(BaseModel):
    number: int


def fail() -> None:
    raise ValueError(f"wrong number {SECRET}")


def fail_with_cause() -> None:
    try:
        Person.model_validate({"number": f"{SECRET}x"})
    except ValidationError as error:
        raise RuntimeError(f"cannot book {SECRET}") from error


class Lines:
    """What was logged since, as parsed JSON."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def begin(self) -> None:
        """Logs as a service does, to the streams of the test that runs now; in a process where no other test and
        no library has turned a logger off.
        """
        for name in ("uvicorn", "uvicorn.error", "asyncio"):
            logger = logging.getLogger(name)
            logger.disabled, logger.propagate, logger.handlers = False, True, []
            logger.setLevel(logging.NOTSET)
        telemetry.configure_logging("probe_svc", "INFO")
        structlog.configure(cache_logger_on_first_use=False)

    def read(self) -> list[dict[str, Any]]:
        captured = self._capsys.readouterr()
        text = captured.out + captured.err
        assert SECRET not in text
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield Lines(capsys)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


def test_a_line_has_service_time_level_and_trace(lines: Lines) -> None:
    """One JSON object per line."""
    lines.begin()
    trace = telemetry.start_trace(None)
    structlog.get_logger().info("booking.held", booking_id="b1")
    [line] = lines.read()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "booking.held",
        "booking_id": "b1",
        "level": "info",
        "service": "probe_svc",
        "trace_id": trace,
    }


def test_an_exception_is_logged_by_kind_and_place(lines: Lines) -> None:
    """Where it happened can be found, what it was given cannot."""
    lines.begin()
    try:
        fail()
    except ValueError as error:
        structlog.get_logger().error("request.crashed", exc_info=error)
    [line] = lines.read()
    assert line["exception"][0] == "ValueError"
    assert line["exception"][-1].strip().endswith(" fail")
    assert ":" in line["exception"][-1]


def test_the_current_exception_may_be_meant(lines: Lines) -> None:
    """`exc_info=True` and `log.exception` are as silent."""
    lines.begin()
    try:
        fail()
    except ValueError:
        structlog.get_logger().warning("one", exc_info=True)
        structlog.get_logger().exception("two")
        logging.getLogger("library").exception("three")
    assert [line["exception"][0] for line in lines.read()] == ["ValueError"] * 3


def test_causes_are_named_and_silent(lines: Lines) -> None:
    """A validator's message holds the input, its cause's too."""
    lines.begin()
    try:
        fail_with_cause()
    except RuntimeError as error:
        structlog.get_logger().error("request.crashed", exc_info=error)
    [line] = lines.read()
    assert [entry for entry in line["exception"] if not entry.startswith(" ")] == ["RuntimeError", "ValidationError"]


def test_groups_of_exceptions_are_opened(lines: Lines) -> None:
    """What a TaskGroup collected is named one by one."""
    lines.begin()
    group = ExceptionGroup(f"two {SECRET}", [ValueError(SECRET), KeyError(SECRET)])
    structlog.get_logger().error("leader.lost", exc_info=group)
    assert lines.read()[0]["exception"] == ["ExceptionGroup", "ValueError", "KeyError"]


def test_a_chain_without_end_is_cut(lines: Lines) -> None:
    """Errors that refer to each other do not fill the log."""
    lines.begin()
    one, two = ValueError(), KeyError()
    one.__cause__, two.__cause__ = two, one
    assert len(telemetry.outline(one)) == telemetry.MAX_CAUSES


def test_libraries_log_in_the_same_form(lines: Lines) -> None:
    """Warnings of libraries are JSON too; their chatter below warning is left out."""
    lines.begin()
    logging.getLogger("sqlalchemy.pool").warning("pool is %s", "tired")
    logging.getLogger("httpx").info("GET %s", SECRET)
    [line] = lines.read()
    assert (line["event"], line["level"], line["service"]) == ("pool is tired", "warning", "probe_svc")


def test_a_librarys_traceback_in_its_message_is_cut(lines: Lines) -> None:
    """Only the first line of a message is ours to show; the rest prints objects with their values."""
    lines.begin()
    logging.getLogger("uvicorn.error").error(f"Exception in ASGI application\n{SECRET}")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=ValueError(SECRET))
    assert [line["event"] for line in lines.read()] == ["Exception in ASGI application"] * 2


async def test_a_forgotten_task_does_not_print_its_error(lines: Lines) -> None:
    """asyncio reports tasks whose exception nobody fetched, with the exception in words; here it is its kind."""
    lines.begin()

    async def forgotten() -> None:
        fail()

    loop = asyncio.get_running_loop()
    task = asyncio.create_task(forgotten())
    await asyncio.wait([task])
    handler = loop.get_exception_handler()
    loop.set_exception_handler(None)
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "exception": task.exception(), "future": task}
    )
    loop.set_exception_handler(handler)
    [line] = lines.read()
    assert line["event"] == "Task exception was never retrieved"
    assert line["exception"][0] == "ValueError"


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", True),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", True),
        ("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", False),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", False),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c", False),
        ("", False),
        (None, False),
    ],
)
def test_the_callers_trace_is_continued_if_it_is_one(header: str | None, kept: bool) -> None:
    """W3C Trace Context; what is none starts a new trace."""
    trace = telemetry.start_trace(header)
    assert (trace == "0af7651916cd43dd8448eb211c80319c") is kept
    assert (len(trace), trace, telemetry.trace_id()) == (32, trace.lower(), trace)


def test_what_is_sent_on_is_the_same_trace_with_a_span_of_ours() -> None:
    """The next service continues the trace, and our span differs from call to call."""
    trace = telemetry.start_trace(None)
    first, second = telemetry.traceparent(), telemetry.traceparent()
    assert telemetry.TRACEPARENT.match(first)
    assert first.split("-")[1] == second.split("-")[1] == trace
    assert first.split("-")[2] != second.split("-")[2]


async def test_tasks_at_the_same_time_keep_their_own_traces() -> None:
    """A trace belongs to a request, not to the process."""

    async def request() -> bool:
        mine = telemetry.start_trace(None)
        await asyncio.sleep(0.01)
        return telemetry.trace_id() == mine

    assert all(await asyncio.gather(*(asyncio.create_task(request()) for _ in range(50))))
