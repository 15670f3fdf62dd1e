"""Random logs hold every kind of trouble, and the reference does not mind how they are delivered."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.generators.census import census
from tests.generators.delivery import Record
from tests.generators.logs import random_log
from tests.generators.orders import cuts, logs, shuffles, with_duplicates
from tests.generators.world import SETTINGS
from tests.reference.whole import reference_of
from untaken.schemas.registry import EVENTS

SEEDS = range(8)

AT_LEAST: Mapping[str, int] = {
    "late within the horizon": 300,
    "late by the whole horizon": 30,
    "as far ahead as allowed": 20,
    "backfill": 150,
    "copy of an id": 500,
    "id of two events": 20,
    "repair": 300,
    "repaired bar": 300,
    "gap": 300,
    "bar of which only the close counts": 100,
    "overlapping bar": 30,
    "open beyond the extremes": 50,
    "run declared anew": 8,
    "run left out": 200,
    "fill that is not the first of its kind": 100,
    "bar with bid and ask": 500,
    "price of many digits": 200,
    "alias": 200,
    "exit signal": 200,
    "clock tick": 8,
    "exact touch": 15,
    "repeated": 100,
    "overlapped": 300,
    "entry bar partial": 200,
    "several attempts": 300,
    "later attempt": 1000,
    "decision before its signal": 50,
    "chain complete": 200,
    "chain cut": 100,
    "chain not said": 200,
    "sole blocker": 50,
    "several blockers": 100,
    "signal that expires": 50,
    "without R": 20,
    "money unknown": 50,
    "quote crossed": 50,
    "symbol without prices": 8,
    "really traded": 200,
    "trade open": 10,
    "trade from fills": 100,
    "trade reported": 100,
    "trade without signal": 30,
    "exit: take_profit": 40,
    "exit: stop_loss": 100,
    "exit: trailing": 100,
    "exit: roi": 50,
    "exit: signal": 100,
    "exit: time": 50,
    "exit: time_gap": 8,
    "exit: no_data": 50,
    "exit: None": 20,
    "status: filled": 200,
    "status: blocked": 300,
    "status: expired": 20,
    "status: approved": 100,
    "status: undecided": 20,
    "refused: late": 100,
    "refused: future": 100,
    "anomaly: pnl_sign_reversed": 5,
    "anomaly: exit_not_after_entry": 8,
    "anomaly: several_trades_of_one_identity": 8,
    "anomaly: fill_against_verdict": 20,
    "anomaly: fill_outside_bar": 10,
}


@pytest.fixture(scope="module")
def found() -> Counter[str]:
    counts: Counter[str] = Counter()
    for seed in SEEDS:
        records = random_log(seed)
        counts += census(records, reference_of(records, SETTINGS))
    return counts


@pytest.mark.parametrize(("kind", "least"), AT_LEAST.items())
def test_random_logs_hold_enough_of(kind: str, least: int, found: Counter[str]) -> None:
    assert found[kind] >= least


def test_nothing_is_counted_that_no_minimum_guards(found: Counter[str]) -> None:
    assert set(found) == set(AT_LEAST)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_generated_event_is_valid(seed: int) -> None:
    events = [record["event"] for record in random_log(seed, signals=60, days=0.5)]

    for event in events:
        EVENTS[event["type"]].model_validate_json(json.dumps(event))


def test_a_seed_always_gives_the_same_log() -> None:
    assert random_log(7, signals=30) == random_log(7, signals=30)
    assert random_log(7, signals=30) != random_log(8, signals=30)


@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_delivery_changes_nothing(data: st.DataObject) -> None:
    records = data.draw(logs())
    whole = answer_to(records)

    assert answer_to(data.draw(shuffles(records))) == whole
    assert answer_to(data.draw(with_duplicates(records))) == whole
    assert answer_to([one for batch in data.draw(cuts(records)) for one in batch]) == whole


def answer_to(records: Sequence[Record]) -> dict[str, Any]:
    return reference_of(records, SETTINGS)
