"""What bots of planted truth write to their log: settings, declarations, prices, signals, decisions and trades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import orjson

from tests.generators.planted import (
    FIRST_DAY,
    HOLD_S,
    PRICE,
    RISK,
    SECOND_US,
    Bot,
    Case,
    Guard,
    cases,
)
from untaken.projections.definition import DAY_US
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.engine import settings_entry
from untaken.streams.logs.base import Entry

SIZE = 1_000.0
SETTINGS = {"shadow.fee_bps": 0, "shadow.slippage_bps": 0, "shadow.max_hold_s": HOLD_S}
"""Without costs a mean result is the edge that is planted."""

Event = dict[str, Any]


def planted_log(*bots: Bot, days: int = 60, seed: int = 1) -> list[Entry]:
    """Return the log of these bots, with a clock that has closed its last day."""
    return log_of(cases(*bots, days=days, seed=seed), days)


def log_of(told: Sequence[Case], days: int) -> list[Entry]:
    """Return the log of cases that are drawn already."""
    bots = {case.bot.name: case.bot for case in told}
    events = [_declared(bot) for bot in bots.values()]
    events += [event for case in told for event in events_of(case)]
    return [settings_entry(SETTINGS, by="planted"), *map(_entry, events), _clock(days)]


def events_of(case: Case) -> Iterator[Event]:
    """Yield prices, signal, every guard's decision and, unless one of them blocked, the trade."""
    yield from _bars(case)
    yield _signal(case)
    yield from _decisions(case)
    if case.blocked_by is None:
        yield _fill(case)
        yield _closed(case)


def _bars(case: Case) -> Iterator[Event]:
    """Yield a bar of one second that closes at each moment at which there is a price."""
    prices = [PRICE, *(case.price(gone) for _, gone in case.gone_r)]
    for (moment, _), (opened, close) in zip(case.gone_r, pairwise(prices), strict=True):
        at = case.decided_at + moment
        yield {
            "type": "market.bar",
            "id": f"bar-{case.name}-{moment}",
            "at": _time(at),
            "bot": "feed",
            "symbol": case.symbol,
            "interval": "1s",
            "open_at": _time(at - SECOND_US),
            "open": opened,
            "high": max(opened, close),
            "low": min(opened, close),
            "close": close,
        }


def _signal(case: Case) -> Event:
    return {
        **_about(case, "signal.emitted", case.at),
        "strategy": case.strategy.name,
        "direction": "long" if case.long else "short",
        "price": PRICE,
        "size": SIZE,
        "confidence": case.confidence,
        "take_profit_pct": 0,
        "stop_loss_pct": RISK * 100,
    }


def _decisions(case: Case) -> Iterator[Event]:
    """Yield one decision a guard: all are asked, so that the chain is complete."""
    guards = case.bot.guards
    for place, guard in enumerate(guards, 1):
        yield {
            **_about(case, "decision.made", case.decided_at, f"-{guard.name}"),
            "guard": guard.name,
            "verdict": "blocked" if guard == case.blocked_by else "approved",
            "kind": "stateless",
            "seq": place,
            "reason_code": guard.reason_code,
            **_compared(guard, case),
            "final": place == len(guards),
            "chain_complete": True,
            "snapshot": {"price": PRICE},
        }


def _compared(guard: Guard, case: Case) -> Event:
    if guard.threshold is None:
        return {}
    return {"value": case.confidence, "threshold": guard.threshold, "comparison": ">="}


def _fill(case: Case) -> Event:
    price = case.price(case.fill_r)
    return {
        **_about(case, "order.filled", case.fill_at),
        "trade_id": case.name,
        "side": "buy" if case.long else "sell",
        "role": "entry",
        "price": price,
        "qty": SIZE / price,
    }


def _closed(case: Case) -> Event:
    entry, leave = case.price(case.fill_r), case.price(case.result_r)
    returned = (leave / entry - 1) * (1 if case.long else -1)
    exit_at = case.decided_at + HOLD_S * SECOND_US
    return {
        **_about(case, "trade.closed", exit_at),
        "trade_id": case.name,
        "strategy": case.strategy.name,
        "confidence": case.confidence,
        "direction": "long" if case.long else "short",
        "entry_at": _time(case.fill_at),
        "exit_at": _time(exit_at),
        "entry_price": entry,
        "exit_price": leave,
        "qty": SIZE / entry,
        "pnl": SIZE * returned,
        "pnl_pct": 100 * returned,
        "exit_reason": "time",
    }


def _about(case: Case, kind: str, at: int, more: str = "") -> Event:
    return {
        "type": kind,
        "id": f"{kind}-{case.name}{more}",
        "at": _time(at),
        "bot": case.bot.name,
        "symbol": case.symbol,
        "signal_id": case.name,
    }


def _declared(bot: Bot) -> Event:
    return {
        "type": "run.declared",
        "id": f"run-{bot.name}",
        "at": _time(FIRST_DAY * DAY_US),
        "bot": bot.name,
        "account_currency": "USD",
        "guards": {guard.name: {"kind": "stateless", "order": n} for n, guard in enumerate(bot.guards, 1)},
    }


def _clock(days: int) -> Entry:
    at = _time((FIRST_DAY + days + 1) * DAY_US)
    return _entry({"type": "clock.ticked", "id": "closing time", "at": at, "bot": "feed"})


def _time(at: int) -> str:
    return rfc3339(from_us(at))


def _entry(event: Event) -> Entry:
    return Entry(event["type"], orjson.dumps(event), event.get("symbol"), backfill=True)
