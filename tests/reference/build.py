"""Facts for small tests: moments are seconds after ten o'clock, everything else has a default."""

from typing import Any

from tests.reference.moments import SECOND, microseconds, text_of

TEN = microseconds("2024-03-04T10:00:00Z")
FREE = {"shadow.fee_bps": 0, "shadow.slippage_bps": 0}

Event = dict[str, Any]


def moment(seconds: float) -> str | None:
    return text_of(TEN + round(seconds * SECOND))


def event(kind: str, at: float, **fields: Any) -> Event:
    given = {"id": f"{kind}-{at}-{sorted(fields.items())}", "bot": "b", "run": "r", **fields}
    return {"type": kind, "at": moment(at), **given}


def declared(at: float = -3600, **fields: Any) -> Event:
    return event("run.declared", at, **{"account_currency": "USD", **fields})


def signal(at: float = 0, **fields: Any) -> Event:
    usual = {"signal_id": "s", "symbol": "A/USD", "strategy": "x", "direction": "long", "price": 100.0}
    return event("signal.emitted", at, **{**usual, **fields})


def decision(at: float, verdict: str = "blocked", **fields: Any) -> Event:
    usual = {"signal_id": "s", "symbol": "A/USD", "guard": "g", "verdict": verdict}
    return event("decision.made", at, **{**usual, **fields})


def exit_signal(at: float, **fields: Any) -> Event:
    return event("exit.signalled", at, **{"symbol": "A/USD", "strategy": "x", "direction": "long", **fields})


def bar(at: float, prices: tuple[float, float, float, float], seconds: int = 60, **fields: Any) -> Event:
    """Return a bar that opens at a moment: open, high, low, close."""
    named = dict(zip(("open", "high", "low", "close"), prices, strict=True))
    length = {60: "1m", 300: "5m", 3600: "1h"}[seconds]
    usual = {"bot": "feed", "symbol": "A/USD", "interval": length, "open_at": moment(at)}
    return event("market.bar", at + seconds, **{**usual, **named, **fields})


def calm(at: float, seconds: int = 60, **fields: Any) -> Event:
    """Return a bar that reaches no level."""
    return bar(at, (100.0, 100.5, 99.5, 100.0), seconds, **fields)


def fill(at: float, role: str, price: float, qty: float, **fields: Any) -> Event:
    side = "buy" if role == "entry" else "sell"
    usual = {"trade_id": "t", "symbol": "A/USD", "side": side, "role": role, "price": price, "qty": qty}
    return event("order.filled", at, **{**usual, **fields})


def clock(at: float) -> Event:
    return event("clock.ticked", at, bot="feed")
