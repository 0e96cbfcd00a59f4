"""`vizyt clock`: the one clock that all services of a local run take their time from."""

from typing import Annotated

import typer

from services.local import clock_file, home

app = typer.Typer(help="The clock of the local run: it is shifted, runs on from there, and never goes back.")


@app.command()
def show() -> None:
    """Print the time."""
    print(clock_file.show(clock_file.now(home.current())))


@app.command("set")
def set_(time: Annotated[str, typer.Argument(help="ISO, e.g. 2026-11-25T08:00 (Kyiv time)")]) -> None:
    """Set the clock to a later time."""
    print(clock_file.show(clock_file.set_time(home.current().create(), clock_file.parse_time(time))))


@app.command()
def advance(duration: Annotated[str, typer.Argument(help="e.g. 9m50s, 7h, 35d, 1d2h")]) -> None:
    """Move the clock forward."""
    by = clock_file.parse_duration(duration)
    print(clock_file.show(clock_file.advance(home.current().create(), by)))
