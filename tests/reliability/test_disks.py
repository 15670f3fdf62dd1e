"""A disk that fills up, and one that becomes read-only, under emit, engine and reports."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from tests.golden.command_line import Ran, in_process
from tests.reliability.afterwards import demand_all_is_well
from tests.reliability.disks import Disk, disk_of
from tests.streams.chain.records import HOUR, NOON, bars, declared, signal

EVENTS = [declared(), *(signal(number, NOON + number * HOUR) for number in range(1, 60)), *bars(600)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with disk_of(24, tmp_path / "disk") as mounted:
        yield mounted


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = tmp_path / "events.jsonl"
    written.write_bytes(b"\n".join(orjson.dumps(record) for record in EVENTS))
    return written


def untaken(*arguments: object) -> Ran:
    return in_process([str(argument) for argument in arguments])


def demand_one_sentence(ran: Ran, *words: str) -> None:
    assert (ran.code, ran.err.count("\n")) == (2, 1), ran.err
    assert ran.err.startswith("untaken: ")
    assert all(word in ran.err for word in words), ran.err


def ids_in(file: Path) -> set[str]:
    return {orjson.loads(line)["event"]["id"] for line in file.read_bytes().splitlines()}


@pytest.mark.parametrize("leaving", [0, 150_000, 400_000])
def test_emit_and_engine_on_a_full_disk_say_so_and_go_on_when_there_is_room(
    disk: Disk, file: Path, leaving: int
) -> None:
    url = f"sqlite:///{disk.path / 'log.db'}"
    first = file.with_name("first.jsonl")
    first.write_bytes(b"\n".join(file.read_bytes().splitlines()[:200]))
    assert untaken("emit", first, "--log", url).code == 0
    assert untaken("run", "--until-idle", "--log", url).code == 0

    disk.fill(leaving)
    for _ in range(4):
        ran = untaken("emit", file, "--log", url)
        if ran.code:
            demand_one_sentence(ran, "full", "free space")
    ran = untaken("run", "--until-idle", "--log", url)
    if ran.code:
        demand_one_sentence(ran, "full", "free space")
    assert ran.code or leaving, "the disk was not full"

    disk.empty()
    assert untaken("emit", file, "--log", url).code == 0
    demand_all_is_well(url, ids_in(file))


def test_a_log_on_a_disk_that_became_read_only_can_be_read_but_not_written(disk: Disk, file: Path) -> None:
    url = f"sqlite:///{disk.path / 'log.db'}"
    assert untaken("emit", file, "--log", url).code == 0
    assert untaken("run", "--until-idle", "--log", url).code == 0
    report = untaken("report", "--all", "--json", "--log", url)
    disk.make("ro")

    demand_one_sentence(untaken("emit", file, "--log", url), "cannot be written")
    demand_one_sentence(untaken("run", "--until-idle", "--log", url), "cannot be written")
    demand_one_sentence(untaken("settings", "set", "shadow.fee_bps=7", "--log", url), "cannot be written")
    assert untaken("report", "--all", "--json", "--log", url) == report
    for command in ("ledger", "dead-letters", "doctor"):
        assert untaken(command, "--log", url).code == 0, command
    assert untaken("replay", "verify", "--log", url).code == 0

    disk.make("rw")
    demand_all_is_well(url, ids_in(file))


def test_a_state_that_cannot_be_written_beside_a_log_that_can_be(disk: Disk, file: Path) -> None:
    url = f"sqlite:///{disk.path / 'log.db'}"
    assert untaken("emit", file, "--log", url).code == 0
    (disk.path / "log.state.db").mkdir()

    demand_one_sentence(untaken("run", "--until-idle", "--log", url), "log.state.db")
    (disk.path / "log.state.db").rmdir()
    demand_all_is_well(url, ids_in(file))


def test_a_log_that_cannot_be_made_is_refused_with_the_reason(disk: Disk, file: Path) -> None:
    disk.make("ro")

    ran = untaken("emit", file, "--log", f"sqlite:///{disk.path / 'log.db'}")
    demand_one_sentence(ran, str(disk.path), "read-only")
