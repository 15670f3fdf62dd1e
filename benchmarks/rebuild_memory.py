"""Memory and time of a rebuild against the size of the log; each size in a process of its own.

python -m benchmarks.rebuild_memory [--events 1000000 10000000]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.mixed_log import batched, entries
from untaken.replay.rebuild import rebuild
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State


def written(url: str, events: int) -> None:
    log = open_log(url)
    for chunk in batched(entries(events), 20_000):
        log.append(list(chunk))
    log.close()


def rebuilt(url: str, scratch: Path) -> tuple[float, float]:
    """Return seconds and the peak resident memory in MiB of this process."""
    log = open_log(url)
    state = State(scratch)
    began = time.perf_counter()
    rebuild(log, state)
    seconds = time.perf_counter() - began
    state.close()
    log.close()
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000])
    parser.add_argument(
        "--of", metavar="URL", help="rebuild this log and print seconds and MiB (used by itself)"
    )
    chosen = parser.parse_args()
    if chosen.of:
        with tempfile.TemporaryDirectory() as folder:
            seconds, peak = rebuilt(chosen.of, Path(folder) / "rebuilt.db")
        print(f"{seconds:.1f} {peak:.0f}")
        return
    for count in chosen.events:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'bench.db'}"
            written(url, count)
            command = [sys.executable, "-m", "benchmarks.rebuild_memory", "--of", url]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # own module
            took, memory = done.stdout.split()
        print(f"rebuild of {count:>11,} events  {count / float(took):>9,.0f} events/s, peak {memory} MiB")


if __name__ == "__main__":
    main()
