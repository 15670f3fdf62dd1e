"""What the commands tell of topics that workers have read is what the slow and obvious reference works out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.generators.chance import Chance
from tests.generators.delivery import Record
from tests.generators.orders import duplicated, shuffled
from tests.generators.world import SETTINGS
from tests.golden.command_line import in_process
from tests.golden.compare import differences
from tests.golden.surfaces import read
from tests.kafka.properties.delivered import delivered, each_change, first_seed, worked_in_parts
from tests.properties.changes import AS_IF_ALWAYS, CHANGES, CLASHES, Change, with_settings
from tests.properties.logs import log_of_seed, short_log_of_seed
from tests.properties.test_reference import COUNTED_BY_TIME, expected
from untaken.streams.logs.kafka.log import KafkaLog


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def told(log: KafkaLog, records: Sequence[Record], seed: int, *, edge: bool = True) -> dict[str, Any]:
    """Return what the command line tells of records that came in batches and were read in others."""
    delivered(log, records, seed, edge=edge)
    worked_in_parts(log, seed)
    return read(log.url, in_process)


def values_of(change: Change) -> Mapping[str, Any]:
    """Return the settings that hold as if they always had after a change."""
    return {**SETTINGS, **AS_IF_ALWAYS[change.__name__]}


@first_seed
def test_random_logs(log: KafkaLog, seed: int) -> None:
    records = shuffled(with_settings(log_of_seed(seed)), seed)

    assert differences(expected(records, SETTINGS), told(log, records, seed)) == []


@first_seed
def test_random_logs_delivered_more_than_once(log: KafkaLog, seed: int) -> None:
    records = duplicated(with_settings(short_log_of_seed(seed)), seed)

    assert differences(expected(records, SETTINGS), told(log, records, seed)) == []


@each_change({name: CHANGES[name] for name in AS_IF_ALWAYS})
@first_seed
def test_what_holds_for_the_past_holds_as_if_it_always_had(log: KafkaLog, change: Change, seed: int) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))

    assert differences(expected(records, values_of(change)), told(log, records, seed)) == []


@pytest.mark.torture
@each_change({name: change for name, change in CLASHES.items() if name not in COUNTED_BY_TIME})
@first_seed
def test_of_two_events_under_one_id_the_first_appended_counts(
    undivided: KafkaLog, change: Change, seed: int
) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    answer = told(undivided, shuffled(records, seed), seed, edge=False)

    assert differences(expected(records, SETTINGS), answer) == []
