"""What comes late, twice or in contradiction corrects what it touches, and nothing else."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.reference.moments import text_of
from tests.streams.chain.engines import Record, computed, differences, log_of, run_through
from tests.streams.chain.records import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    bar,
    bars,
    declared,
    exit_signal,
    fill,
    quote,
    record,
    signal,
    tick,
    trade,
)
from untaken.projections.guard_effectiveness.table import GUARD_EFFECTIVENESS
from untaken.streams.chain.chain import Chain
from untaken.streams.store.state import State


def decision(verdict: str, attempt: int = 1, at: int = NOON + SECOND, **more: Any) -> Record:
    fields: dict[str, Any] = {"signal_id": "s1", "symbol": "BTC/USD", "guard": "spread", "verdict": verdict}
    return record("decision.made", f"d{attempt}-{at}", at, attempt=attempt, **fields, **more)


def row(chain: Chain, signal_id: str = "s1") -> dict[str, Any]:
    """Return a ledger row, with its revision."""
    found = chain.stores.rows.load_all("ledger").filter(signal_id=signal_id).to_dicts()[0]
    return {**found, "revision": chain.stores.signals.of([found["ref"]])["revision"][0]}


def with_source(name: str) -> Record:
    """Have the prices of BTC/USD come from one source."""
    return record("settings.changed", "s", NOON, settings={"prices.source": {"BTC/USD": name}}, digest="x")


def steps(*batches: Sequence[Record]) -> list[Chain]:
    """Return one chain after each batch, all of the same growing log."""
    found = []
    for count in range(1, len(batches) + 1):
        cuts = [sum(map(len, batches[:place])) for place in range(1, count)]
        found.append(computed([one for batch in batches[:count] for one in batch], cuts))
    return found


def test_a_late_bar_changes_the_exit_and_the_row_gets_a_new_revision() -> None:
    falling = bar(NOON + 10 * MINUTE, 90.0, event_id="repair", revision=1)
    before, after = steps([signal(), *bars(300)], [falling])

    assert (row(before)["exit_reason"], row(after)["exit_reason"]) == ("time", "stop_loss")
    assert row(after)["exit_at"] == NOON + 5 * MINUTE
    assert (row(before)["revision"], row(after)["revision"]) == (1, 2)


def test_facts_that_change_nothing_make_no_revision() -> None:
    _, after = steps([signal(), *bars(300)], [signal(), bar(NOON + 3 * DAY), tick(NOON + 9 * DAY)])

    assert row(after)["revision"] == 1
    assert row(after)["repeats"] == 0


def test_a_signal_blocked_and_later_filled_takes_its_money_from_the_guard() -> None:
    blocked = [signal(), decision("blocked"), *bars(300, close=90.0)]
    before, after = steps(blocked, [decision("approved", 2, NOON + MINUTE), fill(signal_id="s1")])
    sums = [chain.stores.tables.load(GUARD_EFFECTIVENESS) for chain in (before, after)]

    assert [row(chain)["status"] for chain in (before, after)] == ["blocked", "filled"]
    assert sums[0]["avoided_loss_e8"].sum() > 0
    assert sums[1].is_empty()


def test_an_earlier_signal_that_comes_late_overlaps_those_after_it() -> None:
    one, two, three = (signal(number, NOON + number * HOUR, max_hold_s=5400) for number in (1, 2, 3))
    before, after = steps([two, three, *bars(100)], [one])

    assert [row(before, f"s{n}")["overlapped"] for n in (2, 3)] == [False, True]
    assert [row(after, f"s{n}")["overlapped"] for n in (1, 2, 3)] == [False, True, False]


def test_the_first_prices_of_a_symbol_end_its_being_without_prices_for_all_its_signals() -> None:
    early, late = signal(1, NOON - 30 * DAY), signal(2, NOON)
    before, after = steps([early, late, tick(NOON + HOUR)], [bar(NOON - DAY)])

    assert [row(before, name)["has_prices"] for name in ("s1", "s2")] == [False, False]
    assert [row(after, name)["has_prices"] for name in ("s1", "s2")] == [True, True]


def test_the_clock_alone_ends_what_waits_for_prices_or_for_a_fill() -> None:
    waiting = [signal(1), signal(2, NOON + MINUTE, expires_at=text_of(NOON + HOUR)), bar(NOON)]
    before, expired, over = steps(waiting, [tick(NOON + HOUR + 1)], [tick(NOON + 6 * DAY + HOUR + 1)])

    assert [row(chain, "s2")["status"] for chain in (before, expired)] == ["undecided", "expired"]
    assert [row(chain)["exit_reason"] for chain in (before, expired, over)] == [None, None, "no_data"]


def test_a_trade_belongs_to_the_signal_that_its_entry_names_whatever_an_earlier_exit_says() -> None:
    leaving = fill(1, NOON + HOUR, role="exit", side="sell", signal_id="s1")
    entering = fill(2, NOON + HOUR + 1, signal_id="s2")
    before, after = steps([signal(1), signal(2), *bars(20), leaving], [entering])

    assert [row(before, name)["trades"] for name in ("s1", "s2")] == [["t1"], []]
    assert [row(after, name)["trades"] for name in ("s1", "s2")] == [[], ["t1"]]
    assert after.stores.rows.load_all("trades")["signal_id"].to_list() == ["s2"]


def test_a_fill_is_held_against_the_bars_that_serve_after_the_settings_have_changed() -> None:
    near = bars(40)
    wide = {"source": "other", "interval": "15m", "open_at": text_of(NOON)}
    far = bar(NOON + 15 * MINUTE, 150.0, event_id="far", **wide)
    before, after = steps([*near, far, fill(at=NOON + MINUTE)], [with_source("other")])

    assert before.stores.rows.load_all("trades")["anomalies"].to_list() == [[]]
    assert after.stores.rows.load_all("trades")["anomalies"].to_list() == [["fill_outside_bar"]]


def test_the_source_without_a_name_may_be_chosen_before_a_finer_one() -> None:
    minute = {"source": "other", "interval": "1m", "open_at": text_of(NOON + MINUTE)}
    finer = bar(NOON + 2 * MINUTE, 150.0, event_id="finer", **minute)
    before, after = steps([*bars(40), finer, fill(at=NOON + MINUTE)], [with_source("")])

    assert before.stores.rows.load_all("trades")["anomalies"].to_list() == [["fill_outside_bar"]]
    assert after.stores.rows.load_all("trades")["anomalies"].to_list() == [[]]


AT = {"appended_at": NOON + 5 * HOUR}
EARLIER = {"appended_at": NOON + 4 * HOUR}
RIVALS: dict[str, tuple[Record, Record]] = {
    "a fill of another signal": (fill(signal_id="s1", **AT), fill(signal_id="s2", **EARLIER)),
    "a fill of another trade": (fill(signal_id="s1", **AT), fill(trade_id="t2", **EARLIER)),
    "a trade of another signal": (trade(signal_id="s1", **AT), trade(signal_id="s2", **EARLIER)),
    "an exit of another book": (exit_signal(**AT), exit_signal(strategy="other", **EARLIER)),
    "an exit at another time": (exit_signal(**AT), exit_signal(at=NOON + 2 * HOUR, **EARLIER)),
    "another identity": (signal(1, **AT), signal(3, event_id="e1", **EARLIER)),
    "a declaration of another currency": (
        declared(**AT),
        declared(account_currency="EUR", symbols={"BTC/USD": "X"}, **EARLIER),
    ),
    "a quote at another time": (
        quote(1, NOON + HOUR, symbol="QUO", **AT),
        quote(1, NOON + HOUR, 80, 81, symbol="QUO", **EARLIER),
    ),
    "a bar of other prices": (bar(NOON + HOUR, 90.0, **AT), bar(NOON + HOUR, 110.0, **EARLIER)),
    "an event of another type": (
        signal(1, **AT),
        exit_signal(event_id="e1", at=NOON + HOUR, **EARLIER),
    ),
}


@pytest.mark.parametrize(("later", "earlier"), RIVALS.values(), ids=RIVALS)
def test_of_two_events_under_one_id_the_first_appended_counts_whichever_was_read_first(
    later: Record, earlier: Record
) -> None:
    base = [signal(1, NOON + 10), signal(2, NOON + 20 * HOUR), *bars(300)]
    base = [one for one in base if one["event"]["id"] != later["event"]["id"]]
    expected = computed([*base, earlier])
    for order in ([later, earlier], [earlier, later]):
        one_by_one = computed([*base, *order], [len(base), len(base) + 1])
        before_all = computed([*order, *base], [1, 2])

        assert differences(one_by_one, expected) == {}
        assert differences(before_all, expected) == {}


def test_the_same_batch_applied_twice_counts_once() -> None:
    log = log_of([declared(), signal(), fill(signal_id="s1"), *bars(50)])
    chain = run_through(log, State(None))
    chain.apply(log.read(log.start(), 1000))

    assert differences(chain, run_through(log, State(None))) == {}
