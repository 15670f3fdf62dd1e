"""Shadow execution one order at a time, in decimals and fractions: what the kernel has to equal.

The walk is that of `tests.reference`, written from the specification and apart from the kernel.
"""

from decimal import Decimal
from fractions import Fraction

from tests.reference.moments import HOUR, MINUTE
from tests.reference.numbers import EXACT, basis_points, e8, half, moved, number, percent, ppm, price
from tests.reference.policy import Entry, Policy
from tests.reference.series import Series
from tests.reference.walk import Trade, walk
from tests.streams.shadow.builders import FAR_OFF, Order, Outcome


def slow_outcome(order: Order, series: Series, watermark: int = FAR_OFF, grace: int = HOUR) -> Outcome:
    trade = trade_of(order)
    found = walk(trade, series, watermark, grace)
    partial = series.enters_partially(order.entry_at)
    entry, reason = float(trade.entry.price), found.reason or "pending"
    if found.price is None:
        return Outcome(entry=entry, reason=reason, partial=partial)
    grown = Fraction(found.price) / Fraction(trade.entry.price)
    share = order.side * (grown - 1) - Fraction(basis_points(order.fee_bps)) * (1 + grown)
    risk = Fraction(trade.policy.stop_loss)
    return Outcome(
        entry=entry,
        reason=reason,
        exit=float(found.price),
        at=found.at,
        partial=partial,
        pnl_e8=_money(order, share),
        return_ppm=ppm(share),
        milli_r=round(1000 * share / risk) if risk else None,
        adverse_ppm=found.adverse_ppm,
        favourable_ppm=found.favourable_ppm,
    )


def trade_of(order: Order) -> Trade:
    slippage = basis_points(order.slippage_bps)
    policy = Policy(
        take_profit=percent(order.take_profit),
        stop_loss=percent(order.stop_loss),
        trailing=percent(order.trailing),
        roi_steps=[(_first_microsecond(minutes), percent(share)) for minutes, share in order.roi],
        hold=order.hold,
    )
    entry = Entry(order.entry_at, moved(_quoted(order), slippage, order.side), Decimal(0))
    called = min((at for at in order.exit_signals if at > order.entry_at), default=None)
    return Trade(order.side, entry, policy, slippage, called)


def _quoted(order: Order) -> Decimal:
    base = price(order.price)
    if order.bid is None or order.ask is None or order.ask <= order.bid:
        return base
    spread = half(EXACT.subtract(price(order.ask), price(order.bid)))
    quoted = EXACT.add(base, EXACT.multiply(Decimal(order.side), spread))
    return quoted if quoted > 0 else base


def _first_microsecond(minutes: float) -> int:
    exact = Fraction(number(minutes)) * MINUTE
    return -(-exact.numerator // exact.denominator)


def _money(order: Order, share: Fraction) -> int | None:
    if order.fx is None:
        return None
    amount = e8(Fraction(number(order.size)) * Fraction(number(order.fx)) * share)
    return amount if abs(amount) < 2**63 else None
