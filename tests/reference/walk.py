"""One shadow trade, walked bar by bar to its exit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from tests.reference.moments import DAY
from tests.reference.numbers import moved, ppm
from tests.reference.policy import Entry, Policy
from tests.reference.series import Series, Step

LIMIT_ORDERS = ("take_profit", "roi")
"""Reasons without slippage."""

LONGEST_GAP = 5 * DAY


@dataclass(frozen=True)
class Level:
    """A price that ends the trade where it is reached, and what that is called."""

    price: Decimal
    reason: str


@dataclass(frozen=True)
class Trade:
    direction: int
    entry: Entry
    policy: Policy
    slippage: Decimal
    exit_signalled_at: int | None
    """The first exit signal after the entry."""

    @property
    def hold_end(self) -> int:
        return self.entry.at + self.policy.hold

    @cached_property
    def fixed_stop(self) -> Level:
        return Level(moved(self.entry.price, self.policy.stop_loss, -self.direction), "stop_loss")

    @cached_property
    def fixed_target(self) -> Level:
        return Level(moved(self.entry.price, self.policy.take_profit, self.direction), "take_profit")

    def reaches(self, price: Decimal, level: Decimal) -> bool:
        """Whether a price is at a level or beyond it in the trade's favour."""
        return price >= level if self.direction > 0 else price <= level


@dataclass(frozen=True)
class Exit:
    at: int
    price: Decimal
    reason: str


@dataclass(frozen=True)
class Outcome:
    """The exit, as booked; without one the reason is no_data, or None while it may still come."""

    reason: str | None
    at: int | None = None
    price: Decimal | None = None
    adverse_ppm: int | None = None
    favourable_ppm: int | None = None


def walk(trade: Trade, series: Series, watermark: int, grace: int) -> Outcome:
    """Leave the trade where a level, a signal or the clock ends it."""
    walked: list[Step] = []
    peak = trade.entry.price
    for step in series.steps(trade.direction, trade.entry.at):
        if step.at > trade.hold_end:
            break
        found = exit_within(step, trade, peak)
        if found is not None:
            return closed(trade, found, walked)
        walked.append(step)
        peak = better(trade, peak, step)
    return at_end_of_hold(trade, series, walked, watermark, grace)


def at_end_of_hold(
    trade: Trade, series: Series, walked: Sequence[Step], watermark: int, grace: int
) -> Outcome:
    if watermark < trade.hold_end:
        return Outcome(None)
    if walked and not waits_for_an_open(trade, series):
        last = walked[-1]
        return closed(trade, Exit(last.at, last.close, "time"), walked[:-1])
    following = opening_soon(trade, series, trade.hold_end)
    if following is not None and not walked:
        return closed(trade, Exit(following.open_at, following.open, "time_gap"), [])
    hopeless = watermark > trade.hold_end + LONGEST_GAP + grace
    return Outcome("no_data" if hopeless else None)


def waits_for_an_open(trade: Trade, series: Series) -> bool:
    """Whether the strategy wanted out within the hold, and prices ended before it could."""
    called_at = trade.exit_signalled_at
    called = called_at is not None and called_at < trade.hold_end
    return called and opening_soon(trade, series, called_at or 0) is None


def opening_soon(trade: Trade, series: Series, not_before: int) -> Step | None:
    """Return the first bar that opens at or after a moment, and not too long after the hold."""
    found = series.first_opening(trade.direction, not_before)
    return found if found is not None and found.open_at <= trade.hold_end + LONGEST_GAP else None


def exit_within(step: Step, trade: Trade, peak: Decimal) -> Exit | None:
    """Return the exit that one bar brings: its open first, then the stop, then the target."""
    stop, target = tighter_stop(trade, peak), nearer_target(trade, step)
    if not step.whole:
        return exit_at_price(trade, step.close, step.at, stop, target)
    if trade.exit_signalled_at is not None and step.open_at >= trade.exit_signalled_at:
        return Exit(step.open_at, step.open, "signal")
    opened = exit_at_price(trade, step.open, step.open_at, stop, target)
    if opened is not None:
        return opened
    if stop is not None and trade.reaches(stop.price, step.worst):
        return Exit(step.at, stop.price, stop.reason)
    if target is not None and trade.reaches(step.best, target.price):
        return Exit(step.at, target.price, target.reason)
    return None


def exit_at_price(
    trade: Trade, price: Decimal, at: int, stop: Level | None, target: Level | None
) -> Exit | None:
    """Leave at a price itself, where it lies at or beyond a level."""
    if stop is not None and trade.reaches(stop.price, price):
        return Exit(at, price, stop.reason)
    if target is not None and trade.reaches(price, target.price):
        return Exit(at, price, target.reason)
    return None


def tighter_stop(trade: Trade, peak: Decimal) -> Level | None:
    """Return the tighter of fixed and trailing stop; on a tie the fixed one names the reason."""
    stops = [trade.fixed_stop] if trade.policy.stop_loss else []
    if trade.policy.trailing:
        stops.append(Level(moved(peak, trade.policy.trailing, -trade.direction), "trailing"))
    return max(stops, key=lambda stop: stop.price * trade.direction, default=None)


def nearer_target(trade: Trade, step: Step) -> Level | None:
    """Return the nearer of take-profit and ROI; on a tie the take-profit names the reason."""
    targets = [trade.fixed_target] if trade.policy.take_profit else []
    since_entry = max(0, step.open_at - trade.entry.at)
    in_force = [share for after, share in trade.policy.roi_steps if after <= since_entry]
    if in_force:
        targets.append(Level(moved(trade.entry.price, in_force[-1], trade.direction), "roi"))
    return min(targets, key=lambda target: target.price * trade.direction, default=None)


def better(trade: Trade, peak: Decimal, step: Step) -> Decimal:
    """Return the peak after a bar: nothing of a bar counts before the bar has been walked."""
    reached = step.best if step.whole else step.close
    return reached if trade.reaches(reached, peak) else peak


def closed(trade: Trade, found: Exit, before: Sequence[Step]) -> Outcome:
    """Book an exit: slippage but for limit orders; excursions of the bars before it, and of the exit alone."""
    slippage = Decimal(0) if found.reason in LIMIT_ORDERS else trade.slippage
    booked = moved(found.price, slippage, -trade.direction)
    seen = [price for step in before for price in step.seen] + [booked]
    nothing = Fraction(0)
    gains = [trade.direction * (Fraction(price) / Fraction(trade.entry.price) - 1) for price in seen]
    return Outcome(
        reason=found.reason,
        at=found.at,
        price=booked,
        adverse_ppm=ppm(min(nothing, *gains)),
        favourable_ppm=ppm(max(nothing, *gains)),
    )
