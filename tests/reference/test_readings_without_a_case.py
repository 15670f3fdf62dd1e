"""Readings that no golden case pins down, on the smallest logs that show them."""

from typing import Any

import pytest

from tests.reference.build import (
    FREE,
    Event,
    bar,
    calm,
    clock,
    decision,
    declared,
    event,
    exit_signal,
    fill,
    moment,
    signal,
)
from tests.reference.whole import reference_of

DAY = 86_400
WIDE = (100.0, 110.0, 90.0, 101.0)
"""A bar that would touch both levels if it were used whole."""


def answer(*events: Event) -> dict[str, Any]:
    return reference_of([declared(), *events], FREE)


def row(*events: Event) -> dict[str, Any]:
    found: dict[str, Any] = answer(*events)["signals"]["b/r/s"]
    return found


def test_a_coarse_bar_that_finer_ones_begin_counts_for_its_close_only() -> None:
    found = row(signal(max_hold_s=3600), calm(0), bar(0, WIDE, 3600))

    assert (found["exit_reason"], found["exit_price"], found["exit_at"]) == ("time", "101", moment(3600))


def test_a_coarse_bar_that_finer_ones_end_does_not_count() -> None:
    found = row(signal(-60, max_hold_s=3660), calm(3540), bar(0, WIDE, 3600), clock(4000))

    assert (found["exit_reason"], found["exit_price"]) == ("time", "100")


def test_a_coarse_bar_opens_where_the_last_finer_one_ends() -> None:
    coarse = bar(0, WIDE, 3600)

    assert row(signal(90), calm(60), coarse)["flags"] == ["entry_bar_partial"]
    assert row(signal(30), calm(60), coarse)["flags"] == []
    assert row(signal(600), calm(60), coarse)["flags"] == ["entry_bar_partial"]


def test_an_exit_signal_after_the_last_price_leaves_the_trade_without_an_exit() -> None:
    facts = (signal(max_hold_s=600), calm(0), exit_signal(90))

    assert row(*facts, clock(700))["exit_reason"] is None
    assert row(*facts, clock(600 + 5 * DAY + 3601))["exit_reason"] == "no_data"
    assert row(*facts, calm(720))["exit_reason"] == "time"


def test_an_exit_signal_does_not_reach_beyond_the_end_of_the_hold() -> None:
    found = row(signal(max_hold_s=100), calm(0), exit_signal(50), bar(60, (99.0, 99.5, 98.5, 99.0)))

    assert (found["exit_reason"], found["exit_price"]) == ("time", "100")


def test_a_time_exit_waits_for_the_end_of_the_hold() -> None:
    facts = (signal(max_hold_s=600), calm(0))

    assert row(*facts, clock(599))["exit_reason"] is None
    assert row(*facts, clock(600))["exit_reason"] == "time"


def test_no_data_is_said_only_after_hold_gap_and_grace() -> None:
    last = 600 + 5 * DAY + 3600

    assert row(signal(max_hold_s=600), clock(last))["exit_reason"] is None
    assert row(signal(max_hold_s=600), clock(last + 0.000001))["exit_reason"] == "no_data"


def test_a_signal_expires_only_when_event_time_has_passed_it() -> None:
    facts = (signal(expires_at=moment(30)), decision(1, "approved"))

    assert row(*facts, clock(30))["status"] == "approved"
    assert row(*facts, clock(30.000001))["status"] == "expired"


def test_what_was_declared_later_does_not_move_the_watermark() -> None:
    assert row(signal(max_hold_s=60), calm(0), declared(9 * DAY, id="again"))["exit_reason"] == "time"
    assert row(signal(max_hold_s=120), calm(0), declared(9 * DAY, id="again"))["exit_reason"] is None


def test_zero_is_no_stop_and_leaves_r_unknown() -> None:
    found = row(signal(stop_loss_pct=0, max_hold_s=60), bar(0, (100.0, 100.0, 50.0, 60.0)))

    assert (found["exit_reason"], found["pnl"], found["milli_r"]) == ("time", "-400.00000000", None)


