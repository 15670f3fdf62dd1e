"""A bot in an event loop: a task for each symbol, one purse for all, and a guard that has to be awaited.

Each CSV file of hourly candles (ts, open, high, low, close) is a feed; its name is the symbol:

    python examples/asyncio_bot.py EUR_USD-1h.csv GBP_USD-1h.csv --log sqlite:///bot.db
"""

from __future__ import annotations

import argparse
import asyncio
import csv
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import untaken

HOUR = timedelta(hours=1)
HOLD = timedelta(hours=12)
BREAKOUT = 24
"""Candles whose high has to be passed."""
STAKE = 1_000.0


@dataclass
class Purse:
    """What all symbols are paid from."""

    free: float = 1_500.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@untaken.guard(kind="market", reason_code="spread")
def moving(_signal: object, _purse: Purse, candle: dict[str, float]) -> untaken.Verdict:
    return untaken.Verdict.at_least((candle["high"] - candle["low"]) / candle["close"] * 10_000, 8.0)


@untaken.guard(kind="portfolio", reason_code="balance")
async def enough_money(_signal: object, purse: Purse, _candle: dict[str, float]) -> tuple[bool, str]:
    async with purse.lock:  # a real bot would ask the exchange here
        return purse.free >= STAKE, f"{purse.free:,.0f} USD are free"


async def trade(symbol: str, path: Path, emitter: untaken.AsyncEmitter, purse: Purse) -> None:
    """Follow one feed: report each candle, wish at a breakout, hold for half a day."""
    guards = untaken.GuardChain(emitter, [moving, enough_money])
    highs: list[float] = []
    held: dict[str, Any] | None = None
    async for opened, candle in feed(path):
        now = opened + HOUR
        _ = emitter.bar(
            symbol,
            "1h",
            opened,
            open=candle["open"],
            high=candle["high"],
            low=candle["low"],
            close=candle["close"],
            at=now,
        )
        if held is not None and now - held["since"] >= HOLD:
            fill(emitter, symbol, held, "sell", candle["close"], now)
            purse.free, held = purse.free + STAKE, None
        if len(highs) == BREAKOUT and candle["close"] > max(highs):
            signal = emitter.signal(
                symbol,
                "breakout",
                "long",
                candle["close"],
                at=now,
                candle_at=opened,
                max_hold_s=HOLD.total_seconds(),
            )
            if held is None and await guards.ask_async(signal, purse, candle):
                purse.free -= STAKE
                held = {"id": f"{symbol} {now:%Y%m%d%H}", "signal": signal.signal_id, "since": now}
                fill(emitter, symbol, held, "buy", candle["close"], now)
        highs = [*highs[-BREAKOUT + 1 :], candle["high"]]
        await emitter.drain()  # history outruns any disk: give way where half of the room is taken


def fill(
    emitter: untaken.AsyncEmitter, symbol: str, held: dict[str, Any], side: Any, price: float, at: datetime
) -> None:
    _ = emitter.fill(
        held["id"],
        symbol,
        side=side,
        role="entry" if side == "buy" else "exit",
        price=price,
        qty=held.setdefault("qty", STAKE / price),
        at=at,
        signal_id=held["signal"],
    )


async def feed(path: Path) -> AsyncIterator[tuple[datetime, dict[str, float]]]:
    """Yield the candles of a file as an exchange would send them."""
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            await asyncio.sleep(0)
            prices = {name: float(row[name]) for name in ("open", "high", "low", "close")}
            yield datetime.fromisoformat(row["ts"]), prices


async def run(log: str, files: list[Path]) -> None:
    purse = Purse()
    async with untaken.AsyncEmitter(log, "asyncio-bot", mode="backtest", backfill=True) as emitter:
        _ = emitter.declare("USD", guards=untaken.GuardChain(emitter, [moving, enough_money]).declaration())
        symbols = {path.stem.partition("-")[0].replace("_", "/"): path for path in files}
        async with asyncio.TaskGroup() as tasks:
            for symbol, path in symbols.items():
                tasks.create_task(trade(symbol, path, emitter, purse))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candles", type=Path, nargs="+")
    parser.add_argument("--log", default="sqlite:///bot.db")
    asked = parser.parse_args()
    asyncio.run(run(asked.log, asked.candles))


if __name__ == "__main__":
    main()
