"""The fixed stage of random logs: symbols and their feeds, bots and their runs, guards, settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.reference.moments import microseconds

START = microseconds("2024-03-04T00:00:00Z")


SETTINGS: Mapping[str, Any] = {
    "prices.use_quotes": ["SOL/USD"],
    "prices.source": {"LTC/USD": "coarse"},
    "shadow.max_hold_s": 21600,
}
"""Settings that fit the symbols below."""


@dataclass(frozen=True)
class Feed:
    """One stream of bars: `windows` says when it is there, `sided` whether it has bid and ask."""

    interval: str
    source: str | None = None
    windows: str = "always"
    sided: bool = False


@dataclass(frozen=True)
class Symbol:
    """`digits` after the point; `many_digits`: now and then a price of 13 significant digits."""

    name: str
    start: float
    digits: int
    feeds: tuple[Feed, ...]
    alias: str | None = None
    many_digits: bool = False


SYMBOLS = (
    Symbol("BTC/USD", 43210.5, 2, (Feed("5m"),), alias="XBTUSD"),
    Symbol("ETH/USD", 2301.25, 2, (Feed("1h"), Feed("5m", windows="patches")), alias="ETHUSD"),
    Symbol("EUR/USD", 1.0853, 5, (Feed("15m", windows="sessions", sided=True),)),
    Symbol("XRP/USD", 0.5721, 4, (Feed("1h", "coarse"), Feed("5m", "fine"))),
    Symbol("LTC/USD", 71.23, 2, (Feed("15m", "coarse"), Feed("5m", "fine"))),
    Symbol("GBP/JPY", 190.412, 3, (Feed("15m"),)),
    Symbol("DOGE", 0.12345, 5, (Feed("5m"),), many_digits=True),
    Symbol("ADA/USD", 0.6012, 4, (Feed("5m", windows="first hours"),)),
    Symbol("SOL/USD", 101.3, 2, ()),
    Symbol("BTC/UDS", 43210.5, 2, ()),
)
"""SOL/USD is served by quotes; BTC/UDS is a slip of the pen and has no prices."""

QUOTED = "SOL/USD"
WITHOUT_PRICES = "BTC/UDS"


@dataclass(frozen=True)
class Run:
    """A bot's run; one without a currency declares nothing and leaves its run to the default."""

    bot: str
    run: str
    mode: str
    currency: str | None
    fx_from_usd: float | None = None


RUNS = (
    Run("alpha", "r1", "live", "USD"),
    Run("alpha", "r2", "paper", "USD"),
    Run("beta", "r1", "live", "EUR", fx_from_usd=0.92),
    Run("gamma", "bt-1", "backtest", "USD"),
    Run("delta", "default", "live", None),
)

STRATEGIES: Mapping[str, Mapping[str, Any]] = {
    "trend": {"take_profit_pct": 1.5, "stop_loss_pct": 0.75},
    "revert": {"stop_loss_pct": 1.25, "roi_steps": [[0, 1.2], [45, 0.6], [120, 0.25]]},
    "breakout": {"trailing_stop_pct": 0.6, "take_profit_pct": 0},
    "plain": {},
}

GUARDS: Mapping[str, str] = {
    "confidence": "stateless",
    "spread": "market",
    "volatility": "market",
    "cooldown": "portfolio",
    "slots": "portfolio",
}
"""Kind by guard, in the order in which they are asked."""
