"""The client in the trading loop: time until `emit` returns its receipt, beside the least it could cost.

The least is validating the same fields with the same model and putting the event on a deque. Both are measured
alternately in one run: in bursts, and one event at a time with a pause in between, as a trading loop has it,
in which caches cool down and the delivering thread is at work.

    python -m benchmarks.client_emit
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from untaken.schemas.base import Event
from untaken.schemas.events.decisions import DecisionMade
from untaken.schemas.events.signals import SignalEmitted
from untaken.schemas.ids import uuid7
from untaken.schemas.times import from_us
from untaken.streams.client import Emitter, SignalReceipt
from untaken.streams.logs.base import system_clock

BAR_US, MOONSHOT_US = 20.0, 5.0

SIGNAL: dict[str, Any] = {
    "symbol": "BTC/USDT",
    "strategy": "breakout",
    "direction": "long",
    "price": 64_000.5,
    "confidence": 0.7,
    "timeframe": "5m",
    "take_profit_pct": 4.0,
    "stop_loss_pct": 2.0,
}
DECISION: dict[str, Any] = {
    "guard": "spread",
    "kind": "market",
    "seq": 1,
    "reason_code": "spread",
    "value": 3.0,
    "threshold": 2.0,
    "comparison": "<=",
    "snapshot": {"price": 64_000.5, "bid": 64_000.0, "ask": 64_001.0},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=4_000, help="events of each kind and pace")
    count: int = parser.parse_args().events
    with tempfile.TemporaryDirectory() as place, Emitter(Path(place, "bench.db"), "bench") as bot:
        print(f"{'':24}{'p50':>9}{'p99':>9}{'bare p50':>10}{'ratio':>7}   microseconds")
        for pace, pause_s in (("in bursts", 0.0), ("every millisecond", 0.001)):
            measure(bot, "signal", pace, count, pause_s)
            measure(bot, "decision", pace, count, pause_s)
        print(f"bar {BAR_US:g}, moonshot {MOONSHOT_US:g}; delivered {bot.metrics.delivered}")


def measure(bot: Emitter, kind: str, pace: str, count: int, pause_s: float) -> None:
    signal = bot.signal(**SIGNAL)
    ours = (lambda: bot.signal(**SIGNAL)) if kind == "signal" else (lambda: bot.block(signal, **DECISION))
    bare = bare_signal() if kind == "signal" else bare_decision(signal)
    taken: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(count):
        taken["ours"].append(timed(ours))
        time.sleep(pause_s)
        taken["bare"].append(timed(bare))
        time.sleep(pause_s)
    bot.flush(60)
    cuts = statistics.quantiles(taken["ours"], n=100)
    least = statistics.median(taken["bare"])
    print(f"{kind:9}{pace:15}{cuts[49]:9.1f}{cuts[98]:9.1f}{least:10.1f}{cuts[49] / least:7.1f}")


def bare_signal() -> Callable[[], object]:
    return bare(SignalEmitted, {**SIGNAL, "signal_id": "s1"})


def bare_decision(signal: SignalReceipt) -> Callable[[], object]:
    given = {"signal_id": signal.signal_id, "symbol": signal.symbol, "verdict": "blocked"}
    return bare(DecisionMade, {**DECISION, **given})


def bare(model: type[Event], given: dict[str, Any]) -> Callable[[], object]:
    """Validate and append, with an id and a time made beforehand."""
    common = {"id": uuid7(system_clock(), bytes(8)), "at": from_us(system_clock()), "bot": "bench"}
    fields = {**given, **common}
    waiting: deque[Event] = deque(maxlen=1_000)
    return lambda: waiting.append(model.model_validate(fields))


def timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1e6


if __name__ == "__main__":
    main()
