"""Engines, emitters and bots as processes of their own, to be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.streams.logs.builders import ROOT

Process = subprocess.Popen[str]

PATIENCE_S = 180


class Fault(NamedTuple):
    """A named point of the program, and the how manieth passage of it is the last."""

    point: str
    passage: int = 1


def start(*arguments: object, fault: Fault | None = None, batch_records: int = 100) -> Process:
    """Start the command line."""
    return _start("untaken", *arguments, fault=fault, batch_records=batch_records)


def start_bot(*arguments: object, fault: Fault | None = None) -> Process:
    """Start a bot (tests.reliability.bot) that reports through the client."""
    return _start("tests.reliability.bot", *arguments, fault=fault)


def _start(module: str, *arguments: object, fault: Fault | None, batch_records: int = 100) -> Process:
    own = {name: value for name, value in os.environ.items() if not name.startswith("UNTAKEN_")}
    own["UNTAKEN_ENGINE__BATCH_RECORDS"] = str(batch_records)
    if fault is not None:
        own["UNTAKEN_FAULT"] = f"{fault.point}:{fault.passage}"
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env=own,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: Process) -> tuple[int, str, str]:
    """Wait for the end of a process; return its exit code and what it said."""
    out, err = process.communicate(timeout=PATIENCE_S)
    return process.returncode, out, err


def done(*arguments: object) -> str:
    """Run a command that must succeed; return what it printed."""
    code, out, err = ended(start(*arguments))
    assert code == 0, f"untaken {' '.join(map(str, arguments))} ended with {code}: {err}"
    return out


def killed(process: Process) -> str:
    """Kill a process as `kill -9` does; return what it had printed."""
    process.send_signal(signal.SIGKILL)
    _, out, err = ended(process)
    assert process.returncode == -signal.SIGKILL, err
    return out


def demand_killed_by_fault(process: Process) -> str:
    """Wait until the process has died at its fault point; return what it had printed."""
    code, out, err = ended(process)
    assert code == -signal.SIGKILL, err
    return out


def lives_after(process: Process, seconds: float) -> bool:
    """Wait so long, or until the process ends; return whether it is still alive."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return True
    return False


def beside(process: Process, action: Callable[[], None], pause_s: float = 0.05) -> Iterator[None]:
    """Do something again and again for as long as a process lives; yields each time."""
    for _ in range(round(PATIENCE_S / pause_s)):
        if not lives_after(process, pause_s):
            return
        action()
        yield
    process.kill()
    raise AssertionError("the process outlived the patience of the test")


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
