"""Every golden case through a real broker: emitted, worked on by partition, published, and read by the commands."""

from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import Case, load, parameters
from tests.golden.command_line import in_process
from tests.golden.compare import differences
from tests.golden.surfaces import done, enveloped, json_of, read
from tests.kafka.published.workers import worked
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka

PARTITIONS = 3


def log_of(case: Case, folder: Path, log: KafkaLog) -> None:
    """Emit a case into the topics, its settings first."""
    facts = folder / "facts.jsonl"
    facts.write_text("".join(enveloped(line) + "\n" for line in case.lines), "utf-8")
    if case.settings:
        values = [f"{name}={json_of(value)}" for name, value in case.settings.items()]
        done(in_process, "settings", "set", *values, "--log", log.url)
    done(in_process, "emit", str(facts), "--log", log.url)


def shown_by_rows(case: Case) -> dict[str, Any]:
    """Leave out scenarios, which need the prices, that are not published, and what needs no log at all."""
    return {name: section for name, section in case.expected.items() if name not in {"what_if", "direct"}}


@pytest.mark.parametrize("folder", parameters())
def test_a_golden_case_comes_out_of_kafka_as_expected(
    folder: Path, broker: str, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    case = load(folder)
    log = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=PARTITIONS))
    try:
        log_of(case, tmp_path, log)
        worked(log)

        assert differences(shown_by_rows(case), read(log.url, in_process)) == []
    finally:
        log.close()
