"""What the commands say of a log on Kafka."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.command_line import Ran, in_process, own_environment
from tests.kafka.published.workers import worked, workers
from tests.properties.changes import with_settings
from tests.properties.logs import short_log_of_seed
from tests.streams.chain.engines import entries_of
from untaken.streams.logs.kafka.log import KafkaLog


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def ran(log: KafkaLog, *arguments: str) -> Ran:
    return in_process([*arguments, "--log", log.url])


def filled(log: KafkaLog) -> None:
    worked(log, entries_of(with_settings(short_log_of_seed(1))))


def test_a_report_says_how_fresh_it_is(log: KafkaLog) -> None:
    filled(log)

    told = ran(log, "report", "--all")
    figures = json.loads(ran(log, "report", "--all", "--json").out)

    assert "as published by 2 partitions, the oldest" in told.out
    assert [each["behind"] for each in figures["freshness"]] == [0, 0]
    assert all(each["age_s"] >= 0 for each in figures["freshness"])


def test_doctor_tells_of_every_partition(log: KafkaLog) -> None:
    log.append(entries_of(with_settings(short_log_of_seed(1))))
    with workers(log) as (first, _):
        first.catch_up()
        first.publish()

    facts = json.loads(ran(log, "doctor", "--json").out)["facts"]

    assert any(fact.startswith("partition 0: published") for fact in facts)
    assert any(fact.startswith("partition 1: nothing published yet") for fact in facts)


def test_doctor_says_what_brokers_and_workers_are_told_but_no_password(
    log: KafkaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_environment():
        monkeypatch.setenv("UNTAKEN_KAFKA__SASL_PASSWORD", "not to be seen")
        monkeypatch.setenv("UNTAKEN_WORKER__BATCH_RECORDS", "777")
        told = subprocess.run(
            [sys.executable, "-m", "untaken", "doctor", "--json", "--log", log.url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found = json.loads(told)

    assert found["values"]["worker.batch_records"] == 777
    assert found["origins"]["worker.batch_records"] != "default"
    assert found["values"]["kafka.security_protocol"] == "PLAINTEXT"
    assert "not to be seen" not in told
    assert "engine.batch_records" not in found["values"]


def test_one_signal_is_found(log: KafkaLog) -> None:
    filled(log)
    rows = json.loads(ran(log, "ledger", "--json").out)["rows"]

    found = json.loads(ran(log, "signal", rows[0]["signal_id"], "--json").out)["signals"]

    assert rows[0] in found


@pytest.mark.parametrize("command", ["report", "ledger", "dead-letters"])
def test_before_any_worker_ran_one_sentence_says_what_to_do(log: KafkaLog, command: str) -> None:
    told = ran(log, command)

    assert told.code == 2
    assert told.err.count("\n") == 1
    assert "start one: untaken worker" in told.err


def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "untaken.toml").write_text("[kafka]\nrequest_timeout_s = 0.5\n")

    told = in_process(["ledger", "--log", "kafka://127.0.0.1:9", "--config", str(tmp_path / "untaken.toml")])

    assert told.code == 2
    assert told.err.count("\n") == 1
    assert "kafka://127.0.0.1:9" in told.err


def test_a_cluster_without_our_topics_is_named(broker: str) -> None:
    told = in_process(["ledger", "--log", f"{broker}?prefix=nobody."])

    assert told.code == 2
    assert "untaken topics create" in told.err
