"""kill -9 while a log is exported or imported: what is there is sound, and the next call goes on from it."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.processes import Fault, ended, lives_after
from tests.replay.copying import Place, kept_of, place
from tests.streams.chain.engines import entries_of
from tests.streams.chain.records import HOUR, NOON, bars, declared, record
from tests.streams.chain.records import signal as wish
from tests.streams.logs.builders import ROOT
from untaken.replay.sources import LogSource
from untaken.streams.logs.archive.log import ArchiveLog
from untaken.streams.logs.sqlite import SqliteLog

SETTINGS = record("settings.changed", "fees", NOON, settings={"shadow.fee_bps": 7.0}, digest="x")
RECORDS = [declared(), *bars(200), SETTINGS, *(wish(number, NOON + number * HOUR) for number in range(1, 50))]
"""The settings come late, so that an import is killed before and after them."""

POINTS = [
    ("parquet", Fault("archive.file-written", 1)),
    ("parquet", Fault("archive.file-written", 5)),
    ("parquet", Fault("archive.before-manifest", 1)),
    ("parquet", Fault("archive.before-manifest", 3)),
    ("parquet", Fault("archive.manifest-replaced", 3)),
    ("parquet", Fault("export.added", 2)),
    ("jsonl", Fault("lines.written", 1)),
    ("jsonl.gz", Fault("lines.written", 3)),
    ("jsonl.gz", Fault("export.added", 2)),
    ("sqlite", Fault("log.inserted", 4)),
    ("sqlite", Fault("log.committed", 1)),
    ("sqlite", Fault("import.appended", 5)),
]
ENGINES = ("parquet", "jsonl", "jsonl.gz")
ROUNDS = [*range(2), *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(2, 50))]

Noted = Callable[[str, object], None]


@pytest.fixture
def source(tmp_path: Path) -> Place:
    made = place("sqlite", tmp_path, "source")
    log = SqliteLog(made.path)
    log.append(entries_of(RECORDS))
    log.close()
    return made


def start(source: Place, target: Place, fault: Fault | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.replay.copier", source.path, target.engine, target.path],
        cwd=ROOT,
        env={"UNTAKEN_FAULT": f"{fault.point}:{fault.passage}"} if fault else {},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def demand_sound_beginning(target: Place, whole: list[tuple[object, ...]]) -> None:
    """Raise unless what is there can be read and is a beginning of the log."""
    if not target.source_exists():
        return
    if target.engine == "parquet":
        assert ArchiveLog(target.path).check() == []
    found = kept_of(target.source())
    assert found == whole[: len(found)]


@pytest.mark.parametrize(("engine", "fault"), POINTS)
def test_a_copy_killed_at_a_fault_point_is_sound_and_is_finished_by_the_next(
    source: Place, tmp_path: Path, engine: str, fault: Fault, record_property: Noted
) -> None:
    target, whole = place(engine, tmp_path), kept_of(source.source())
    code, _, err = ended(start(source, target, fault))
    assert code == -signal.SIGKILL, err
    record_property("killed", f"{engine} {fault.point}")

    demand_sound_beginning(target, whole)
    kept = len(kept_of(target.source())) if target.source_exists() else 0
    code, out, err = ended(start(source, target))
    assert (code, err) == (0, "")
    assert out.startswith(f"{len(whole) - kept} events added")
    assert kept_of(target.source()) == whole


@pytest.mark.parametrize("seed", ROUNDS)
def test_a_copy_killed_again_and_again_at_any_moment_ends_whole(
    source: Place, tmp_path: Path, seed: int, record_property: Noted
) -> None:
    chance = random.Random(seed)
    engine = chance.choice(ENGINES)
    target, whole = place(engine, tmp_path), kept_of(source.source())
    for _ in range(3):
        process = start(source, target)
        if lives_after(process, chance.uniform(0.3, 2.0)):
            process.kill()
            record_property("killed", f"{engine} at any moment")
        ended(process)
        demand_sound_beginning(target, whole)

    assert ended(start(source, target))[0] == 0
    assert kept_of(target.source()) == whole


def test_the_log_that_is_copied_is_not_touched(source: Place, tmp_path: Path) -> None:
    before = kept_of(source.source())
    ended(start(source, place("parquet", tmp_path), Fault("archive.before-manifest", 2)))

    log = SqliteLog(source.path)
    assert log.check() == []
    assert kept_of(LogSource(log)) == before
    log.close()
