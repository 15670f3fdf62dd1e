"""The logs that the properties are tried on hold enough of every kind of trouble."""

from collections import Counter
from collections.abc import Mapping

import pytest

from tests.generators.census import census
from tests.generators.chance import Chance
from tests.generators.world import SETTINGS
from tests.properties.changes import CHANGES, CLASHES
from tests.properties.logs import SEEDS, log_of_seed, short_log_of_seed
from tests.reference.whole import reference_of

AT_LEAST: Mapping[str, int] = {
    "late within the horizon": 60,
    "backfill": 30,
    "copy of an id": 100,
    "id of two events": 5,
    "repaired bar": 50,
    "gap": 50,
    "alias": 20,
    "repeated": 10,
    "overlapped": 40,
    "entry bar partial": 20,
    "several attempts": 40,
    "really traded": 20,
    "money unknown": 5,
    "refused: late": 20,
    "refused: future": 20,
    "exit: take_profit": 4,
    "exit: stop_loss": 10,
    "exit: trailing": 10,
    "exit: roi": 5,
    "exit: signal": 10,
    "exit: time": 5,
    "exit: time_gap": 1,
    "exit: no_data": 5,
    "exit: None": 3,
    "status: filled": 20,
    "status: blocked": 40,
    "status: expired": 2,
    "status: approved": 10,
    "status: undecided": 2,
}


@pytest.fixture(scope="module")
def found() -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        records = log_of_seed(seed)
        counts += census(records, reference_of(records, SETTINGS))
    return counts


@pytest.mark.parametrize(("kind", "least"), AT_LEAST.items())
def test_the_logs_hold_enough_of(kind: str, least: int, found: Counter[str]) -> None:
    assert found[kind] >= least


@pytest.mark.parametrize("name", CHANGES)
def test_a_late_change_comes_in_the_middle_of_facts(name: str) -> None:
    records = CHANGES[name](list(short_log_of_seed(SEEDS[0])), Chance(SEEDS[0]))
    places = [
        place
        for place, record in enumerate(records)
        if record["event"]["type"] in ("settings.changed", "run.declared")
    ]

    assert len(records) * 0.05 < max(places) < len(records) - 1


@pytest.mark.parametrize("name", CLASHES)
def test_ids_clash_often_enough(name: str) -> None:
    records = CLASHES[name](list(short_log_of_seed(SEEDS[0])), Chance(SEEDS[0]))
    added = len(records) - len(short_log_of_seed(SEEDS[0])) - 1

    assert added >= 1
