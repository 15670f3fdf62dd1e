"""kill -9 of writing processes: what was acknowledged is there, once and in order."""

import random
import signal as signals
from pathlib import Path

import pytest

from tests.streams.logs.builders import ids_of
from tests.streams.logs.processes import acknowledged, start_writer
from untaken.streams.logs.sqlite import SqliteLog

ROUNDS = [*range(4), *(pytest.param(seed, marks=pytest.mark.torture) for seed in range(4, 100))]
POINTS = ("begin", "insert", "commit", "acknowledge")


def written_ids(path: Path) -> dict[int, str]:
    log = SqliteLog(path)
    assert log.check() == []
    ids = dict(zip(log.read(log.start(), 1 << 20).frame["offset"].to_list(), ids_of(log), strict=True))
    assert sum(count.events for count in log.counts()) == len(ids)
    log.close()
    return ids


def expected_ids(name: str, append: int) -> list[str]:
    return [f"{name}-{append}-{part}" for part in range(1 + append % 3)]


def demand_nothing_lost(ids: dict[int, str], name: str, told: dict[int, list[int]]) -> None:
    own = [event_id for event_id in ids.values() if event_id.startswith(f"{name}-")]
    appends = range(len(told) + 1)
    whole = [event_id for append in appends for event_id in expected_ids(name, append)]
    acknowledged_count = sum(len(offsets) for offsets in told.values())

    assert [ids[offset] for offsets in told.values() for offset in offsets] == whole[:acknowledged_count]
    # The append that was under way is there as a whole or not at all.
    assert own in (whole, whole[:acknowledged_count])


@pytest.mark.parametrize("point", POINTS)
def test_a_writer_killed_at_a_fault_point_loses_nothing_acknowledged(tmp_path: Path, point: str) -> None:
    path = tmp_path / "bot.db"
    survivor = start_writer(path, "survivor", 20)
    victim = start_writer(path, "victim", 20, point, 7)
    output, problem = victim.communicate(timeout=120)
    survived, trouble = survivor.communicate(timeout=120)

    told = acknowledged(output.splitlines(keepends=True))
    ids = written_ids(path)
    assert victim.returncode == -signals.SIGKILL, problem
    assert survivor.returncode == 0, trouble
    assert len(told) == 7
    demand_nothing_lost(ids, "victim", told)
    demand_nothing_lost(ids, "survivor", acknowledged(survived.splitlines(keepends=True)))
    assert (expected_ids("victim", 7)[0] in ids.values()) == (point in {"commit", "acknowledge"})


@pytest.mark.parametrize("seed", ROUNDS)
def test_writers_killed_at_random_lose_nothing_acknowledged(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "bot.db"
    seeded = random.Random(seed)
    writers = {name: start_writer(path, name, 100_000) for name in ("one", "two")}
    told: dict[str, list[str]] = {}
    for name, writer in writers.items():
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(seeded.randrange(1, 60))]
        writer.send_signal(signals.SIGKILL)
        told[name] = lines + writer.stdout.readlines()
        writer.communicate(timeout=120)

    ids = written_ids(path)
    for name, lines in told.items():
        demand_nothing_lost(ids, name, acknowledged(lines))
