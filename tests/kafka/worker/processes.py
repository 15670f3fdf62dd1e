"""Workers as processes of their own, to be killed, stopped and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.kafka.worker.ground import PATIENCE_S
from tests.reliability.processes import Fault, Process
from tests.streams.logs.builders import ROOT

RUNNING: list["WorkerProcess"] = []


class WorkerProcess:
    """`untaken worker` in a directory; what it says goes into a file there."""

    def __init__(self, url: str, states: Path, *, fault: Fault | None = None, **values: object) -> None:
        states.mkdir(parents=True, exist_ok=True)
        self.said = states / f"worker-{len(list(states.glob('worker-*.log')))}.log"
        own = {name: value for name, value in os.environ.items() if not name.startswith("UNTAKEN_")}
        settings = {"batch_records": 200, "session_s": 6, "tick_s": 0, **values}
        own |= {f"UNTAKEN_{_full(name).upper()}": str(value) for name, value in settings.items()}
        own["PYTHONFAULTHANDLER"] = "1"
        if fault is not None:
            own["UNTAKEN_FAULT"] = f"{fault.point}:{fault.passage}"
        with self.said.open("ab") as out:
            self.process: Process = subprocess.Popen(
                [sys.executable, "-m", "untaken", "worker", "--log", url, "--state", str(states)],
                cwd=ROOT,
                env=own,
                stdout=out,
                stderr=out,
                text=True,
            )
        RUNNING.append(self)

    @property
    def begun(self) -> bool:
        """Whether it has been told which partitions it serves."""
        return "serving partitions" in self.text()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def peak_mib(self) -> float:
        """Peak of resident memory so far, as Linux tells it."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024

    def kill(self) -> None:
        """End it as kill -9 does, if it has not ended already."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to stop in order; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end; one that hangs is made to tell where."""
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            return self.process.wait(PATIENCE_S)

    def text(self) -> str:
        return self.said.read_text(encoding="utf-8", errors="replace")


def _full(name: str) -> str:
    """Return the table and name of a configured value; those without a table are the worker's."""
    return name if "__" in name else f"worker__{name}"
