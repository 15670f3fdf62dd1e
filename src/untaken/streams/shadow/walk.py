"""The walk along the bars, one order at a time, in machine code.

Each side sees prices as gains: shorts see every price negated and highs and lows swapped, so that up is
good, a stop lies below and a target above, and one code serves both.
"""

from typing import NamedTuple

import numpy as np

from untaken.streams.shadow.arithmetic import I8, F64, I64, UNIT, Bool, decimal_of, level, product
from untaken.streams.shadow.compiled import helper, kernel

TAKE_PROFIT, STOP_LOSS, TRAILING, ROI, SIGNAL, TIME, TIME_GAP, NO_DATA, PENDING = range(9)

BLOCK = 16
GAP_US = 5 * 86_400 * 1_000_000
WHOLE_BAR_US = 5_000_000
"""An entry at most this long, or two percent of the interval, after a bar's open uses that bar whole."""


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
    """What each order asks for; `*_units` hold percentages and rates as integers."""

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
    roi_after: I64
    roi: F64
    roi_units: I64
    exit_start: I64
    exit_stop: I64
    exit_called: I64


class Exits(NamedTuple):
    """How each order ended; `best` and `worst` are prices."""

    price: F64
    at: I64
    reason: I8
    partial: Bool
    best: F64
    worst: F64


class Job(NamedTuple):
    """The orders of one side in one series, and how far event time has come."""

    bars: Bars
    rules: Rules
    exits: Exits
    side: int
    watermark: int
    grace: int


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
def _seek_open(bars: Bars, value: int, near: int) -> int:
    """Return the first bar with a usable open at or after `value`."""
    at = _seek(bars.open_at, value, near)
    while at < bars.open_at.size and bars.close_only[at]:
        at += 1
    return at


@helper
def _stop(job: Job, row: int, best: float) -> tuple[float, int]:
    """Return the tighter of fixed and trailing stop as a gain, and its name."""
    rules, fixed, trailing = job.rules, -np.inf, -np.inf
    if rules.stop_loss[row] > 0.0:
        fixed = job.side * level(
            rules.entry[row], rules.stop_loss[row], rules.stop_loss_units[row], -job.side
        )
    if rules.trailing[row] > 0.0:
        trailing = job.side * level(
            job.side * best, rules.trailing[row], rules.trailing_units[row], -job.side
        )
    return (trailing, TRAILING) if trailing > fixed else (fixed, STOP_LOSS)


@helper
def _target(job: Job, row: int, step: int) -> tuple[float, int]:
    """Return the nearer of take-profit and the ROI step before `step` as a gain, and its name."""
    rules, profit, roi = job.rules, np.inf, np.inf
    if rules.take_profit[row] > 0.0:
        profit = job.side * level(
            rules.entry[row], rules.take_profit[row], rules.take_profit_units[row], job.side
        )
    if step > rules.roi_start[row]:
        roi = job.side * level(rules.entry[row], rules.roi[step - 1], rules.roi_units[step - 1], job.side)
    return (roi, ROI) if roi < profit else (profit, TAKE_PROFIT)


@helper
def _due(rules: Rules, row: int, step: int, elapsed: int) -> int:
    """Return the first ROI step that is not yet in force."""
    while step < rules.roi_stop[row] and rules.roi_after[step] <= elapsed:
        step += 1
    return step


@helper
def _called_at(rules: Rules, row: int) -> int:
    """Return when the strategy first wanted out after the entry; the end of time if it never did."""
    stop = rules.exit_stop[row]
    first = _bisect(rules.exit_called, rules.entry_at[row] + 1, rules.exit_start[row], stop)
    return rules.exit_called[first] if first < stop else np.iinfo(np.int64).max  # type: ignore[return-value]


@helper
def _is_partial(bars: Bars, at: int, start: int) -> bool:
    """Tell whether only the close of the entry's bar counts, as the entry lies too far within it."""
    if at == bars.open_at.size or bars.open_at[at] > start:
        return False
    late = start - bars.open_at[at]
    return bars.close_only[at] or (late > WHOLE_BAR_US and late * 50 > bars.interval_us[at])  # type: ignore[no-any-return]


