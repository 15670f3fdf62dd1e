"""The settlement of the few trades whose figures 64 bits cannot tell, in fractions."""

from fractions import Fraction

from untaken.streams.shadow.decimals import decimal_of_double
from untaken.streams.shadow.levels import NO_DATA, ROI, TAKE_PROFIT
from untaken.streams.shadow.settlement import Figures, Trades

LARGEST = 2**63 - 1


def settle_exactly(trades: Trades, figures: Figures, row: int) -> bool:
    """Write the figures of one trade and return whether its money fits 64 bits; what does not saturates."""
    size, stop = (_fraction(column[row]) for column in (trades.size, trades.stop_loss))
    fx = _fraction(trades.fx[row]) if trades.fx[row] > 0 else Fraction(0)
    risk = size * fx * stop * 10**6
    figures.risk_e8[row] = _clipped(risk)
    if trades.reason[row] >= NO_DATA:
        return abs(round(risk)) <= LARGEST
    side, entry = int(trades.side[row]), _fraction(trades.entry[row])
    left = _fraction(trades.exit[row]) / entry
    net = side * (left - 1) - _rate(trades.fee_units[row]) * (1 + left)
    money = net * size * fx * 10**8
    figures.pnl_e8[row] = _clipped(money)
    figures.return_ppm[row] = _clipped(net * 10**6)
    for column, price in ((figures.favourable_ppm, trades.best), (figures.adverse_ppm, trades.worst)):
        column[row] = _clipped(side * (_fraction(price[row]) / entry - 1) * 10**6)
    if stop:
        slips = trades.reason[row] not in (TAKE_PROFIT, ROI)
        slipped = _rate(trades.slippage_units[row]) * (1 + slips * left)
        figures.milli_r[row] = _clipped(net * 10**5 / stop)
        figures.slippage_milli_r[row] = _clipped(slipped * 10**5 / stop)
    return max(abs(round(money)), abs(round(risk))) <= LARGEST


def _fraction(value: float) -> Fraction:
    return Fraction(decimal_of_double(value))


def _rate(units: int) -> Fraction:
    return Fraction(int(units), 10**18)


def _clipped(value: Fraction) -> int:
    return max(-LARGEST, min(LARGEST, round(value)))
