"""The walk along the bars, one order at a time, in machine code."""

from typing import NamedTuple

import numpy as np

from untaken.streams.shadow.arithmetic import F64, I8, I64, Bool
from untaken.streams.shadow.compiled import helper, kernel
from untaken.streams.shadow.levels import (
    NO_DATA,
    PENDING,
    SIGNAL,
    TIME,
    TIME_GAP,
    Exit,
    Level,
    Order,
    Steps,
    booked,
    step_after,
    stop_of,
    target_of,
)

BLOCK = 16
GAP_US = 5 * 86_400 * 1_000_000
WHOLE_BAR_US = 5_000_000
"""An entry at most this long, or two percent of the interval, after a bar's open uses that bar whole."""
NEVER = 2**63 - 1


class Bars(NamedTuple):
    """A series as one side sees it; `block_*` are the extremes of each sixteen bars."""

    open_at: I64
    close_at: I64
    interval_us: I64
    close_only: Bool
    open: F64
    high: F64
    low: F64
    close: F64
    block_high: F64
    block_low: F64


class Rules(NamedTuple):
    """The columns of `Order`; `exit_signalled_at[exit_start:exit_stop]` ascend."""

    entry_at: I64
    end_at: I64
    entry: F64
    take_profit: F64
    take_profit_units: I64
    stop_loss: F64
    stop_loss_units: I64
    trailing: F64
    trailing_units: I64
    slippage_units: I64
    roi_start: I64
    roi_stop: I64
    exit_start: I64
    exit_stop: I64
    exit_signalled_at: I64


class Exits(NamedTuple):
    """The columns of `Exit`, and whether only the close of the bar of entry counted."""

    price: F64
    at: I64
    reason: I8
    best: F64
    worst: F64
    partial: Bool


class Clock(NamedTuple):
    """How far event time has come, and how long after its last chance a price is waited for."""

    watermark: int
    grace: int


class Span(NamedTuple):
    """Bars to be walked: [first, limit), of [first, over) that close within the hold."""

    first: int
    limit: int
    over: int


