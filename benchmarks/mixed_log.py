"""A realistic mixed log in bulk: mostly minute bars, signals with full guard chains, fills and trades."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import orjson

from untaken.streams.logs.base import Entry

START = datetime(2024, 1, 1, tzinfo=UTC)
GUARDS = ("confidence", "roi", "volatility", "spread", "slots")


def entries(events: int, symbols: int = 10, seed: int = 1) -> Iterator[Entry]:
    """About `events` entries in order of time: 85 % bars, the rest signals, decisions, fills and trades."""
    chance = Random(seed)
    prices = {f"S{number:03d}/USDT": chance.uniform(1, 60_000) for number in range(symbols)}
    yield declared(START)
    made, minute, signal = 1, 0, 0
    while made < events:
        at = START + timedelta(minutes=minute)
        for symbol, last in prices.items():
            price = last * (1 + chance.gauss(0, 0.0006))
            prices[symbol] = price
            yield _bar(symbol, at, price, chance, minute)
            made += 1
            if chance.random() < 0.022:
                signal += 1
                for entry in _signal(symbol, at + timedelta(minutes=1), price, chance, signal):
                    yield entry
                    made += 1
        minute += 1


def batched(source: Iterable[Entry], size: int) -> Iterator[list[Entry]]:
    """Cut entries into lists of a size (itertools has it from Python 3.12 on)."""
    rest = iter(source)
    while chunk := list(islice(rest, size)):
        yield chunk


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _entry(key: str | None, **event: object) -> Entry:
    return Entry(str(event["type"]), orjson.dumps(event), key, backfill=True)


def declared(at: datetime) -> Entry:
    """Return the declaration of the run whose signals the log holds."""
    guards = {
        name: {"kind": "portfolio" if name == "slots" else "market", "order": i}
        for i, name in enumerate(GUARDS)
    }
    return _entry(
        None,
        type="run.declared",
        id="run",
        at=_time(at),
        bot="bench",
        run="r1",
        mode="live",
        account_currency="USDT",
        guards=guards,
    )


def _bar(symbol: str, at: datetime, price: float, chance: Random, minute: int) -> Entry:
    width = price * abs(chance.gauss(0, 0.0005))
    return _entry(
        symbol,
        type="market.bar",
        id=f"{symbol}-{minute:012d}-0000-0000-0000",
        at=_time(at + timedelta(minutes=1)),
        bot="feed",
        run="default",
        mode="live",
        symbol=symbol,
        interval="1m",
        open_at=_time(at),
        open=round(price, 4),
        high=round(price + width, 4),
        low=round(price - width, 4),
        close=round(price + width / 3, 4),
        volume=round(chance.uniform(1, 500), 3),
    )


def _signal(symbol: str, at: datetime, price: float, chance: Random, number: int) -> Iterator[Entry]:
    common = {"bot": "bench", "run": "r1", "mode": "live"}
    name, price = f"s{number:08d}", round(price, 4)
    yield _entry(
        symbol,
        type="signal.emitted",
        id=f"e-{name}",
        at=_time(at),
        **common,
        signal_id=name,
        symbol=symbol,
        strategy=("trend", "revert", "pulse")[number % 3],
        direction="long" if number % 2 else "short",
        price=price,
        confidence=round(chance.random(), 4),
        timeframe="1m",
        take_profit_pct=2.0,
        stop_loss_pct=1.0,
        max_hold_s=7200,
    )
    blocked = [guard for guard in GUARDS if chance.random() < 0.12]
    for seq, guard in enumerate(GUARDS, start=1):
        last = seq == len(GUARDS)
        yield _entry(
            symbol,
            type="decision.made",
            id=f"d-{name}-{seq}",
            at=_time(at + timedelta(milliseconds=seq)),
            **common,
            signal_id=name,
            symbol=symbol,
            guard=guard,
            verdict="blocked" if guard in blocked else "approved",
            kind="portfolio" if guard == "slots" else "market",
            seq=seq,
            attempt=1,
            value=round(chance.random(), 4),
            threshold=0.5,
            comparison=">=",
            snapshot={"price": price},
            **({"final": True, "chain_complete": True} if last else {}),
        )
    if not blocked:
        yield from _fills(symbol, at, price, number, common)


def _fills(symbol: str, at: datetime, price: float, number: int, common: dict[str, str]) -> Iterator[Entry]:
    for role, side, minutes in (("entry", "buy", 0), ("exit", "sell", 45)):
        yield _entry(
            symbol,
            type="order.filled",
            id=f"f-{number}-{role}",
            at=_time(at + timedelta(minutes=minutes, milliseconds=50)),
            **common,
            trade_id=f"t{number}",
            signal_id=f"s{number:08d}",
            symbol=symbol,
            side=side,
            role=role,
            price=price,
            qty=1.5,
            fee=0.1,
        )
