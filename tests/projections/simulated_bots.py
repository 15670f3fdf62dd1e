"""Bots whose results are drawn and planted exactly (STATISTICS 7.7): the log they would have written.

A bot trades eight symbols. Results are Student t with 3 degrees of freedom and share a factor on each day, as
trades on one market do. Its guard blocks a random 30 % of the signals, four a day on average, whatever their
outcome; `effect_milli_r` is what a block then saves beside. A signal stands in the middle of a bar of its own
symbol, of which only the close counts, and 1 R is one point of price: so that milli-R come out as planted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from untaken.projections.definition import DAY_US
from untaken.schemas.times import from_us, rfc3339
from untaken.streams.engine import settings_entry
from untaken.streams.logs.base import Entry

FIRST_DAY = 19_723
"""2024-01-01, in days since 1970-01-01."""
GUARD = "coin"
SYMBOLS = 8
COMMON = 0.3
"""Share of the variance that signals of a day have in common."""
BLOCKED_SHARE = 0.3
BLOCKS_PER_DAY = 4.0
LARGEST_MILLI_R = 40_000

SLOT_US = 900_000_000
"""Bars are of 15 minutes, and each signal of a bot has one of its own."""
HOLD_S = 900
SETTINGS = {"shadow.fee_bps": 0, "shadow.slippage_bps": 0, "shadow.max_hold_s": HOLD_S}
"""Without costs a result of mean 0 is a guard that neither saves nor costs."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Planted:
    """One signal of a bot and what its shadow trade comes to."""

    bot: str
    day: int
    """Counted from the first day."""
    slot: int
    symbol: str
    milli_r: int
    blocked: bool

    @property
    def name(self) -> str:
        return f"{self.bot}-{self.day}-{self.slot}"

    @property
    def opened(self) -> int:
        """When the bar of the signal opens; microseconds."""
        return (FIRST_DAY + self.day) * DAY_US + self.slot * SLOT_US


def plan(*, bots: int, days: int, seed: int, effect_milli_r: int = 0) -> list[Planted]:
    """Draw the signals of every bot, in order of bot and time."""
    chance = np.random.default_rng(seed)
    return [each for bot in range(bots) for each in _of_bot(f"bot{bot:03}", days, chance, effect_milli_r)]


def _of_bot(bot: str, days: int, chance: np.random.Generator, effect_milli_r: int) -> Iterator[Planted]:
    market = _t3(chance, days)
    for day, n in enumerate(chance.poisson(BLOCKS_PER_DAY / BLOCKED_SHARE, days)):
        results = np.sqrt(COMMON) * market[day] + np.sqrt(1 - COMMON) * _t3(chance, n)
        milli_r = np.clip(np.rint(results * 1000), -LARGEST_MILLI_R, LARGEST_MILLI_R).astype(int)
        blocked = chance.random(n) < BLOCKED_SHARE
        symbols = chance.integers(0, SYMBOLS, n)
        for slot in range(n):
            saved = effect_milli_r if blocked[slot] else 0
            symbol = f"{bot}-{symbols[slot]}/USD"
            yield Planted(bot, day, slot, symbol, int(milli_r[slot]) - saved, bool(blocked[slot]))


def _t3(chance: np.random.Generator, n: int) -> Floats:
    """Draw Student t with 3 degrees of freedom, scaled to variance 1."""
    drawn: Floats = chance.standard_t(3, n) / np.sqrt(3.0)
    return drawn


def settings() -> Entry:
    return settings_entry(SETTINGS, by="simulation")


def entries(planted: Planted) -> tuple[Entry, Entry, Entry]:
    """Return the bar, the signal and the guard's decision."""
    entered = rfc3339(from_us(planted.opened + 60_000_000))
    close = (100_000 + planted.milli_r) / 1000
    of_bot = {"at": entered, "bot": planted.bot, "signal_id": planted.name, "symbol": planted.symbol}
    bar = {
        "type": "market.bar",
        "id": f"bar-{planted.name}",
        "at": rfc3339(from_us(planted.opened + SLOT_US)),
        "bot": "feed",
        "symbol": planted.symbol,
        "interval": "15m",
        "open_at": rfc3339(from_us(planted.opened)),
        "open": 100.0,
        "high": max(100.0, close),
        "low": min(100.0, close),
        "close": close,
    }
    signal = {
        "type": "signal.emitted",
        "id": f"signal-{planted.name}",
        **of_bot,
        "strategy": "swing",
        "direction": "long",
        "price": 100.0,
        "take_profit_pct": 0,
        "stop_loss_pct": 1.0,
    }
    decision = {
        "type": "decision.made",
        "id": f"decision-{planted.name}",
        **of_bot,
        "guard": GUARD,
        "verdict": "blocked" if planted.blocked else "approved",
        "kind": "stateless",
        "final": True,
        "chain_complete": True,
    }
    return _entry(bar), _entry(signal), _entry(decision)


def clock(day: int, hour: int = 3) -> Entry:
    """Return a tick on a day, counted from the first."""
    at = rfc3339(from_us((FIRST_DAY + day) * DAY_US + hour * 3_600_000_000))
    return _entry({"type": "clock.ticked", "id": f"tick-{day}", "at": at, "bot": "feed"})


def _entry(event: dict[str, Any]) -> Entry:
    return Entry(event["type"], orjson.dumps(event), event.get("symbol"), backfill=True)
