"""Tables for people."""

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from services.local.home import Home
from services.local.ports import LOOPBACK
from services.local.run_file import Entry


def show_processes(entries: Iterable[Entry], home: Home) -> None:
    """What runs where."""
    table = Table(title="Vizyt", caption=f"data and logs: {home.path}")
    table.add_column("process")
    table.add_column("pid", justify="right")
    table.add_column("address")
    for entry in entries:
        table.add_row(entry.name, str(entry.pid), f"{LOOPBACK}:{entry.port}" if entry.port else "")
    Console(file=sys.stdout, highlight=False).print(table)