@helper
def _bisect(times: I64, value: int, low: int, high: int) -> int:
    """Return the first index in [low, high) whose time is at or after `value`, else `high`."""
    while low < high:
        middle = (low + high) >> 1
        if times[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@helper
def _seek(times: I64, value: int, near: int) -> int:
    """Return the first index whose time is at or after `value`, galloping from `near`."""
    step, low, high = 1, near, near
    while low > 0 and times[low - 1] >= value:
        high, low = low - 1, max(0, low - step)
        step *= 2
    step = 1
    while high < times.size and times[high] < value:
        low, high = high + 1, min(times.size, high + step)
        step *= 2
    return _bisect(times, value, low, high)


@helper
def _seek_open(open_at: I64, close_only: Bool, value: int, near: int) -> int:
    """Return the first bar with a usable open at or after `value`."""
    at = _seek(open_at, value, near)
    while at < open_at.size and close_only[at]:
        at += 1
    return at


@helper
def _opens_in_time(bars: Bars, since: int, until: int, near: int) -> bool:
    at = _seek_open(bars.open_at, bars.close_only, since, near)
    return at < bars.open_at.size and bars.open_at[at] <= until


@helper
def _is_partial(bars: Bars, at: int, entry_at: int) -> bool:
    """Tell whether only the close of the entry's bar counts, as the entry lies too far within it."""
    if at == bars.open_at.size or bars.open_at[at] > entry_at:
        return False
    late = entry_at - bars.open_at[at]
    return bars.close_only[at] or (late > WHOLE_BAR_US and late * 50 > bars.interval_us[at])  # type: ignore[no-any-return]


@helper
def _scan(
    bars: Bars, at: int, end: int, levels: tuple[float, float, float], best: float, worst: float
) -> tuple[int, float, float, bool]:
    """Walk until stop or target is reached, or the end, or past a bar of a new high above `lift`."""
    stop, target, lift = levels
    while at < end:
        if at & (BLOCK - 1) == 0 and at + BLOCK <= end:
            high, low = bars.block_high[at // BLOCK], bars.block_low[at // BLOCK]
            if low > stop and high < target and (high <= best or high <= lift):
                best, worst = max(best, high), min(worst, low)
                at += BLOCK
                continue
        pause = min(end, (at | (BLOCK - 1)) + 1)
        while at < pause:
            high, low = bars.high[at], bars.low[at]
            if low <= stop or high >= target:
                return at, best, worst, True
            at += 1
            rises = high > lift and high > best
            best, worst = max(best, high), min(worst, low)
            if rises:
                return at, best, worst, False
    return at, best, worst, False


@helper
def _reached(bars: Bars, at: int, stop: Level, target: Level, best: float, worst: float) -> Exit:
    """Leave in a bar that reaches a level: at its open if that is beyond one, the stop first else."""
    opened, when = bars.open[at], bars.open_at[at]
    if bars.close_only[at]:
        when = bars.close_at[at]
    if opened <= stop[0]:
        return Exit(opened, when, stop[1], best, worst)
    if opened >= target[0]:
        return Exit(opened, when, target[1], best, worst)
    gain, reason = stop if bars.low[at] <= stop[0] else target
    return Exit(gain, bars.close_at[at], reason, best, worst)


@helper
def _enter(bars: Bars, steps: Steps, order: Order, first: int, over: int) -> Exit:
    """Pass the bar of entry, of which only the close counts."""
    entry, close = order.side * order.entry, bars.close[first]
    stop = stop_of(order, entry)
    target = target_of(order, steps, step_after(order, steps, order.roi_start, 0))
    if close <= stop[0]:
        return Exit(close, bars.close_at[first], stop[1], entry, entry)
    if close >= target[0]:
        return Exit(close, bars.close_at[first], target[1], entry, entry)
    if first + 1 == over:  # of the bar of exit only the exit price counts
        return Exit(np.nan, NEVER, PENDING, entry, entry)
    return Exit(np.nan, NEVER, PENDING, max(entry, close), min(entry, close))


@helper
def _follow(bars: Bars, steps: Steps, order: Order, span: Span, best: float, worst: float) -> Exit:
    """Walk the bars of a span until one reaches a level; extremes are those before the bar of exit."""
    at, lift = span.first, -np.inf if order.trailing > 0.0 else np.inf
    before_best, before_worst = best, worst
    step, stop, target = order.roi_start - 1, stop_of(order, best), (np.inf, PENDING)
    while at < span.limit:
        due = step_after(order, steps, max(step, order.roi_start), max(0, bars.open_at[at] - order.entry_at))
        if due > step:
            step, target = due, target_of(order, steps, due)
        pause = span.limit if at >= span.over - 1 else min(span.limit, span.over - 1)
        if step < order.roi_stop:
            pause = min(pause, _seek(bars.open_at, order.entry_at + steps.after[step], at + 1))
        before_best, before_worst = best, worst
        at, best, worst, hit = _scan(bars, at, pause, (stop[0], target[0], lift), best, worst)
        if hit:
            return _reached(bars, at, stop, target, best, worst)
        if best > before_best and best > lift:  # a trailing stop moves
            stop = stop_of(order, best)
    if span.limit < span.over:
        return Exit(np.nan, NEVER, PENDING, best, worst)
    return Exit(np.nan, NEVER, PENDING, before_best, before_worst)


@helper
def _at_end_of_hold(bars: Bars, order: Order, clock: Clock, span: Span, best: float, worst: float) -> Exit:
    """Leave at the last close within the hold, else at the next open, else wait for a price."""
    first, over, end = span.first, span.over, order.end_at
    if clock.watermark >= end:
        if over > first and (
            order.called_at >= end or _opens_in_time(bars, order.called_at, end + GAP_US, first)
        ):
            return Exit(bars.close[over - 1], bars.close_at[over - 1], TIME, best, worst)
        if over == first and _opens_in_time(bars, end, end + GAP_US, over):
            after = _seek_open(bars.open_at, bars.close_only, end, over)
            return Exit(bars.open[after], bars.open_at[after], TIME_GAP, best, worst)
    hopeless = clock.watermark > end + GAP_US + clock.grace
    return Exit(np.nan, -1, NO_DATA if hopeless else PENDING, np.nan, np.nan)


@helper
def _walk(bars: Bars, steps: Steps, order: Order, clock: Clock, first: int) -> Exit:
    entry = order.side * order.entry
    over = _seek(bars.close_at, order.end_at + 1, first)
    limit = over
    if order.called_at <= order.end_at:
        limit = min(over, _seek_open(bars.open_at, bars.close_only, order.called_at, first))
    begin, found = first, Exit(np.nan, NEVER, PENDING, entry, entry)
    if first < limit and _is_partial(bars, first, order.entry_at):
        begin, found = first + 1, _enter(bars, steps, order, first, over)
    if found.reason == PENDING:
        found = _follow(bars, steps, order, Span(begin, limit, over), found.best, found.worst)
    if found.reason != PENDING:
        return found
    if limit < over:
        return Exit(bars.open[limit], bars.open_at[limit], SIGNAL, found.best, found.worst)
    return _at_end_of_hold(bars, order, clock, Span(first, limit, over), found.best, found.worst)


@helper
def _order(rules: Rules, row: int, side: int) -> Order:
    start, stop = rules.exit_start[row], rules.exit_stop[row]
    called = _bisect(rules.exit_signalled_at, rules.entry_at[row] + 1, start, stop)
    return Order(
        side,
        rules.entry_at[row],
        rules.end_at[row],
        rules.exit_signalled_at[called] if called < stop else NEVER,
        rules.entry[row],
        rules.take_profit[row],
        rules.take_profit_units[row],
        rules.stop_loss[row],
        rules.stop_loss_units[row],
        rules.trailing[row],
        rules.trailing_units[row],
        rules.slippage_units[row],
        rules.roi_start[row],
        rules.roi_stop[row],
    )


@kernel
def walk(bars: Bars, steps: Steps, rules: Rules, exits: Exits, clock: Clock, side: int, rows: I64) -> None:
    """Walk the orders `rows`, all of one side; quickest where they come in order of entry."""
    near = 0
    for row in rows:
        order = _order(rules, row, side)
        near = _seek(bars.close_at, order.entry_at + 1, near)
        exits.partial[row] = _is_partial(bars, near, order.entry_at)
        first = near
        while first > 0 and bars.open_at[first - 1] == order.entry_at:
            first -= 1  # a quote at the very instant covers nothing, yet counts
        found = _walk(bars, steps, order, clock, first)
        exits.reason[row] = found.reason
        if found.reason >= NO_DATA:
            continue
        found = booked(order, found)
        exits.price[row], exits.at[row] = found.price, found.at
        exits.best[row], exits.worst[row] = found.best, found.worst
