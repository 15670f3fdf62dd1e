"""Small events with everything that is needed and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.events.market import MarketBar
from untaken.schemas.events.signals import SignalEmitted

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)


def signal(**changes: Any) -> SignalEmitted:
    fields = {
        "id": "s-1",
        "at": NOON,
        "bot": "b1",
        "signal_id": "s1",
        "symbol": "BTC/USDT",
        "strategy": "breakout",
        "direction": "long",
        "price": 100.0,
    }
    return SignalEmitted(**{**fields, **changes})


def decision(**changes: Any) -> DecisionMade:
    fields = {
        "id": "d-1",
        "at": NOON,
        "bot": "b1",
        "signal_id": "s1",
        "symbol": "BTC/USDT",
        "guard": "spread",
        "verdict": "blocked",
    }
    return DecisionMade(**{**fields, **changes})


def bar(**changes: Any) -> MarketBar:
    fields = {
        "id": "bar-1",
        "at": NOON,
        "bot": "feed",
        "symbol": "BTC/USDT",
        "interval": "1h",
        "open_at": NOON - timedelta(hours=1),
        "open": 100.0,
        "high": 102.0,
        "low": 99.0,
        "close": 101.0,
    }
    return MarketBar(**{**fields, **changes})


def payload(*without: str, **changes: Any) -> bytes:
    """Write a signal in JSON as another program does."""
    fields = {
        "type": "signal.emitted",
        "id": "s-1",
        "at": "2024-03-04T12:00:00.000000Z",
        "bot": "b1",
        "signal_id": "s1",
        "symbol": "BTC/USDT",
        "strategy": "breakout",
        "direction": "long",
        "price": 100.0,
    }
    return orjson.dumps({name: value for name, value in {**fields, **changes}.items() if name not in without})


def bar_payload(**changes: Any) -> bytes:
    """Write a bar in JSON as another program does."""
    fields = {
        "type": "market.bar",
        "id": "bar-1",
        "at": "2024-03-04T12:00:00.000000Z",
        "bot": "feed",
        "symbol": "BTC/USDT",
        "interval": "1h",
        "open_at": "2024-03-04T11:00:00.000000Z",
        "open": 100.0,
        "high": 102.0,
        "low": 99.0,
        "close": 101.0,
    }
    return orjson.dumps({**fields, **changes})
