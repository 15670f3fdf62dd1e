"""A bot in a plain loop: two averages cross, three guards are asked, positions end at a stop or a target.

It trades the hourly candles of a CSV file (ts, open, high, low, close) and reports all it does:

    python examples/sync_bot.py candles.csv --symbol EUR/USD --log sqlite:///bot.db
"""

from __future__ import annotations

import argparse
import csv
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean
from typing import Any, Literal, NamedTuple

import untaken

HOUR = timedelta(hours=1)
FAST, SLOW = 8, 34
TARGET, STOP = 0.008, 0.004
UNITS = 10_000
FEE = 0.00005
"""Of one side, as a ratio."""


class Candle(NamedTuple):
    """One hour of prices."""

    opened: datetime
    open: float
    high: float
    low: float
    close: float


class Position(NamedTuple):
    """What the bot holds."""

    trade_id: str
    signal_id: str
    entered: datetime
    price: float


@untaken.guard(kind="stateless", reason_code="session")
def in_session(_signal: object, bot: Bot, _candle: Candle) -> tuple[bool, str]:
    return 7 <= bot.now.hour < 20, f"it is {bot.now:%H:%M} UTC"


@untaken.guard(kind="market", reason_code="volatility")
def calm(_signal: object, _bot: Bot, candle: Candle) -> untaken.Verdict:
    return untaken.Verdict.at_most((candle.high - candle.low) / candle.close * 100, 0.15)


@untaken.guard(kind="portfolio", reason_code="position_open")
def flat(_signal: object, bot: Bot, _candle: Candle) -> bool:
    return bot.position is None


class Bot:
    """Buys when the fast average crosses the slow one from below."""

    def __init__(self, log: str, symbol: str) -> None:
        self.symbol, self.now = symbol, datetime(2017, 1, 1, tzinfo=UTC)
        self.emitter = untaken.Emitter(log, "sync-bot", mode="backtest", backfill=True, clock=self.clock)
        self.guards = untaken.GuardChain(self.emitter, [in_session, calm, flat])
        self.closes: deque[float] = deque(maxlen=SLOW)
        self.was_above = True
        self.position: Position | None = None

    def clock(self) -> int:
        """Return the bot's own time: in a backtest it is not now."""
        return int(self.now.timestamp()) * 1_000_000

    def run(self, candles: Iterator[Candle]) -> None:
        with self.emitter:
            exits: Any = {"crossing": {"take_profit_pct": TARGET * 100, "stop_loss_pct": STOP * 100}}
            self.emitter.declare("USD", strategies=exits, guards=self.guards.declaration())
            for candle in candles:
                self.live_through(candle)

    def live_through(self, candle: Candle) -> None:
        self.now = candle.opened + HOUR
        _, first, high, low, last = candle
        self.emitter.bar(self.symbol, "1h", candle.opened, open=first, high=high, low=low, close=last)
        self.leave_if_reached(candle)
        self.closes.append(candle.close)
        above = fmean(list(self.closes)[-FAST:]) > fmean(self.closes)
        if above and not self.was_above:
            self.wish(candle)
        self.was_above = above

    def wish(self, candle: Candle) -> None:
        """Report the signal first, then ask every guard, then trade if all let it pass."""
        signal = self.emitter.signal(self.symbol, "crossing", "long", candle.close, candle_at=candle.opened)
        if self.guards.ask(signal, self, candle):
            self.position = Position(f"t{self.now:%Y%m%d%H}", signal.signal_id, self.now, candle.close)
            self.fill(self.position, "entry", candle.close)

    def leave_if_reached(self, candle: Candle) -> None:
        if self.position is None:
            return
        stop, target = self.position.price * (1 - STOP), self.position.price * (1 + TARGET)
        if candle.low <= stop:
            self.leave(self.position, min(stop, candle.open), "stop_loss")
        elif candle.high >= target:
            self.leave(self.position, max(target, candle.open), "take_profit")

    def leave(self, held: Position, price: float, reason: str) -> None:
        self.fill(held, "exit", price)
        fees = (held.price + price) * UNITS * FEE
        pnl = (price - held.price) * UNITS - fees
        self.emitter.trade_closed(
            held.trade_id,
            self.symbol,
            "long",
            entry_at=held.entered,
            exit_at=self.now,
            entry_price=held.price,
            exit_price=price,
            qty=UNITS,
            pnl=pnl,
            pnl_pct=pnl / (held.price * UNITS) * 100,
            exit_reason=reason,
            fees=fees,
            signal_id=held.signal_id,
            strategy="crossing",
        )
        self.position = None

    def fill(self, held: Position, role: Literal["entry", "exit"], price: float) -> None:
        side: Literal["buy", "sell"] = "buy" if role == "entry" else "sell"
        more: Any = {"signal_id": held.signal_id, "fee": price * UNITS * FEE, "fee_currency": "USD"}
        self.emitter.fill(held.trade_id, self.symbol, side=side, role=role, price=price, qty=UNITS, **more)


def candles_of(path: Path) -> Iterator[Candle]:
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            opened = datetime.fromisoformat(row["ts"])
            yield Candle(opened, *(float(row[name]) for name in ("open", "high", "low", "close")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candles", type=Path)
    parser.add_argument("--symbol", default="EUR/USD")
    parser.add_argument("--log", default="sqlite:///bot.db")
    asked = parser.parse_args()
    Bot(asked.log, asked.symbol).run(candles_of(asked.candles))


if __name__ == "__main__":
    main()
