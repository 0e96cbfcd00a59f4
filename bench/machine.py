"""What it was measured on, in one line: figures of two machines, or of two days, say nothing about each other."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.system import System, query

CPU_INFO = Path("/proc/cpuinfo")


def describe(system: System, *, load_before: float) -> str:
    """`load_before`: how many others ran already."""
    version = query(system.database("postgres"), "SHOW server_version")[0][0].split()[0]
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_cpu()}, {os.cpu_count()} cores, {memory:.0f} GiB;"
        f" Python {platform.python_version()}, PostgreSQL {version};"
        f" load average before: {load_before:.1f}."
    )


def _cpu() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
