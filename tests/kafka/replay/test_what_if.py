"""What-if on a log on Kafka: answers that need no prices from what is published, the others from states computed here."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.golden.cases import load, parameters
from tests.golden.command_line import Ran, in_process
from tests.golden.compare import differences
from tests.golden.what_if import what_if_of
from tests.kafka.published.workers import worked
from tests.kafka.test_golden_on_kafka import log_of
from tests.properties.changes import with_settings
from tests.replay.whatif.changed_bots import log_of as records_of
from tests.streams.chain.engines import entries_of
from untaken.streams.logs.kafka.log import KafkaLog
from untaken.streams.logs.kafka.options import KafkaOptions
from untaken.streams.logs.opening import open_kafka, open_log

PARTITIONS = 3
SCENARIOS = ("13", "21", "25")


pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is computed here in a folder of the test's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def log(broker: str, prefix: str) -> Iterator[KafkaLog]:
    opened = open_kafka(broker, KafkaOptions(prefix=prefix, partitions=PARTITIONS))
    yield opened
    opened.close()


def asked(url: str, *flags: str) -> Any:
    ran: Ran = in_process(["replay", "what-if", *flags, "--json", "--log", url])
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.parametrize("folder", parameters(*SCENARIOS))
def test_a_golden_case_is_asked_of_kafka(folder: Path, log: KafkaLog, tmp_path: Path) -> None:
    case = load(folder)
    log_of(case, tmp_path, log)
    worked(log)
    wanted = case.expected["what_if"]

    assert differences({"what_if": wanted}, {"what_if": what_if_of(wanted, log.url, in_process)}) == []


def books(answer: Any) -> list[Any]:
    """Return base and scenario in turn; what evidence needs grows with every question."""
    (one,) = answer["scenarios"]
    return [(group["in_turn"]["base"], group["in_turn"]["scenario"]) for group in one["groups"]]


FLAGS = [
    ("--guard-off", "spread"),
    ("--take-profit", "0.8", "--stop-loss", "0.5"),
    ("--size", "333", "--max-positions", "2"),
    ("--take-profit", "0.5,1,2", "--guard-off", "spread"),
]


def test_kafka_says_what_the_embedded_log_says(log: KafkaLog, tmp_path: Path) -> None:
    entries = entries_of(with_settings(list(records_of(1))))
    url = f"sqlite:///{tmp_path}/bot.db"

    embedded = open_log(url)
    embedded.append(entries)
    embedded.close()
    assert in_process(["run", "--until-idle", "--log", url]).code == 0
    log.append(entries)
    worked(log)

    for flags in FLAGS:
        ours, theirs = asked(log.url, *flags), asked(url, *flags)
        names = ("scenarios", "groups", "sweep", "scenarios_tried")

        assert {name: ours.get(name) for name in names} == {name: theirs.get(name) for name in names}


def test_only_what_needs_prices_is_computed_here_and_the_second_time_only_what_is_new(
    log: KafkaLog, cache: Path
) -> None:
    log.append(entries_of(with_settings(list(records_of(1)))))
    worked(log)
    plain = asked(log.url, "--guard-off", "spread")

    assert "computed_here" not in plain
    assert not (cache / "untaken" / "partitions").exists()

    first, second = (asked(log.url, "--stop-loss", "0.5") for _ in range(2))

    assert not first["computed_here"].startswith("0 records")
    assert int(second["computed_here"].split()[0].replace(",", "")) <= 2
    assert books(first) == books(second)
