"""How a worker works; nothing here changes what is computed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

STATE_DIRECTORY = Path("untaken-state")
LOOPBACK = "127.0.0.1"


def _processors() -> int:
    return os.cpu_count() or 1


@dataclass(frozen=True)
class WorkerOptions:
    """One worker.

    `app`: workers of one name share the partitions of a log; another name computes beside them from the start.
    """

    app: str
    state_directory: Path = STATE_DIRECTORY
    batch_records: int = 100_000
    """Most records applied at once; bounds the memory of a batch.

    Each batch computes all open signals of its symbols anew, so that with many of them small batches cost more.
    """
    parallel: int = field(default_factory=_processors)
    """How many partitions may compute at the same moment."""
    tick_s: float = 60.0
    """How long event time may stand still in a live log before the worker tells the clock; 0: never."""
    stall_s: float = 300.0
    """How long a partition may stand still although its log goes on, before the worker gives up; 0: for ever."""
    stop_s: float = 60.0
    """How long a batch may take to finish once the worker is asked to stop."""
    session_s: float = 15.0
    """How long the group waits for a worker that has gone silent."""
    look_s: float = 2.0
    """How often ends of the log are asked for, offsets are committed and the watchdog looks."""
    metrics_port: int | None = None
    metrics_host: str = LOOPBACK
    web_port: int | None = None
    """Port of Faust's own pages, on loopback; None: they are not served."""

    def state_file(self, partition: int) -> Path:
        """Where the state of a partition lies."""
        return self.state_directory / f"{self.app}-p{partition}.db"
