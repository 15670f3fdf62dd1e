"""`untaken emit` of a JSON Lines file, beside validating the same lines with the models and keeping nothing.

python -m benchmarks.emit_throughput [--events 200000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks.mixed_log import entries
from untaken.schemas import codec
from untaken.streams.edge import Edge, emit_lines
from untaken.streams.logs.opening import open_log


def emit_seconds(file: Path, folder: Path) -> float:
    log = open_log(f"sqlite:///{folder / 'emitted.db'}")
    began = time.perf_counter()
    with file.open("rb") as lines:
        for _ in emit_lines(log, Edge({}, origin=str(file), backfill=True), lines):
            pass
    seconds = time.perf_counter() - began
    log.close()
    return seconds


def validate_seconds(file: Path) -> float:
    began = time.perf_counter()
    with file.open("rb") as lines:
        for line in lines:
            codec.decode(line)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000)
    count: int = parser.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "events.jsonl"
        with file.open("wb") as out:
            out.writelines(entry.value + b"\n" for entry in entries(count))
        bare, ours = validate_seconds(file), emit_seconds(file, folder)
    print(f"emit, durable in the log          {count / ours:>10,.0f} events/s")
    print(
        f"validation alone                  {count / bare:>10,.0f} events/s, emit at {bare / ours:.2f} of it"
    )


if __name__ == "__main__":
    main()
