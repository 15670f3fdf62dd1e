"""Archives: export, import, rebuild and verification, beside the same work on SQLite alone.

python -m benchmarks.archive [--events 300000]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.mixed_log import batched, entries
from untaken.replay.archive import copy_to_archive, copy_to_lines, copy_to_log, presence_in
from untaken.replay.digest import digest
from untaken.replay.lines import LinesSource
from untaken.replay.rebuild import rebuild, tables_of
from untaken.replay.sources import LogSource, Source
from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.archive.manifest import Selection
from untaken.streams.logs.base import Log
from untaken.streams.logs.sqlite import SqliteLog
from untaken.streams.store.state import State


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def read_through(log: Log) -> None:
    position = log.start()
    while len(batch := log.read(position, 100_000)):
        position = batch.position


def imported(source: Source, path: Path) -> None:
    log = SqliteLog(path)
    copy_to_log(source, log, Selection(), presence_in(log))
    log.close()


def digests(log: Log) -> dict[str, str]:
    return {name: digest(table) for name, table in tables_of(rebuild(log, State(None)))}


def size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def told(name: str, count: int, took: float, beside: float) -> None:
    print(f"{name:<34} {count / took:>12,.0f} events/s   {beside / took:>5.2f} of SQLite")


def main() -> None:
    """Print events per second of each way, and its speed beside SQLite's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    count: int = parser.parse_args().events
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = [list(chunk) for chunk in batched(entries(count), 20_000)]
        log, archive = SqliteLog(folder / "bot.db"), folder / "archive"
        append = seconds(lambda: [log.append(chunk) for chunk in made])
        source, everything = LogSource(log), Selection()
        export = seconds(lambda: copy_to_archive(source, archive, everything))
        lines = seconds(lambda: copy_to_lines(source, folder / "bot.jsonl.gz", everything))
        copy = ArchiveLog(archive, read_only=True)
        bring = seconds(lambda: imported(LogSource(copy), folder / "restored.db"))
        bring_lines = seconds(lambda: imported(LinesSource(folder / "bot.jsonl.gz"), folder / "lines.db"))
        reading = [seconds(lambda: read_through(one)) for one in (log, copy)]  # noqa: B023 - called at once
        digests(log)  # compiles what is compiled
        rebuilding = [seconds(lambda: digests(one)) for one in (log, copy)]  # noqa: B023 - called at once
        told("append to SQLite", count, append, append)
        told("export to an archive", count, export, append)
        told("export to .jsonl.gz", count, lines, append)
        told("import an archive into SQLite", count, bring, append)
        told("import .jsonl.gz into SQLite", count, bring_lines, append)
        told("read SQLite", count, reading[0], reading[0])
        told("read the archive, digests checked", count, reading[1], reading[0])
        told("rebuild from SQLite", count, rebuilding[0], rebuilding[0])
        told("rebuild from the archive", count, rebuilding[1], rebuilding[0])
        for path in (folder / "bot.db", archive, folder / "bot.jsonl.gz"):
            print(f"{path.name:<34} {size(path) / count:>12,.1f} bytes an event")
        print(f"same tables: {digests(log) == digests(copy)}")


if __name__ == "__main__":
    main()
