"""What an engine tells of a random log is what the slow and obvious reference works out, to the last unit."""

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
from tests.properties.changes import AS_IF_ALWAYS, CHANGES, CLASHES, COSTS, Change, with_settings
from tests.properties.logs import each_seed, first_seed, log_of_seed, short_log_of_seed
from tests.reference.moments import microseconds
from tests.reference.whole import reference_of
from tests.streams.chain.engines import entries_of, run_through
from untaken.streams.engine import state_path
from untaken.streams.logs.opening import open_log
from untaken.streams.store.state import State

COUNTED_BY_TIME = {"bars_of_another_time", "quotes_of_another_time"}
"""Prices of two times under one id both count here: to know each other they would have to be kept for ever."""


def told(folder: Path, records: Sequence[Record], cuts: Sequence[int] = (), *, edge: bool = True) -> Any:
    """Return what the command line tells of records that an engine has read in batches."""
    url = f"sqlite:///{folder / 'log.db'}"
    log, state = open_log(url), State(state_path(url))
    log.append(entries_of(records, edge=edge))
    run_through(log, state, cuts)
    state.close()
    log.close()
    return read(url, in_process)


def expected(records: Sequence[Record], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the reference's answer under settings that hold from the beginning."""
    facts = [record for record in records if record["event"]["type"] != "settings.changed"]
    return reference_of(facts, values)


@each_seed
def test_random_logs(seed: int, tmp_path: Path) -> None:
    records = shuffled(with_settings(log_of_seed(seed)), seed)
    chance = Chance(seed)
    cuts = [chance.between(0, len(records)) for _ in range(3)]

    assert differences(expected(records, SETTINGS), told(tmp_path, records, cuts)) == []


@first_seed
def test_random_logs_delivered_more_than_once(seed: int, tmp_path: Path) -> None:
    records = duplicated(with_settings(short_log_of_seed(seed)), seed)

    assert differences(expected(records, SETTINGS), told(tmp_path, records, [len(records) // 2])) == []


@pytest.mark.parametrize("name", AS_IF_ALWAYS)
@first_seed
def test_what_holds_for_the_past_holds_as_if_it_always_had(name: str, seed: int, tmp_path: Path) -> None:
    records = CHANGES[name](list(short_log_of_seed(seed)), Chance(seed))
    answer = told(tmp_path, records, [len(records) // 3, len(records) - 5])

    assert differences(expected(records, {**SETTINGS, **AS_IF_ALWAYS[name]}), answer) == []


@first_seed
def test_costs_that_change_at_a_time_hold_for_the_signals_from_then_on(seed: int, tmp_path: Path) -> None:
    records = CHANGES["costs_change_from_a_time_on"](list(short_log_of_seed(seed)), Chance(seed))
    changes = [record["event"] for record in records if record["event"]["type"] == "settings.changed"]
    moment = microseconds(changes[-1]["effective_at"])
    before, after = expected(records, SETTINGS), expected(records, {**SETTINGS, **COSTS})
    rows = told(tmp_path, records, [len(records) // 2])["signals"]
    wanted = {
        name: (before if microseconds(row["at"]) < moment else after)["signals"][name]
        for name, row in rows.items()
    }

    assert {name for name, row in rows.items() if microseconds(row["at"]) >= moment}
    assert (
        differences({"signals": {name: _alone(row) for name, row in wanted.items()}}, {"signals": rows}) == []
    )


def _alone(row: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what depends on the other signals of a book, which were made under other settings."""
    return {name: value for name, value in row.items() if name != "overlapped"}


@pytest.mark.parametrize(
    "change", [change for name, change in CLASHES.items() if name not in COUNTED_BY_TIME]
)
@pytest.mark.torture
@each_seed
def test_of_two_events_under_one_id_the_first_appended_counts(
    change: Change, seed: int, tmp_path: Path
) -> None:
    records = change(list(short_log_of_seed(seed)), Chance(seed))
    answer = told(tmp_path, shuffled(records, seed), [len(records) // 2], edge=False)

    assert differences(expected(records, SETTINGS), answer) == []
