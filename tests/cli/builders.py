"""Small events of one bot on one morning, as its log would hold them."""

from typing import Any

Fields = dict[str, Any]

DAY = "2024-03-04T"


def fact(type_name: str, name: str, clock: str, **fields: Any) -> Fields:
    """Return an event at a time of day; a field given as None is left out."""
    event = {"type": type_name, "id": name, "at": f"{DAY}{clock}Z", "bot": "bot", **fields}
    return {field: value for field, value in event.items() if value is not None}


def declared(**fields: Any) -> Fields:
    return fact("run.declared", "declared", "09:00:00", account_currency="USD", **fields)


def signal(name: str = "s1", clock: str = "10:00:00", **fields: Any) -> Fields:
    said: Fields = {
        "signal_id": name,
        "symbol": "BTC/USD",
        "strategy": "swing",
        "direction": "long",
        "price": 100.0,
    }
    return fact("signal.emitted", f"signal-{name}", clock, **(said | fields))


def decision(of: str = "s1", clock: str = "10:00:01", verdict: str = "blocked", **fields: Any) -> Fields:
    said: Fields = {"signal_id": of, "symbol": "BTC/USD", "guard": "spread", "verdict": verdict}
    return fact("decision.made", f"decision-{of}-{clock}", clock, **(said | fields))


def bar(hour: int = 10, **fields: Any) -> Fields:
    """Return an hour's bar that goes from 100 to 99 and reaches a stop of 2 %."""
    prices: Fields = {"open": 100.0, "high": 101.0, "low": 97.0, "close": 99.0}
    said: Fields = {"bot": "feed", "symbol": "BTC/USD", "interval": "1h", "open_at": f"{DAY}{hour:02}:00:00Z"}
    return fact("market.bar", f"bar-{hour}", f"{hour + 1:02}:00:00", **(said | prices | fields))


def quote(clock: str = "10:00:00", **fields: Any) -> Fields:
    said: Fields = {"bot": "feed", "symbol": "BTC/USD", "bid": 99.9, "ask": 100.1}
    return fact("market.quote", f"quote-{clock}", clock, **(said | fields))


def closed(name: str = "t1", clock: str = "12:00:00", **fields: Any) -> Fields:
    """Return a trade that made 1 on 100."""
    said: Fields = {
        "trade_id": name,
        "symbol": "BTC/USD",
        "direction": "long",
        "entry_at": f"{DAY}10:00:00Z",
        "exit_at": f"{DAY}{clock}Z",
        "entry_price": 100.0,
        "exit_price": 101.0,
        "qty": 1.0,
        "pnl": 1.0,
        "pnl_pct": 1.0,
        "exit_reason": "take_profit",
    }
    return fact("trade.closed", f"closed-{name}", clock, **(said | fields))


def a_morning() -> list[Fields]:
    """Return a declared run with a blocked loser, its candle, and a trade."""
    return [declared(), signal(), decision(chain_complete=True, final=True), bar(), closed()]
