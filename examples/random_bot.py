"""A bot that trades a random walk and reports to any log, embedded or on Kafka.

It stands in for a real one: prices of its own invention, one strategy, three guards, a fill where all let it pass.

    python examples/random_bot.py --log kafka://localhost:9092 --seconds 60
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import untaken

BAR_S = 5
HOLD_S = 120
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT", "ADA/USDT", "DOGE/USDT", "LINK/USDT", "DOT/USDT")


@untaken.guard(kind="stateless", reason_code="confidence_threshold")
def confident(_signal: object, market: dict[str, float]) -> untaken.Verdict:
    return untaken.Verdict.at_least(market["confidence"], 0.4)


@untaken.guard(kind="market", reason_code="spread")
def narrow_spread(_signal: object, market: dict[str, float]) -> untaken.Verdict:
    return untaken.Verdict.at_most(market["spread_bps"], 6.0)


@untaken.guard(kind="portfolio", reason_code="max_positions")
def free_slot(_signal: object, market: dict[str, float]) -> bool:
    return market["open_positions"] < 3


class Position(NamedTuple):
    """What the bot holds of one symbol."""

    trade: str
    signal_id: str
    symbol: str
    long: bool
    since: datetime


class Bot:
    """One bot: a price per symbol, and the positions that it holds until they are old enough."""

    def __init__(self, emitter: untaken.Emitter, seed: int) -> None:
        self.emitter = emitter
        self.chain = untaken.GuardChain(emitter, [confident, narrow_spread, free_slot])
        self.chance = random.Random(seed)
        self.prices = {symbol: self.chance.uniform(10, 1_000) for symbol in SYMBOLS}
        self.positions: list[Position] = []
        self.trades = 0
        emitter.declare("USDT", guards=self.chain.declaration())

    def step(self, opened: datetime) -> None:
        """Live through one bar that opened at a time and has closed now."""
        closed = opened + timedelta(seconds=BAR_S)
        self.close_old(closed)
        for symbol, last in self.prices.items():
            path = [last * (1 + self.chance.gauss(0, 0.0004)) for _ in range(3)]
            self.prices[symbol] = path[-1]
            self.emitter.bar(
                symbol,
                f"{BAR_S}s",
                opened,
                open=last,
                high=max(last, *path),
                low=min(last, *path),
                close=path[-1],
            )
            if self.chance.random() < 0.05:
                self.wish(symbol, path[-1], closed)

    def wish(self, symbol: str, price: float, at: datetime) -> None:
        confidence, long = round(self.chance.random(), 3), self.chance.random() < 0.5
        signal = self.emitter.signal(
            symbol,
            "whim",
            "long" if long else "short",
            price,
            at=at,
            candle_at=at,
            confidence=confidence,
            take_profit_pct=0.3,
            stop_loss_pct=0.2,
            max_hold_s=HOLD_S,
        )
        market = {
            "confidence": confidence,
            "spread_bps": self.chance.uniform(1, 8),
            "open_positions": float(len(self.positions)),
        }
        if self.chain.ask(signal, market):
            self.trades += 1
            name = f"t{int(at.timestamp())}-{self.trades}"
            position = Position(name, signal.signal_id, symbol, long, at)
            self.positions.append(position)
            self.fill(position, "entry", at)

    def close_old(self, now: datetime) -> None:
        while self.positions and now - self.positions[0].since >= timedelta(seconds=HOLD_S):
            self.fill(self.positions.pop(0), "exit", now)

    def fill(self, position: Position, role: Literal["entry", "exit"], at: datetime) -> None:
        self.emitter.fill(
            position.trade,
            position.symbol,
            side="buy" if position.long == (role == "entry") else "sell",
            role=role,
            price=self.prices[position.symbol],
            qty=1,
            at=at,
            signal_id=position.signal_id,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", default=os.environ.get("UNTAKEN_LOG", "sqlite:///random.db"))
    parser.add_argument("--bot", default="random")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="how long it trades; for ever if left out"
    )
    parser.add_argument("--faster", type=float, default=1.0, help="how many seconds pass in one")
    asked = parser.parse_args()
    end = time.monotonic() + asked.seconds
    opened = datetime.now(UTC) - timedelta(hours=1 if asked.faster > 1 else 0, seconds=BAR_S)
    with untaken.Emitter(asked.log, bot=asked.bot) as emitter:
        bot = Bot(emitter, seed=7)
        while time.monotonic() < end:
            bot.step(opened)
            opened += timedelta(seconds=BAR_S)
            time.sleep(BAR_S / asked.faster)
    print(f"{emitter.metrics.delivered:,} events delivered to {asked.log}", file=sys.stderr)


if __name__ == "__main__":
    main()