@helper
def _scan(
    bars: Bars, at: int, end: int, levels: tuple[float, float], trails: bool, best: float, worst: float
) -> tuple[int, float, float, bool]:
    """Walk until a level is reached, or the end, or past a bar that lifts a trailing stop."""
    stop, target = levels
    while at < end:
        if at & (BLOCK - 1) == 0 and at + BLOCK <= end:
            high, low = bars.block_high[at // BLOCK], bars.block_low[at // BLOCK]
            if low > stop and high < target and not (trails and high > best):
                best, worst = max(best, high), min(worst, low)
                at += BLOCK
                continue
        pause = min(end, (at | (BLOCK - 1)) + 1)
        while at < pause:
            high, low = bars.high[at], bars.low[at]
            if low <= stop or high >= target:
                return at, best, worst, True
            worst = min(worst, low)
            at += 1
            if high > best:
                best = high
                if trails:
                    return at, best, worst, False
    return at, best, worst, False


@helper
def _reached(bars: Bars, at: int, stop: float, target: float) -> tuple[bool, float, int]:
    """Return whether it was the stop, the price as a gain, and when."""
    opened = bars.open[at]
    if bars.close_only[at]:
        return opened <= stop, opened, bars.close_at[at]
    if opened <= stop or opened >= target:
        return opened <= stop, opened, bars.open_at[at]
    if bars.low[at] <= stop:
        return True, stop, bars.close_at[at]
    return False, target, bars.close_at[at]


@helper
def _book(job: Job, row: int, gain: float, when: int, reason: int, best: float, worst: float) -> None:
    """Write an exit at a price (as a gain), after slippage where the reason has it."""
    price, exits = job.side * gain, job.exits
    if reason not in (TAKE_PROFIT, ROI):
        mantissa, places = decimal_of(price)
        price = product(mantissa, UNIT - job.side * job.rules.slippage_units[row], places + 18)
    exits.price[row], exits.at[row], exits.reason[row] = price, when, reason
    exits.best[row] = job.side * max(best, job.side * price)
    exits.worst[row] = job.side * min(worst, job.side * price)


@helper
def _end_hold(job: Job, row: int, first: int, over: int, called: int, best: float, worst: float) -> None:
    """Leave at the last close within the hold, else at the next open, else wait for a price."""
    bars, end = job.bars, job.rules.end_at[row]
    if job.watermark >= end:
        if over > first and (called >= end or _opens_between(bars, called, end + GAP_US, first)):
            _book(job, row, bars.close[over - 1], bars.close_at[over - 1], TIME, best, worst)
            return
        if over == first and _opens_between(bars, end, end + GAP_US, over):
            after = _seek_open(bars, end, over)
            _book(job, row, bars.open[after], bars.open_at[after], TIME_GAP, best, worst)
            return
    job.exits.reason[row] = NO_DATA if job.watermark > end + GAP_US + job.grace else PENDING


@helper
def _opens_between(bars: Bars, since: int, until: int, near: int) -> bool:
    at = _seek_open(bars, since, near)
    return at < bars.open_at.size and bars.open_at[at] <= until  # type: ignore[no-any-return]


@helper
def _limit(job: Job, row: int, first: int, over: int, called: int) -> int:
    """Return the bar before which the walk ends: that of a signalled exit, else the first past the hold."""
    if called > job.rules.end_at[row]:
        return over
    return min(over, _seek_open(job.bars, called, first))


@helper
def _walk(job: Job, row: int, first: int) -> None:
    bars, rules = job.bars, job.rules
    start, trails = rules.entry_at[row], rules.trailing[row] > 0.0
    over = _seek(bars.close_at, rules.end_at[row] + 1, first)
    called = _called_at(rules, row)
    limit = _limit(job, row, first, over, called)
    at, best, worst, hit = first, job.side * rules.entry[row], job.side * rules.entry[row], False
    stop, stopped = _stop(job, row, best)
    step = _due(rules, row, rules.roi_start[row], 0)
    target, taken = _target(job, row, step)
    if first < limit and _is_partial(bars, first, start):
        close = bars.close[first]
        if close <= stop or close >= target:
            _book(job, row, close, bars.close_at[first], stopped if close <= stop else taken, best, worst)
            return
        at += 1
        if at < over:  # of the bar of exit only the exit price counts
            best, worst = max(best, close), min(worst, close)
            stop, stopped = _stop(job, row, best)
    before_best, before_worst = best, worst
    while at < limit and not hit:
        due = _due(rules, row, step, bars.open_at[at] - start)
        if due > step:
            step = due
            target, taken = _target(job, row, step)
        pause = limit
        if step < rules.roi_stop[row]:
            pause = min(pause, _seek(bars.open_at, start + rules.roi_after[step], at + 1))
        if at < over - 1:
            pause = min(pause, over - 1)
        before_best, before_worst = best, worst
        at, best, worst, hit = _scan(bars, at, pause, (stop, target), trails, best, worst)
        if trails and best > before_best:
            stop, stopped = _stop(job, row, best)
    if hit:
        is_stop, gain, when = _reached(bars, at, stop, target)
        _book(job, row, gain, when, stopped if is_stop else taken, best, worst)
    elif limit < over:
        _book(job, row, bars.open[limit], bars.open_at[limit], SIGNAL, best, worst)
    else:
        _end_hold(job, row, first, over, called, before_best, before_worst)


@kernel
def walk(job: Job, rows: I64) -> None:
    """Walk the orders `rows`; quickest where they come in order of entry."""
    near, bars = 0, job.bars
    for row in rows:
        start = job.rules.entry_at[row]
        near = _seek(bars.close_at, start + 1, near)
        job.exits.partial[row] = _is_partial(bars, near, start)
        first = near
        while first > 0 and bars.open_at[first - 1] == start:
            first -= 1  # a quote at the very instant covers nothing, yet counts
        _walk(job, row, first)
