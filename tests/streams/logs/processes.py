"""Real processes: writers of their own, and forked children."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.streams.logs.builders import ROOT


def start_module(module: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_writer(path: Path, name: str, appends: int, *fault: object) -> subprocess.Popen[str]:
    return start_module("tests.streams.logs.writer", path, name, appends, *fault)


def acknowledged(lines: Sequence[str]) -> dict[int, list[int]]:
    """Return the offsets by the number of the append; a torn last line was never acknowledged in full."""
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(words[0]): [int(word) for word in words[1:]] for words in whole}


def in_forked_child(action: Callable[[], None], user: int | None = None) -> bool:
    """Run an action in a forked child, as another user where one is given; return whether it succeeded."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if user is not None:
                os.setuid(user)
            action()
            status = 0
        except BaseException:  # noqa: BLE001 - a child must not unwind into the tests of its parent
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0
