"""Every benchmark after the other, each in a process of its own with polars on one thread: `make bench`."""

from __future__ import annotations

import os
import subprocess
import sys

BENCHMARKS = (
    "engine_throughput",
    "emit_throughput",
    "client_emit",
    "append_beside_reader",
    "shadow_execution",
    "rebuild_tables",
    "rebuild_memory",
    "report_latency",
    "what_if",
)


def main() -> int:
    """Run all, and return 1 if one of them failed."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    failed = 0
    for name in BENCHMARKS:
        print(f"\n## {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False, env=environment)  # noqa: S603  # own modules
        failed |= done.returncode != 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
