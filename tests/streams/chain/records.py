"""Small builders of records: events with their envelopes."""

from typing import Any

from tests.generators.delivery import Record
from tests.reference.moments import DAY, HOUR, MINUTE, SECOND, microseconds, text_of

NOON = microseconds("2024-03-04T12:00:00Z")

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "NOON",
    "SECOND",
    "Record",
    "bar",
    "bars",
    "declared",
    "exit_signal",
    "fill",
    "quote",
    "record",
    "signal",
    "tick",
    "trade",
]


def record(
    kind: str, event_id: str, at: int, *, appended_at: int | None = None, backfill: bool = True, **fields: Any
) -> Record:
    """Build a record that is appended at its own time unless another is given."""
    event = {"type": kind, "id": event_id, "at": text_of(at), "bot": "demo", **fields}
    arrived = text_of(at if appended_at is None else appended_at)
    return {"appended_at": arrived, "backfill": backfill, "event": event}


def signal(number: int = 1, at: int = NOON, **more: Any) -> Record:
    fields = {"signal_id": f"s{number}", "symbol": "BTC/USD", "strategy": "trend", "direction": "long"}
    return record("signal.emitted", **{"event_id": f"e{number}", "at": at, **fields, "price": 100.0, **more})


def fill(number: int = 1, at: int = NOON + HOUR, **more: Any) -> Record:
    fields = {"trade_id": "t1", "symbol": "BTC/USD", "side": "buy", "role": "entry"}
    return record(
        "order.filled", **{"event_id": f"f{number}", "at": at, **fields, "price": 100.0, "qty": 1.0, **more}
    )


def trade(number: int = 1, at: int = NOON + 2 * HOUR, **more: Any) -> Record:
    fields = {"trade_id": f"t{number}", "symbol": "BTC/USD", "direction": "long", "exit_reason": "target"}
    times = {"entry_at": text_of(NOON), "exit_at": text_of(at)}
    money = {"entry_price": 100.0, "exit_price": 101.0, "qty": 1.0, "pnl": 1.0, "pnl_pct": 1.0}
    return record("trade.closed", **{"event_id": f"c{number}", "at": at, **fields, **times, **money, **more})


def exit_signal(number: int = 1, at: int = NOON + HOUR, **more: Any) -> Record:
    fields = {"symbol": "BTC/USD", "strategy": "trend", "direction": "long"}
    return record("exit.signalled", **{"event_id": f"x{number}", "at": at, **fields, **more})


def declared(at: int = NOON, **more: Any) -> Record:
    return record("run.declared", **{"event_id": "declared", "at": at, "account_currency": "USD", **more})


def tick(at: int) -> Record:
    return record("clock.ticked", f"tick-{at}", at)


def quote(number: int, at: int, bid: float = 99.9, ask: float = 100.1, **more: Any) -> Record:
    fields = {"bot": "feed", "symbol": "BTC/USD", "bid": bid, "ask": ask}
    return record("market.quote", f"q{number}", at, **{**fields, **more})


def bar(at: int, close: float = 100.0, **more: Any) -> Record:
    """Build the five-minute bar that closes at a time, a little around its close."""
    prices = {"open": close, "high": close * 1.001, "low": close * 0.999, "close": close}
    fields = {
        "bot": "feed",
        "symbol": "BTC/USD",
        "interval": "5m",
        "open_at": text_of(at - 5 * MINUTE),
        **prices,
    }
    return record("market.bar", **{"event_id": f"b{at}", "at": at, **fields, **more})


def bars(count: int, since: int = NOON, close: float = 100.0) -> list[Record]:
    return [bar(since + (place + 1) * 5 * MINUTE, close) for place in range(count)]