def test_a_pending_trade_occupies_its_book_and_one_without_data_does_not() -> None:
    def overlapped(last: float) -> bool:
        second = signal(60, signal_id="s2", max_hold_s=30)
        signals = answer(signal(max_hold_s=30), second, clock(last))["signals"]
        return bool(signals["b/r/s2"]["overlapped"])

    assert overlapped(5 * DAY)
    assert not overlapped(6 * DAY)


def test_an_open_beyond_the_stop_in_the_bar_of_the_entry_is_stamped_with_that_open() -> None:
    found = row(signal(3), bar(0, (97.0, 99.0, 96.0, 98.0)))

    assert (found["exit_price"], found["exit_at"], found["entry_at"]) == ("97", moment(0), moment(3))


def test_excursions_count_whole_bars_before_the_exit_and_of_its_bar_the_exit_alone() -> None:
    found = row(signal(), bar(0, (100.0, 101.0, 98.5, 100.0)), bar(60, (100.0, 105.0, 97.0, 100.0)))

    assert (found["exit_reason"], found["exit_price"]) == ("stop_loss", "98")
    assert (found["adverse_ppm"], found["favourable_ppm"]) == (-20000, 10000)


def test_a_trailing_level_that_ties_with_the_stop_is_called_stop_loss() -> None:
    found = row(signal(trailing_stop_pct=2), bar(0, (100.0, 100.0, 97.0, 97.0)))

    assert found["exit_reason"] == "stop_loss"


def test_roi_begins_with_its_first_step() -> None:
    steps = [[1, 0.5]]

    assert (
        row(signal(roi_steps=steps, max_hold_s=60), bar(0, (100.0, 101.0, 99.5, 100.0)))["exit_reason"]
        == "time"
    )
    assert row(signal(roi_steps=steps), calm(0), bar(60, (100.0, 100.5, 99.5, 100.0)))["exit_reason"] == "roi"


def test_bounds_of_sole_count_only_rows_with_no_other_known_blocker() -> None:
    chain = [decision(1, guard="g"), decision(1, guard="h")]
    facts = (signal(), *chain, signal(3600, signal_id="s2"), decision(3601, signal_id="s2"))
    loss = (100.0, 100.0, 97.0, 98.0)

    found = answer(*facts, bar(0, loss), bar(3600, loss))["guards"]["b/r/g"]

    assert (found["unknown_beyond_first"], found["sole_bounds"]) == (2, ["0.00000000", "20.00000000"])


def test_a_declaration_holds_for_signals_from_its_time_on() -> None:
    again = declared(30, id="again", strategies={"x": {"stop_loss_pct": 10, "max_hold_s": 120}})
    prices = [bar(0, (100.0, 100.0, 97.0, 97.0)), bar(60, (100.0, 100.0, 97.0, 97.0))]

    assert row(again, signal(), *prices)["exit_reason"] == "stop_loss"
    assert row(again, signal(60), *prices, clock(999))["exit_reason"] == "time"


def test_a_run_that_declares_nothing_counts_in_the_quote_currency() -> None:
    log = [signal(max_hold_s=60), calm(0)]
    totals = reference_of(log, FREE)["totals"]

    assert [(one["currency"], one["in_turn"]["money_unknown"]) for one in totals] == [("USD", 0)]


def test_an_id_counts_once_as_it_first_arrived() -> None:
    first = {"appended_at": moment(1), "event": signal(id="same", max_hold_s=60)}
    other = {"appended_at": moment(2), "event": signal(id="same", price=50.0, max_hold_s=60)}

    for log in ([first, other], [other, first]):
        found = reference_of([*log, calm(0)], FREE)["signals"]["b/r/s"]
        assert (found["entry_price"], found["repeats"]) == ("100", 0)


