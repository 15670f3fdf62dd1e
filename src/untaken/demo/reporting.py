"""What the bot tells the log about its ideas and its trades, through the public client."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Literal

from untaken.demo.guards import Look
from untaken.demo.market import Series
from untaken.demo.paper import Costs, Exit, Position, fees, profit
from untaken.demo.strategies import HOLD_BARS, Direction, Exits, Strategy
from untaken.schemas.kinds import Regime
from untaken.schemas.times import from_us
from untaken.streams.client import Emitter, SignalReceipt
from untaken.streams.client.fields import SignalFields
from untaken.streams.connectors.candles.naming import in_words

SIZE = 1000.0
"""Notional of every trade, in the quote currency."""

_EXIT_LEAD_US = 1_000
_MINUTE_US = 60_000_000


def tell_signal(emitter: Emitter, look: Look) -> SignalReceipt:
    """Report an idea as a signal of the moment at which its candle closed, with the exits it would use."""
    idea, series = look.idea, look.series
    more: SignalFields = {
        "at": from_us(look.close_at),
        "confidence": idea.confidence,
        "timeframe": in_words(series.interval_us),
        "candle_at": from_us(int(series.open_at[idea.index])),
        "expected_roi_pct": round(look.expected_roi_pct, 6),
        "size": SIZE,
        "max_hold_s": HOLD_BARS * series.interval_us / 1_000_000,
        "regime": _regime(look),
        "components": {"strength": idea.strength},
        **_exit_fields(idea.strategy.exits, look.atr_pct, series.interval_us),
    }
    return emitter.signal(
        series.symbol, idea.strategy.name, idea.direction, float(series.price.close[idea.index]), **more
    )


def snapshot(look: Look) -> dict[str, float]:
    """Return the market at the close of the candle; bid and ask where they are not crossed."""
    series, index = look.series, look.idea.index
    bid, ask = float(series.bid.close[index]), float(series.ask.close[index])
    seen = {"price": (bid + ask) / 2, "atr_pct": look.atr_pct, "volatility": look.volatility}
    if series.has_spread and bid <= ask:
        seen |= {"bid": bid, "ask": ask, "spread_bps": (ask - bid) / seen["price"] * 10_000}
    volume = float(series.volume[index])
    return {**seen, "volume": volume} if math.isfinite(volume) else seen


def tell_leaving(
    emitter: Emitter, series: Series, strategy: Strategy, direction: Direction, index: int
) -> None:
    """Report that a strategy would close its positions of a direction at the close of a bar."""
    close_at = int(series.open_at[index]) + series.interval_us
    emitter.exit_signal(
        series.symbol,
        strategy.name,
        direction,
        at=from_us(close_at),
        reason="the means have crossed back",
        price=float(series.price.close[index]),
    )


def tell_entry(emitter: Emitter, position: Position, symbol: str, costs: Costs) -> None:
    emitter.fill(
        position.order.trade_id,
        symbol,
        side=_side(position, entering=True),
        role="entry",
        price=position.entry_price,
        qty=position.quantity,
        at=from_us(position.entry_at),
        signal_id=position.order.signal_id,
        fee=fees(position, Exit(position.entry_price, "time"), costs)[0],
    )


def tell_exit(
    emitter: Emitter, position: Position, series: Series, index: int, found: Exit, costs: Costs
) -> None:
    """Report the closing fill and the trade; within the bar nobody knows when, so just before its close."""
    at = from_us(int(series.open_at[index]) + series.interval_us - _EXIT_LEAD_US)
    order, net = position.order, profit(position, found, costs)
    emitter.fill(
        order.trade_id,
        series.symbol,
        side=_side(position, entering=False),
        role="exit",
        price=found.price,
        qty=position.quantity,
        at=at,
        signal_id=order.signal_id,
        fee=fees(position, found, costs)[1],
    )
    emitter.trade_closed(
        order.trade_id,
        series.symbol,
        order.idea.direction,
        entry_at=_entry_time(position),
        exit_at=at,
        entry_price=position.entry_price,
        exit_price=found.price,
        qty=position.quantity,
        pnl=net,
        pnl_pct=net / order.size * 100,
        exit_reason=found.reason,
        signal_id=order.signal_id,
        strategy=order.idea.strategy.name,
        fees=sum(fees(position, found, costs)),
        confidence=order.idea.confidence,
        timeframe=in_words(series.interval_us),
    )


def _exit_fields(exits: Exits, atr_pct: float, interval_us: int) -> SignalFields:
    """Turn distances in ATR into percent of the price as it is now; 0 means none."""
    found: SignalFields = {
        "stop_loss_pct": _percent(exits.stop, atr_pct),
        "take_profit_pct": _percent(exits.target, atr_pct) if exits.take_profit else 0.0,
        "trailing_stop_pct": _percent(exits.trailing or 0.0, atr_pct),
    }
    if exits.steps:
        minutes = interval_us / _MINUTE_US
        found["roi_steps"] = [[bars * minutes, _percent(distance, atr_pct)] for bars, distance in exits.steps]
    return found


def _percent(distance: float, atr_pct: float) -> float:
    return round(distance * atr_pct, 8)


def _regime(look: Look) -> Regime:
    found, index = look.series.measures, look.idea.index
    if look.volatility > 1.5:
        return "volatile"
    return "trend" if abs(found.fast[index] - found.slow[index]) > found.atr[index] else "range"


def _side(position: Position, *, entering: bool) -> Literal["buy", "sell"]:
    return "buy" if (position.sign > 0) == entering else "sell"


def _entry_time(position: Position) -> datetime:
    return from_us(position.entry_at)
