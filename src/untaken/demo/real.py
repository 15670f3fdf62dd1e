"""The demo on real candles: the prices into the log, then the bot over them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from untaken.demo.bot import Bot, Progress
from untaken.demo.clock import CandleClock
from untaken.demo.delivery import delivered
from untaken.demo.market import Series, load_series
from untaken.demo.paper import Costs
from untaken.streams.client import Buffering, Emitter
from untaken.streams.connectors.candles import Wishes, candle_files, read_candles
from untaken.streams.connectors.report import ImportReport
from untaken.streams.engine import agree_on_settings
from untaken.streams.logs import Log, open_log
from untaken.version import __version__

BOT = "demo"
CANDLES = Path(__file__).parent / "data" / "EUR_USD-1h.csv"
"""Hourly EUR/USD of 2017; NOTICE.txt beside it says where from."""

EURUSD_COSTS = Costs(fee_bps=0.5, slippage_bps=0.5)
"""What a private trader pays on EUR/USD, as far as the prices let one tell: about 1.2 pips a side."""


@dataclass(frozen=True)
class DemoRun:
    """What the demo did before any of it was judged."""

    candles: ImportReport
    symbols: tuple[str, ...]
    """Symbols that the bot traded: those quoted in its account's currency."""
    signals: int
    trades: int
    closed: int


def run_demo(
    log_url: str, candles: Sequence[Path] | None = None, progress: Progress | None = None
) -> DemoRun:
    """Import candles into an empty log and run the bot over them; `progress` is told of bars done.

    Without candles the bundled ones are used, at the costs of that market; on any others shadow and bot pay the
    costs that are the default. Raises ImportRefused where a file is none.
    """
    costs = Costs() if candles else EURUSD_COSTS
    wishes = Wishes(source=None if candles else "gym-anytrading")
    files = candle_files(candles or [CANDLES], ImportReport())
    log = open_log(log_url)
    try:
        agree_on_settings(log, _settings(costs), by="demo")
        report = _import(log, files, wishes)
        series = load_series(files, wishes)
        currency = account_currency(series)
        traded = [each for each in series if quote_of(each) in {None, currency}]
        tally = _trade(log, traded, currency, costs, _run_name(report), progress or _silent)
    finally:
        log.close()
    symbols = tuple(each.symbol for each in traded)
    return DemoRun(report, symbols, tally["signals"], tally["trades"], tally["closed"])


def _settings(costs: Costs) -> dict[str, float]:
    """Let the shadow pay what the bot pays; what is the default already needs no word."""
    if costs == Costs():
        return {}
    return {"shadow.fee_bps": costs.fee_bps, "shadow.slippage_bps": costs.slippage_bps}


def _import(log: Log, paths: list[Path], wishes: Wishes) -> ImportReport:
    found = read_candles(paths, source=wishes.source)
    for batch in found:
        log.append(batch)
    return found.report


def _trade(
    log: Log, series: list[Series], currency: str, costs: Costs, run: str, progress: Progress
) -> Counter[str]:
    clock = CandleClock(min(int(each.open_at[0]) for each in series))
    patient = Buffering(wait_when_full=True)
    with Emitter(log, BOT, run=run, mode="paper", backfill=True, buffering=patient, clock=clock) as emitter:
        bot = Bot(series, emitter, clock, costs)
        bot.declare(currency, f"untaken demo {__version__}")
        bot.run(progress)
        delivered(emitter)
    return bot.tally


def account_currency(series: list[Series]) -> str:
    """Return what most of the symbols are quoted in, the first by name of several; USD where none says."""
    quotes = Counter(quote for each in series if (quote := quote_of(each)))
    return min(quotes, key=lambda quote: (-quotes[quote], quote)) if quotes else "USD"


def quote_of(series: Series) -> str | None:
    """Return the currency after the slash; a symbol without one is taken as quoted in the account's."""
    return series.symbol.partition("/")[2].partition(":")[0] or None


def _run_name(report: ImportReport) -> str:
    """Return a name that follows from the candles, so that the same ones give the same run."""
    digests = "".join(source.digest for source in report.sources)
    return f"demo-{hashlib.sha256(digests.encode()).hexdigest()[:12]}"


def _silent(_: int) -> None:
    """Tell nobody."""
