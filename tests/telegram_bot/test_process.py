"""The bot as a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from services.local import plan
from services.testing import eventually
from tests.gateway.world import listening
from tests.telegram_bot.double import TOKEN, Double


async def test_it_answers_until_it_is_told_to_stop() -> None:
    """Without the API too; its log holds neither the token nor a chat."""
    double = Double()
    async with listening(double.app) as url:
        given = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": url, "TELEGRAM_GATEWAY_URL": "http://127.0.0.1:9"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "telegram_bot"),
            env={**os.environ, **given, "NO_PROXY": "127.0.0.1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

        async def told() -> bool:
            return "cannot be reached just now" in double.last(4711)

        double.failures = [(502, 0)]
        double.say("/start", chat=4711)
        double.say("/start 0", chat=4711)
        await eventually(told)
        process.send_signal(signal.SIGTERM)
        log, _ = await process.communicate()
    assert process.returncode == 0
    assert b"telegram.not_told" in log
    assert b"4711" not in log
    assert TOKEN.encode() not in log


def test_it_runs_locally_where_there_is_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TELEGRAM_TOKEN", raising=False)
    assert plan.bot("http://127.0.0.1:8000") is None
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    assert plan.bot("http://127.0.0.1:8000") == {"TELEGRAM_GATEWAY_URL": "http://127.0.0.1:8000"}