def test_of_two_events_of_one_id_and_moment_the_one_written_with_lesser_bytes_counts() -> None:
    rivals = [
        {"appended_at": moment(1), "event": signal(id="same", max_hold_s=60, price=price)}
        for price in (100.0, 50.0)
    ]

    for log in (rivals, rivals[::-1]):
        assert reference_of([*log, calm(0)], FREE)["signals"]["b/r/s"]["entry_price"] == "100"


def test_guards_of_a_run_in_two_currencies_have_a_name_for_each() -> None:
    later = declared(30, account_currency="EUR")
    found = answer(signal(), decision(1), signal(60, signal_id="s2"), decision(61, signal_id="s2"), later)

    assert set(found["guards"]) == {"b/r/g/live/EUR", "b/r/g/live/USD"}


def test_more_exits_than_entries_leave_a_trade_open() -> None:
    trade = answer(fill(0, "entry", 100.0, 1.0), fill(60, "exit", 101.0, 1.5))["trades"]["b/r/t"]

    assert (trade["state"], trade["open_qty"], trade["pnl"]) == ("open", "-0.5", None)


def test_tenths_that_add_up_are_flat() -> None:
    fills = [fill(0, "entry", 100.0, 0.3), fill(60, "exit", 101.0, 0.1), fill(61, "exit", 101.0, 0.2)]
    trade = answer(*fills)["trades"]["b/r/t"]

    assert (trade["state"], trade["pnl"]) == ("closed", "0.30000000")


@pytest.mark.parametrize(("currency", "fees"), [(None, "2.00000000"), ("USD", "2.00000000"), ("BNB", None)])
def test_fees_in_a_third_currency_make_money_unknown(currency: str | None, fees: str | None) -> None:
    fills = [fill(0, "entry", 100.0, 1.0, fee=2.0, fee_currency=currency), fill(60, "exit", 105.0, 1.0)]
    trade = answer(*fills)["trades"]["b/r/t"]

    assert (trade["fees"], trade["pnl"]) == (fees, None if fees is None else "3.00000000")


def test_contract_size_comes_from_the_signal_where_fills_cannot_say_it() -> None:
    fills = [fill(0, "entry", 100.0, 1.0, signal_id="s"), fill(60, "exit", 105.0, 1.0)]
    found = answer(signal(contract_size=10.0), *fills)

    assert found["signals"]["b/r/s"]["real_pnl"] == "50.00000000"


def test_an_exit_before_the_entry_is_listed_and_not_counted() -> None:
    prices = {"entry_price": 100.0, "exit_price": 101.0, "qty": 1.0, "pnl": 1.0, "pnl_pct": 1.0}
    times = {"entry_at": moment(60), "exit_at": moment(0)}
    closed = event(
        "trade.closed", 60, trade_id="t", symbol="A/USD", direction="long", exit_reason="x", **times, **prices
    )
    found = answer(closed)

    assert found["totals"][0]["trades_closed"] == 0
    assert found["anomalies"] == [{"bot": "b", "run": "r", "kind": "exit_not_after_entry", "trade_id": "t"}]


@pytest.mark.parametrize(
    ("price", "listed"), [(105.525, []), (105.526, ["fill_outside_bar"]), (94.524, ["fill_outside_bar"])]
)
def test_a_fill_lies_far_outside_beyond_five_percent_of_the_end_of_its_bar(
    price: float, listed: list[str]
) -> None:
    trade = answer(fill(30, "entry", price, 1.0), calm(0))["trades"]["b/r/t"]

    assert trade["anomalies"] == listed


def test_a_symbol_with_nothing_but_quotes_that_are_not_used_has_no_prices() -> None:
    quote = event("market.quote", 1, bot="feed", symbol="A/USD", bid=99.0, ask=101.0)
    found = answer(signal(), quote, calm(0, symbol="B/USD"))["symbols_without_prices"]

    assert found == [{"symbol": "A/USD", "signals": 1, "most_similar": "B/USD"}]
