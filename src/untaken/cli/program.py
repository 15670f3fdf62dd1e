"""One program, its commands, and what their exit codes mean: 0 done, 1 a check failed, 2 wrong usage or input."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import typer

from untaken.cli import (
    archiving,
    demo,
    emitting,
    importing,
    looking,
    replaying,
    reporting,
    running,
    schema,
    settings,
    starting,
)
from untaken.cli.kafka import dev, topics, worker
from untaken.cli.rows.commands import ledger, trades
from untaken.cli.session import CheckFailed
from untaken.cli.whatif.command import what_if_command
from untaken.errors import UntakenError
from untaken.version import __version__

app = typer.Typer(
    name="untaken",
    help="The learning memory of a trading bot: what guards save and what they cost, judged honestly.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command("init")(starting.init)
app.command("demo")(demo.demo)
app.command("emit")(emitting.emit)
app.command("run")(running.run)
app.command("worker")(worker.worker)
app.command("report")(reporting.report)
app.command("ledger")(ledger)
app.command("trades")(trades)
app.command("signal")(looking.signal)
app.command("dead-letters")(looking.dead_letters)
app.command("doctor")(running.doctor)
app.add_typer(importing.app, name="import")
replaying.app.command("export")(archiving.export)
replaying.app.command("import")(archiving.import_command)
replaying.app.command("what-if")(what_if_command)
app.add_typer(replaying.app, name="replay")
app.add_typer(settings.app, name="settings")
app.add_typer(schema.app, name="schemas")
app.add_typer(topics.app, name="topics")
app.add_typer(dev.app, name="dev")


@app.callback(invoke_without_command=True)
def version(
    show: bool = typer.Option(False, "--version", help="Print the version and exit."),  # Typer's way
) -> None:
    """Answer --version; every command has its own help."""
    if show:
        typer.echo(f"untaken {__version__}")
        raise typer.Exit


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    try:
        result = app(args=None if arguments is None else list(arguments), standalone_mode=False)
    except CheckFailed as failed:
        typer.echo(f"untaken: {failed}", err=True)
        return 1
    except (UntakenError, typer.TyperException) as error:
        message = _of_usage(error) if isinstance(error, typer.TyperException) else str(error)
        typer.echo(f"untaken: {message or 'name a command; the help above lists them'}", err=True)
        return 2
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("untaken: interrupted; what was acknowledged is kept", err=True)
        return 130
    except BrokenPipeError:
        return 0
    except (OSError, sqlite3.Error) as error:
        typer.echo(f"untaken: {_of_the_machine(error)}", err=True)
        return 2
    return result if isinstance(result, int) else 0


def _of_usage(error: typer.TyperException) -> str:
    """Return what Typer says of a wrong option or argument, in the words of this program."""
    return error.format_message().replace("Value error, ", "").replace("Input should", "it must")


def _of_the_machine(error: OSError | sqlite3.Error) -> str:
    """Say what the disk would not do; what the log has acknowledged is safe from it."""
    if isinstance(error, OSError):
        place = f"{error.filename} " if error.filename else ""
        found = f"{place}could not be read or written ({error.strerror or error})"
    else:
        found = f"the state beside the log could not be read or written ({error})"
    return f"{found}: check the path, the free space and who may write there; what was acknowledged is kept"
