"""Facts that contradict each other, come in disorder or lack their other half: kept, told, never counted twice."""

from decimal import Decimal
from typing import Any

import pytest

from tests.cli.builders import DAY, bar, closed, decision, declared, quote, signal
from tests.cli.commands import Untaken


def banners(report: Any) -> dict[str, str]:
    return {banner["code"]: banner["text"] for banner in report["banners"]}


def test_a_decision_before_its_signal_belongs_to_it_and_its_entry_waits_for_the_signal(
    untaken: Untaken,
) -> None:
    untaken.computed(declared(), decision(clock="09:59:58"), signal(), bar())
    row = untaken.signals()["s1"]

    assert (row["status"], row["blockers"]) == ("blocked", ["spread"])
    assert row["entry_at"] == f"{DAY}10:00:00.000000Z"
    assert untaken.health()["negative_latencies"] == 1


def test_a_decision_that_arrives_before_its_signal_waits_for_it(untaken: Untaken) -> None:
    untaken.computed(declared(), decision(), bar())

    assert untaken.signals() == {}
    assert untaken.health()["events"]["decisions"] == 1

    untaken.computed(signal())

    assert untaken.signals()["s1"]["status"] == "blocked"


def test_a_decision_without_a_signal_makes_no_row_and_no_money(untaken: Untaken) -> None:
    untaken.computed(declared(), signal("s1"), decision("s2"), bar())
    report = untaken.report()

    assert list(untaken.signals()) == ["s1"]
    assert report["log_health"]["events"]["decisions"] == 1
    assert report["groups"][0]["guard_effectiveness"]["guards"] == []


def test_a_trade_closed_twice_counts_once_and_is_listed(untaken: Untaken) -> None:
    again = closed(clock="12:30:00", id="again", exit_price=102.0, pnl=2.0, pnl_pct=2.0)
    untaken.computed(declared(), closed(), again)
    report = untaken.report()

    assert untaken.trades()["t1"]["pnl"] == 1
    assert report["groups"][0]["shadow_performance"]["real"]["pnl"] == 1
    assert [(odd["kind"], odd["trade_id"]) for odd in report["log_health"]["anomalies"]] == [
        ("several_trades_of_one_identity", "t1")
    ]
    assert "anomalies" in banners(report)


def test_one_event_emitted_twice_is_a_duplicate_and_no_oddity(untaken: Untaken) -> None:
    untaken.computed(declared(), signal(), bar(), closed(), signal(), bar(), closed())
    health = untaken.health()

    assert (health["duplicates"], health["repeats"], health["anomalies"]) == (3, 0, [])


def test_a_trade_of_the_wrong_sign_counts_by_its_prices_and_is_listed(untaken: Untaken) -> None:
    untaken.computed(declared(), closed(pnl=-1.0, pnl_pct=-1.0))
    trade = untaken.trades()["t1"]

    assert (trade["pnl"], trade["reported_pnl"], trade["computed_pnl"]) == (1, -1, 1)
    assert trade["anomalies"] == ["pnl_sign_reversed"]


def test_a_trade_that_leaves_before_it_enters_is_listed_and_does_not_count(untaken: Untaken) -> None:
    untaken.computed(declared(), closed(entry_at=f"{DAY}13:00:00Z"))
    report = untaken.report()

    assert untaken.trades()["t1"]["anomalies"] == ["exit_not_after_entry"]
    assert report["groups"][0]["shadow_performance"]["real"]["counted"] == 0


def rising(hour: int) -> dict[str, Any]:
    """Return a bar that stays between stop and target until 13:00, and then reaches the target."""
    high = 105.0 if hour >= 13 else 101.0
    return bar(hour, open=100.0, high=high, low=99.5, close=100.5)


def test_bars_out_of_order_give_the_same_row(untaken: Untaken) -> None:
    hours = [13, 10, 12, 11]
    untaken.computed(declared(), *(rising(hour) for hour in hours), signal())
    row = untaken.signals()["s1"]

    assert (row["exit_reason"], row["exit_at"]) == ("take_profit", f"{DAY}14:00:00.000000Z")


