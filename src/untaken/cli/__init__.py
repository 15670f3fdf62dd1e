"""The command line."""

import sys
from collections.abc import Sequence

ENGINE_PARTS = {"jinja2", "numba", "numpy", "orjson", "polars", "rich", "typer"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; say what to install where only the client is installed."""
    try:
        from untaken.cli.program import run_command
    except ModuleNotFoundError as missing:
        if missing.name not in ENGINE_PARTS:
            raise
        sys.stderr.write(
            f"untaken: {missing.name} is not installed: the command line needs the engine, the client does not; "
            "install it with: pip install 'untaken[engine]'\n"
        )
        return 2
    return run_command(arguments)
