"""untaken schemas: JSON Schemas of all events, and whether a change keeps old ones readable."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from untaken.cli.session import CheckFailed

app = typer.Typer(help="Event schemas.", no_args_is_help=True)


@app.command("export")
def export(directory: Annotated[Path, typer.Argument(help="Where to write them.")]) -> None:
    """Write the JSON Schema of every event type."""
    from untaken.schemas.contracts.export import export as write

    files = write(directory)
    typer.echo(f"{len(files)} schemas written to {directory}")


@app.command("check")
def check(
    directory: Annotated[
        Path | None, typer.Argument(help="Published schemas; the shipped ones if none.")
    ] = None,
) -> None:
    """Check that every event that the published schemas allow is still readable."""
    from untaken.schemas.contracts.export import check as compare

    problems = compare(directory) if directory is not None else compare()
    for problem in problems:
        typer.echo(problem)
    if problems:
        raise CheckFailed(f"{len(problems)} changes would make old events unreadable")
    typer.echo("every published event stays readable")
