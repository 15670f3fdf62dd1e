"""What a worker refuses to start with, or waits for, each in one sentence."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.golden.command_line import in_process
from tests.kafka.worker.ground import Ground, at_work, until
from tests.kafka.worker.test_worker_tables import facts
from untaken.streams.engine import SettingsDisagree
from untaken.streams.logs.errors import LogUnreachable
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.memory import MemoryLog
from untaken.streams.worker.starting import NotForWorkers, agree, opened
from untaken.streams.worker.watchdog import PartitionStalled


def test_a_worker_whose_configuration_disagrees_does_not_start(log: KafkaLog, tmp_path: Path) -> None:
    agree(log, {"shadow.fee_bps": 7})
    file = tmp_path / "untaken.toml"
    file.write_text("[settings]\nshadow.fee_bps = 9\n", encoding="utf-8")
    ran = in_process(["worker", "--log", log.url, "--config", str(file), "--state", str(tmp_path / "state")])

    assert ran.code == 2
    assert "shadow.fee_bps is 9" in ran.err
    assert "the log was computed with 7" in ran.err
    assert not (tmp_path / "state").exists()


def test_workers_of_one_configuration_agree(log: KafkaLog) -> None:
    agree(log, {"shadow.fee_bps": 7})
    agree(log, {"shadow.fee_bps": 7})
    agree(log, {})
    with pytest.raises(SettingsDisagree):
        agree(log, {"shadow.fee_bps": 8})


def test_a_worker_without_topics_says_how_to_make_them(broker: str, prefix: str, tmp_path: Path) -> None:
    ran = in_process(["worker", "--log", f"{broker}?prefix={prefix}", "--state", str(tmp_path)])

    assert ran.code == 2
    assert f"has no topic {prefix}" in ran.err
    assert "untaken topics create" in ran.err


def test_a_log_that_is_not_on_kafka_has_one_engine() -> None:
    with pytest.raises(NotForWorkers, match="untaken run --log memory://"):
        opened(MemoryLog, threading.Event())


def test_a_broker_that_is_down_at_the_start_is_waited_for(log: KafkaLog) -> None:
    answers = iter([True, True, False])

    def open_it() -> KafkaLog:
        if next(answers):
            raise LogUnreachable("kafka://localhost:9", 1.0, "connection refused")
        return log

    assert opened(open_it, threading.Event(), retry_s=0) is log


def test_a_worker_that_waits_for_a_broker_can_be_stopped() -> None:
    asked = threading.Event()

    def open_it() -> KafkaLog:
        asked.set()
        raise LogUnreachable("kafka://localhost:9", 1.0, "connection refused")

    assert opened(open_it, asked) is None


def test_a_partition_that_cannot_go_on_ends_the_worker_with_its_reason(ground: Ground) -> None:
    ground.log.append(facts(7, signals=10))
    ground.states.mkdir()
    ground.options.state_file(1).write_text("this is no state", encoding="utf-8")
    with pytest.raises(PartitionStalled) as stalled:
        ends_by_itself(ground)

    assert "partition 1 has not moved for" in str(stalled.value)
    assert "is no state file" in str(stalled.value)
    assert ground.position(0) != {}


def ends_by_itself(ground: Ground) -> None:
    with at_work(ground, replace(ground.options, stall_s=10)) as worker:
        until(lambda: worker.ended)


def test_one_partition_that_fails_leaves_the_others_at_work(ground: Ground) -> None:
    ground.log.append(facts(7, signals=10))
    ground.states.mkdir()
    ground.options.state_file(1).write_text("this is no state", encoding="utf-8")
    with at_work(ground) as worker:
        until(lambda: [s.idle for s in worker.condition().standings] == [True, False, True])
        failing = worker.condition().standings[1]

    assert failing.failures > 0
    assert "is no state file" in str(failing.error)
