"""Workers on a real broker, all in one run on one: `make bench-kafka`.

python -m benchmarks.kafka [throughput recovery latency memory] [--events 300000] [--signals 22000] ...
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.kafka import latency, memory, recovery, throughput
from benchmarks.kafka.ground import Ground, no_worker_left
from untaken.streams.broker import Broker


def main() -> None:
    """Start a broker, and run the chosen parts on it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ("throughput", "recovery", "latency", "memory")
    parser.add_argument("parts", nargs="*", choices=[*parts, []], help="all where none is named")
    parser.add_argument("--events", type=int, default=300_000, help="of throughput")
    parser.add_argument("--signals", type=int, default=22_000, help="of recovery, a tenth of them open")
    parser.add_argument("--rate", type=int, default=2_000, help="of latency, events a second")
    parser.add_argument("--seconds", type=int, default=60, help="of latency")
    parser.add_argument(
        "--mixed",
        type=int,
        nargs="+",
        default=[100_000, 300_000, 1_000_000],
        help="events of memory, by size",
    )
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that broker and workers are ended too
    with (
        tempfile.TemporaryDirectory(prefix="untaken-bench-") as folder,
        Broker(Path(folder) / "broker") as broker,
        no_worker_left(),
    ):
        ground = Ground(broker.url, Path(folder))
        runs: dict[str, Callable[[], None]] = {
            "throughput": lambda: throughput.run(ground, chosen.events),
            "recovery": lambda: recovery.run(ground, chosen.signals),
            "latency": lambda: latency.run(ground, chosen.rate, chosen.seconds),
            "memory": lambda: memory.run(ground, chosen.mixed),
        }
        for part in chosen.parts or parts:
            began = time.monotonic()
            print(
                f"\n## {part}, at a load of {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores",
                flush=True,
            )
            runs[part]()
            print(f"({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
