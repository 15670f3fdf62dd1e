"""The command line."""

import gc
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
    if arguments is None:  # the process is this command's own: what it has loaded by now is there to stay
        gc.freeze()  # and need not be looked through for garbage again, which took a tenth of an engine's time
    return run_command(arguments)
