"""`./vizyt stats`: the figures of a run or of a distant installation."""

import asyncio
from typing import Annotated

import typer

from services.local import home

app = typer.Typer(no_args_is_help=True, help="Figures.")


@app.callback()
def figures() -> None:
    """So that `rebuild` stays a word of its own."""


@app.command()
def rebuild(*, wait: Annotated[bool, typer.Option(help="Until it is done.")] = True) -> None:
    """Make all figures anew from the archives of events; what is asked meanwhile is answered from the old ones."""
    from services.local import stats

    for line in asyncio.run(stats.rebuild(home.current(), seconds=stats.PATIENCE_SECONDS if wait else 0)):
        print(line)
