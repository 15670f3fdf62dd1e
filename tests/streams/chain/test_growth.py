"""What a batch asks of its state is found through an index: a scan of what grows would cost the square of the log."""

import re

from tests.streams.chain.engines import log_of
from tests.streams.chain.records import HOUR, MINUTE, NOON, bars, declared, exit_signal, fill, signal, trade
from untaken.streams.engine import Engine
from untaken.streams.store.state import State

GROWING = ("facts", "signals", "trades", "prices", "rows", "tables")
RECORDS = [
    declared(),
    *(signal(number, NOON + number * MINUTE) for number in range(20)),
    *(fill(number, NOON + (20 + number) * MINUTE) for number in range(5)),
    *(trade(number, NOON + (40 + number) * MINUTE) for number in range(5, 10)),
    exit_signal(1, NOON + HOUR),
    *bars(120),
]


def asked_in_last_batch(state: State) -> list[str]:
    """Return every question that the second half of the records made the engine ask."""
    engine = Engine(log_of(RECORDS), state)
    engine.step(len(RECORDS) // 2)
    asked: list[str] = []
    state.connection.set_trace_callback(asked.append)
    engine.step(len(RECORDS))
    state.connection.set_trace_callback(None)
    return [question for question in asked if question.startswith("SELECT")]


def scanned(state: State, question: str) -> set[str]:
    """Return the growing tables that a question reads from end to end."""
    names = {name: name for name in GROWING}
    names |= {
        alias: name for name, alias in re.findall(r"(?:FROM|JOIN) (\w+) (\w+) ", question) if name in GROWING
    }
    steps = [row[3] for row in state.connection.execute(f"EXPLAIN QUERY PLAN {question}")]
    found = (re.match(r"SCAN (\w+)", step) for step in steps)
    return {names[match[1]] for match in found if match and match[1] in names}


def test_no_batch_scans_what_grows_with_the_log() -> None:
    state = State(None)
    asked = asked_in_last_batch(state)
    scans = {question: found for question in asked if (found := scanned(state, question))}
    state.close()

    assert sum("FROM facts" in question or "JOIN facts" in question for question in asked) >= 3
    assert scans == {}


def test_a_scan_is_seen_for_what_it_is() -> None:
    state = State(None)

    assert scanned(state, "SELECT f.ref FROM facts f WHERE f.batch < 5") == {"facts"}
    assert scanned(state, "SELECT ref FROM signals WHERE next_at <= 5") == set()
    state.close()
