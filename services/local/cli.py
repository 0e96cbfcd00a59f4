"""The `vizyt` command. Imports what a command needs only when it is called, so that `token` starts at once."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from services.local import cli_clock, cli_stats, cli_token, home
from services.local.trouble import Trouble

app = typer.Typer(
    name="vizyt",
    help="Vizyt on one machine. VIZYT_HOME is the data folder (default .vizyt), PORT the gateway's port.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("token")(cli_token.token)
app.add_typer(cli_clock.app, name="clock")
app.add_typer(cli_stats.app, name="stats")


def main() -> None:
    """Trouble is shown as one message, and nothing else is hidden."""
    try:
        app(prog_name="vizyt")
    except KeyboardInterrupt:
        sys.exit(130)
    except Trouble as trouble:
        print(f"vizyt: {trouble}", file=sys.stderr)
        sys.exit(trouble.exit_code)


@app.command()
def run() -> None:
    """Start everything and run until Ctrl-C or SIGTERM (what `make run` does)."""
    from services.local import runner
    from services.local.ports import LOOPBACK

    runner.run(home.current(), port=home.port(), host=os.environ.get("VIZYT_HOST") or LOOPBACK)


@app.command()
def ps(*, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show the processes of the local run."""
    from services.local import run_file

    entries = run_file.living(home.current()).processes
    if as_json:
        print(json.dumps([{"name": entry.name, "pid": entry.pid, "port": entry.port} for entry in entries]))
        return
    from services.local.tables import show_processes

    show_processes(entries, home.current())


@app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="YAML or JSON.", exists=True, dir_okay=False)]) -> None:
    """Load organisations, centres, services, staff and policies from one file: all or nothing, repeatable."""
    from services.local import importing

    print(asyncio.run(importing.load_file(file, home.current())))


@app.command()
def seed() -> None:
    """Load the demo data."""
    from services.local import demo_data

    print("\n".join(asyncio.run(demo_data.seed(home.current()))))


@app.command()
def retention(
    *,
    now: Annotated[bool, typer.Option("--now", help="Erase at once; it cannot be undone.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many (also without an option).")] = False,
) -> None:
    """Names and contacts that were kept long enough: how many per organisation, or erase them now."""
    from services.local import retention as erasing

    if now and dry_run:
        raise Trouble("--now or --dry-run, not both")
    print("\n".join(asyncio.run((erasing.erase if now else erasing.survey)(home.current()))))


@app.command()
def migrate() -> None:
    """Migrate the databases of the run, or those that *_DATABASE_URL name."""
    from services.local import migrating

    for name in asyncio.run(migrating.migrate_known(home.current().create())):
        print(f"{name}: migrated")


@app.command()
def doctor() -> None:
    """Check processes, configuration and invariants; exit 1 and say what is wrong."""
    from services.local import check_up

    found = asyncio.run(check_up.findings(home.current()))
    print("\n".join(found) or "all is well")
    raise typer.Exit(1 if found else 0)
