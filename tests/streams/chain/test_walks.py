"""Prices and the clock alone move a trade without its facts being read, and come to what its facts would come to."""

from typing import Any

import pytest

from tests.reference.moments import text_of
from tests.streams.chain.engines import Record, computed, differences, log_of
from tests.streams.chain.records import (
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    bar,
    bars,
    exit_signal,
    fill,
    record,
    signal,
    tick,
    trade,
)
from untaken.streams.chain.chain import Chain
from untaken.streams.engine import Engine
from untaken.streams.store.state import State

LOW = bar(NOON + 10 * MINUTE, 90.0)
"""Reaches every stop."""


def blocked(number: int = 1) -> Record:
    fields: dict[str, Any] = {
        "signal_id": f"s{number}",
        "symbol": "BTC/USD",
        "guard": "spread",
        "verdict": "blocked",
    }
    return record("decision.made", f"d{number}", NOON + SECOND, final=True, chain_complete=True, **fields)


def status_and_expiry(chain: Chain) -> tuple[str, int | None]:
    row = chain.stores.rows.load_all("ledger").row(0, named=True)
    return row["status"], row["expired_at"]


STORIES = {
    "stopped": [signal(), blocked(), LOW, *bars(20, NOON + 15 * MINUTE)],
    "held to its end": [signal(), *bars(300)],
    "called back": [signal(), *bars(3), exit_signal(1, NOON + 14 * MINUTE), *bars(20, NOON + 15 * MINUTE)],
    "expired while it was open": [signal(expires_at=text_of(NOON + 20 * MINUTE)), *bars(30)],
    "without a price for days": [signal(), tick(NOON + 200 * HOUR)],
    "first priced late": [signal(), tick(NOON + HOUR), *bars(24)],
    "filled for real": [signal(), fill(signal_id="s1"), *bars(30), trade(signal_id="s1"), LOW, *bars(30)],
    "filled, then past its expiry": [
        signal(expires_at=text_of(NOON + 3 * HOUR)),
        fill(at=NOON + MINUTE, signal_id="s1"),
        LOW,
        *bars(60),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_batches_come_to_what_one_batch_comes_to(story: str) -> None:
    records = STORIES[story]
    cuts = [*range(1, min(10, len(records))), *range(10, len(records), 24)]

    assert differences(computed(records), computed(records, cuts)) == {}


def test_what_was_filled_never_lapses() -> None:
    records = STORIES["filled, then past its expiry"]

    assert status_and_expiry(computed(records)) == ("filled", None)


def test_what_nobody_filled_lapses_by_the_clock_alone() -> None:
    records = STORIES["expired while it was open"]

    assert status_and_expiry(computed(records, range(1, len(records)))) == ("expired", NOON + 20 * MINUTE)


def rows_without_facts(records: list[Record]) -> list[str | None]:
    """Return how trades ended for an engine that lost the facts of signals before the last record came."""
    state = State(None)
    engine = Engine(log_of(records), state)
    engine.step(len(records) - 1)
    state.connection.execute("DELETE FROM facts WHERE ref LIKE 's%'")
    engine.step(1)
    found = engine.chain.stores.rows.load_all("ledger")["exit_reason"].to_list()
    state.close()
    return found


def test_a_bar_asks_for_no_fact_of_the_signals_that_it_ends() -> None:
    before = [signal(), bar(NOON + 5 * MINUTE)]

    assert rows_without_facts([*before, LOW]) == ["stop_loss"]
    assert rows_without_facts([*before, blocked()]) == [], (
        "what concerns a signal is computed from all its facts"
    )