def test_of_bars_that_say_different_things_of_one_hour_the_highest_revision_stands(untaken: Untaken) -> None:
    repaired = bar(10, id="repaired", low=99.0, revision=1)
    untaken.computed(declared(), signal(), repaired, bar(10), bar(11))

    assert untaken.signals()["s1"]["exit_at"] == f"{DAY}12:00:00.000000Z"


def test_bars_of_mixed_intervals_are_one_series_walked_at_its_finest(untaken: Untaken) -> None:
    finer = bar(10, id="finer", interval="30m", at=f"{DAY}10:30:00Z")
    untaken.computed(declared(), signal(), bar(10), finer)

    assert untaken.signals()["s1"]["exit_at"] == f"{DAY}10:30:00.000000Z"


def test_crossed_quotes_are_skipped_and_counted(untaken: Untaken) -> None:
    untaken.done("settings", "set", 'prices.use_quotes=["BTC/USD"]')
    crossed = quote("10:00:30", bid=90.0, ask=80.0)
    untaken.computed(declared(), signal(), crossed, quote("10:01:00", bid=97.5, ask=97.6))
    row = untaken.signals()["s1"]

    assert (row["exit_reason"], row["exit_at"]) == ("stop_loss", f"{DAY}10:01:00.000000Z")
    assert untaken.health()["crossed_quotes"] == {"BTC/USD": 1}


def test_a_symbol_without_prices_is_told_with_the_most_similar_that_have_some(untaken: Untaken) -> None:
    bars = [bar(), bar(id="eth", symbol="ETH/USD"), bar(id="eur", symbol="EUR/GBP")]
    untaken.computed(declared(), signal(symbol="BTCUSD"), *bars)
    report = untaken.report()

    assert untaken.signals()["s1"]["pnl"] is None
    assert report["log_health"]["symbols_without_prices"][0]["symbol"] == "BTCUSD"
    assert report["log_health"]["symbols_without_prices"][0]["most_similar"][0] == "BTC/USD"
    assert "No prices for BTCUSD" in banners(report)["no_prices"]
    assert "prices exist for BTC/USD" in banners(report)["no_prices"]
    assert "EUR/GBP" not in banners(report)["no_prices"]


def test_prices_that_never_come_end_as_no_data_and_never_as_zero(untaken: Untaken) -> None:
    untaken.computed(
        declared(), signal(symbol="DOGE/USD"), bar(at="2024-03-14T11:00:00Z", open_at="2024-03-14T10:00:00Z")
    )
    report = untaken.report()
    row = untaken.signals()["s1"]

    assert (row["exit_reason"], row["resolved"], row["pnl"]) == ("no_data", False, None)
    assert report["log_health"]["unresolved"] == {"no_data": 1, "pending": 0}
    assert report["groups"][0]["shadow_performance"]["in_turn"]["counted"] == 0


def test_money_in_a_currency_that_nobody_can_convert_is_unknown_and_no_zero(untaken: Untaken) -> None:
    untaken.computed(declared(), signal(symbol="BTC/EUR"), bar(symbol="BTC/EUR"))
    row = untaken.signals()["s1"]

    assert (row["pnl"], row["milli_r"] is None) == (None, False)
    assert untaken.report()["groups"][0]["shadow_performance"]["in_turn"]["money_unknown"] == 1


@pytest.mark.parametrize("clock", ["10:00:06", "10:05:00"])
def test_a_decision_that_comes_late_does_not_move_the_entry(clock: str, untaken: Untaken) -> None:
    untaken.computed(declared(), signal(), decision(clock=clock, snapshot={"price": 55.0}), bar())
    row = untaken.signals()["s1"]

    assert row["entry_at"] == f"{DAY}10:00:00.000000Z"
    assert row["entry_price"] == Decimal("100.02")
