"""A small honest bot: three strategies, five guards, paper trades, bar by bar through history.

It knows nothing that lies after the bar it stands at. Nothing about it was chosen for its results.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from untaken.demo.clock import CandleClock
from untaken.demo.guards import GUARDS, Look
from untaken.demo.market import Series
from untaken.demo.paper import Costs, Exit, Order, Position, enter, leave, leave_at_close
from untaken.demo.reporting import (
    SIZE,
    snapshot,
    tell_entry,
    tell_exit,
    tell_leaving,
    tell_signal,
)
from untaken.demo.strategies import HOLD_BARS, STRATEGIES, Direction, Idea
from untaken.streams.client import Emitter, GuardChain

Progress = Callable[[int], None]

_FILL_DELAY_US = 20_000
_BARS_PER_STEP = 500


class Bot:
    """Trades the series of several symbols at once; `tally` counts what it did."""

    def __init__(self, series: Sequence[Series], emitter: Emitter, clock: CandleClock, costs: Costs) -> None:
        self._series = series
        self._emitter = emitter
        self._clock = clock
        self._costs = costs
        self._chain = GuardChain(emitter, GUARDS)
        self._ideas = [_by_bar(each) for each in series]
        self._waiting: dict[int, list[Order]] = defaultdict(list)
        self._positions: dict[int, list[Position]] = defaultdict(list)
        self.tally: Counter[str] = Counter()

    def declare(self, account_currency: str, software: str) -> None:
        """Say what the bot is, before its first bar closes."""
        self._emitter.declare(
            account_currency,
            reference_capital=10 * SIZE,
            strategies={strategy.name: {} for strategy in STRATEGIES},
            guards=self._chain.declaration(),
            software=software,
        )

    def run(self, progress: Progress) -> None:
        """Go through all bars in order of their closes."""
        for count, (market, index) in enumerate(_in_order(self._series), start=1):
            if self._waiting[market] or self._positions[market] or index in self._ideas[market]:
                self._at(market, index)
            if count % _BARS_PER_STEP == 0:
                progress(_BARS_PER_STEP)

    def _at(self, market: int, index: int) -> None:
        self._clock.set(_close_at(self._series[market], index))
        self._fill_orders(market, index)
        self._manage(market, index)
        for idea in self._ideas[market].get(index, ()):
            self._consider(market, idea)

    def _fill_orders(self, market: int, index: int) -> None:
        """Fill at this bar's open what was ordered at an earlier close."""
        series = self._series[market]
        for order in self._waiting.pop(market, ()):
            at = int(series.open_at[index]) + _FILL_DELAY_US
            position = enter(order, series, index, at, self._costs)
            self._positions[market].append(position)
            tell_entry(self._emitter, position, series.symbol, self._costs)

    def _manage(self, market: int, index: int) -> None:
        for position in list(self._positions[market]):
            found = leave(position, self._series[market], index, HOLD_BARS, self._costs)
            if found is not None:
                self._close(market, index, position, found)

    def _consider(self, market: int, idea: Idea) -> None:
        """Report the idea, ask every guard about it, and order if none objects."""
        series = self._series[market]
        if idea.strategy.leaves_on_reversal:
            self._leave_others(market, idea)
        look = Look(idea, series, _close_at(series, idea.index), self._costs, self._held())
        signal = tell_signal(self._emitter, look)
        self.tally["signals"] += 1
        if self._chain.ask(signal, look, snapshot=snapshot(look)):
            self.tally["trades"] += 1
            atr = float(series.measures.atr[idea.index])
            order = Order(f"trade-{self.tally['trades']}", signal.signal_id, idea, atr, SIZE)
            self._waiting[market].append(order)

    def _leave_others(self, market: int, idea: Idea) -> None:
        """Close what the strategy holds the other way; it says so whether it holds anything or not."""
        series = self._series[market]
        against: Direction = "short" if idea.direction == "long" else "long"
        tell_leaving(self._emitter, series, idea.strategy, against, idea.index)
        for position in list(self._positions[market]):
            held = position.order.idea
            if held.strategy is idea.strategy and held.direction == against:
                found = leave_at_close(position, series, idea.index, self._costs)
                self._close(market, idea.index, position, found)

    def _close(self, market: int, index: int, position: Position, found: Exit) -> None:
        self._positions[market].remove(position)
        tell_exit(self._emitter, position, self._series[market], index, found, self._costs)
        self.tally["closed"] += 1

    def _held(self) -> list[tuple[str, str]]:
        held = [
            (market, order.idea.strategy.name)
            for book in (
                self._waiting,
                {key: [each.order for each in all_] for key, all_ in self._positions.items()},
            )
            for market, orders in book.items()
            for order in orders
        ]
        return [(self._series[market].symbol, strategy) for market, strategy in held]


def _by_bar(series: Series) -> dict[int, list[Idea]]:
    """Collect the ideas of all strategies by bar, where the usual volatility is known."""
    found: dict[int, list[Idea]] = defaultdict(list)
    for strategy in STRATEGIES:
        for idea in strategy.ideas(series):
            if np.isfinite(series.measures.volatility[idea.index]):
                found[idea.index].append(idea)
    return dict(found)


def _in_order(all_series: Sequence[Series]) -> Iterator[tuple[int, int]]:
    """Yield (series, bar) in order of the bars' closes, then of the series."""
    markets = np.concatenate([np.full(len(series), place) for place, series in enumerate(all_series)])
    indexes = np.concatenate([np.arange(len(series)) for series in all_series])
    closes = np.concatenate([series.open_at + series.interval_us for series in all_series])
    order = np.lexsort((markets, closes))
    yield from zip(markets[order].tolist(), indexes[order].tolist(), strict=True)


def _close_at(series: Series, index: int) -> int:
    return int(series.open_at[index]) + series.interval_us
