"""The gateway with both services behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from fastapi import FastAPI

from services.testing import Stack
from tests.gateway.world import all_others, answering, booking_app, fronting, quota_app


@pytest_asyncio.fixture
async def booking(stack: Stack) -> AsyncIterator[FastAPI]:
    async with answering(stack, "booking_svc", booking_app()) as app:
        yield app


@pytest_asyncio.fixture
async def quota(stack: Stack) -> AsyncIterator[FastAPI]:
    async with answering(stack, "quota_svc", quota_app()) as app:
        yield app


@pytest_asyncio.fixture
async def others(stack: Stack) -> AsyncIterator[None]:
    """All services but booking_svc and quota_svc."""
    async with all_others(stack):
        yield


@pytest_asyncio.fixture
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Of a gateway on a real port."""
    async with fronting(stack) as opened:
        yield opened
