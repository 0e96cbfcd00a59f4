"""(c) What is free, read through the gateway: whole, and when nothing has changed (`If-None-Match`)."""

from __future__ import annotations

import itertools
from functools import partial

import httpx

from bench import city, load
from bench.measure import Measured, Meter, Way, figures, interleaved
from bench.others import Others
from bench.requests import get
from bench.sizes import Size
from bench.system import System
from services.local.ports import LOOPBACK

CLIENTS = 32
TARGETS = {
    "availability": f"/api/v1/availability?service={city.SERVICE}",
    "slots": f"/api/v1/slots?centre=bench-hot&service={city.SERVICE}&date={city.NEW_DAY}",
}


def measure(system: System, others: Others, size: Size) -> tuple[dict[str, Measured], dict[str, int]]:
    """Per way, and beside each a FastAPI GET that sends as many bytes; and the bytes of the bodies."""
    ways: dict[str, Way] = {}
    sizes: dict[str, int] = {}
    for name, target in TARGETS.items():
        answer = httpx.get(f"http://{LOOPBACK}:{system.port}{target}", trust_env=False).raise_for_status()
        sizes[name], sizes[f"{name} unchanged"] = len(answer.content), 0
        whole, unchanged = get(target), get(target, etag=answer.headers["etag"])
        ways[name] = (partial(_real, system, whole, "200"), size.reads)
        ways[f"{name} unchanged"] = (partial(_real, system, unchanged, "304"), size.reads)
    for name, count in sizes.items():
        ways[f"bare {name}"] = (partial(_bare, others, get(f"/bytes?count={count}")), size.reads)
    return interleaved(ways, turns=size.rounds), sizes


def _real(system: System, request: bytes, code: str, count: int) -> Measured:
    meter = Meter(system)
    before = meter.cpu()
    done = load.run(system.port, load.capped(itertools.repeat(request, count)), clients=CLIENTS).only(code)
    return figures(done, meter.since(before))


def _bare(others: Others, request: bytes, count: int) -> Measured:
    return figures(load.run(others.bare, load.capped(itertools.repeat(request, count)), clients=CLIENTS).only("200"))
