"""The command line as a test calls it: in this process for speed, or as a process of its own."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import NamedTuple

from untaken.cli import main


class Ran(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


Runner = Callable[[list[str]], Ran]

AS_INSTALLED = "import sys; from untaken.cli import main; sys.exit(main())"
"""What the installed script `untaken` does."""


def in_process(arguments: list[str]) -> Ran:
    """Call the command line's entry point here."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    with own_signal_handlers(), own_environment(), redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))


def as_process(arguments: list[str]) -> Ran:
    """Start the command line as a process."""
    command = [sys.executable, "-c", AS_INSTALLED, *arguments]
    with own_environment():
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@contextmanager
def own_environment() -> Iterator[None]:
    """Take away for a while what configures the installation of whoever runs the tests."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("UNTAKEN_")}
    try:
        yield
    finally:
        os.environ.update(hidden)


@contextmanager
def own_signal_handlers() -> Iterator[None]:
    """Give back the handlers that a command sets for itself."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
