"""What the ledger tells of the health of a log, by symbol."""

from tests.projections.builders import at, ledger_of, signal
from untaken.projections.log_health import SIGNAL_HEALTH


def test_signals_repeats_and_lacking_prices_are_counted_by_symbol() -> None:
    table = SIGNAL_HEALTH.fold(
        ledger_of(
            signal("s1", pnl=1.0, repeats=3, decision_latency_us=0),
            signal("s2", decision_latency_us=-1),
            signal("s3", symbol="ETH/USD", exit_reason="no_data", has_prices=False),
            signal("s4", symbol="ETH/USD", has_prices=False, at=at(day=1)),
        )
    )
    names = ("symbol", "signals", "repeats", "no_data", "pending", "without_prices", "negative_latency")

    assert table.select("day", *names).rows() == [
        (19_723, "BTC/USD", 2, 3, 0, 1, 0, 1),
        (19_723, "ETH/USD", 1, 0, 1, 0, 1, 0),
        (19_724, "ETH/USD", 1, 0, 0, 1, 1, 0),
    ]
