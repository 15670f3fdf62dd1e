"""What a trade came to: exact quotients of decimals, rounded half-even once.

Every figure is (gain - rate x turnover) / entry x scale, in price mantissas. In doubles it is good to about
1e-14; only what then lies near a tie is looked at again: the sign of twice the numerator less an odd
multiple of the denominator tells the side, in 64-bit integers that wrap around, for so near a tie it is
small. What even this cannot tell is marked, and left to fractions.
"""

from typing import NamedTuple

import numpy as np

from untaken.streams.shadow.arithmetic import (
    COARSE_PERCENT,
    F64,
    I8,
    I64,
    TENS,
    Bool,
    decade,
    decimal_of,
    signed,
    ten_to,
)
from untaken.streams.shadow.compiled import helper, kernel, outlined
from untaken.streams.shadow.levels import NO_DATA, ROI, TAKE_PROFIT

MONEY, RISK, PPM, MILLI_R = range(4)

_WRAPS = 2.0**62


class Trades(NamedTuple):
    """What is settled: prices as walked, rates in 1e-18, `stop_loss` 0 where there is none."""

    side: I8
    reason: I8
    entry: F64
    exit: F64
    best: F64
    worst: F64
    fee_units: I64
    slippage_units: I64
    stop_loss: F64
    stop_units: I64
    size: F64
    fx: F64


class Figures(NamedTuple):
    """The results; `hard` marks rows that are left to fractions."""

    pnl_e8: I64
    risk_e8: I64
    return_ppm: I64
    milli_r: I64
    slippage_milli_r: I64
    adverse_ppm: I64
    favourable_ppm: I64
    hard: Bool


class Ratio(NamedTuple):
    """(gain - rate x turnover) / entry, in mantissas of one number of places and rates of 1e-18."""

    gain: int
    turnover: int
    rate: int
    entry: int


class Terms(NamedTuple):
    """What a ratio is scaled by: which figure it is, and the trade's size, rate of exchange and stop."""

    figure: int
    size: float
    fx: float
    stop_loss: float
    stop_units: int


@helper
def _power(exponent: int) -> np.uint64:
    """Return 10**exponent modulo 2**64."""
    power = np.uint64(1)
    for _ in range(exponent):
        power *= np.uint64(10)
    return power


@helper
def _stripped(digits: int, places: int) -> tuple[int, int]:
    while places > 0 and digits % 10 == 0:
        digits, places = digits // 10, places - 1
    return digits, places


@helper
def _digits_of(value: float) -> tuple[int, int, bool]:
    """Return digits and places of a positive double whose shortest form has at most 15 digits."""
    places = max(0, 14 - decade(value))
    if places > 22 or value >= 1e15:
        return 0, 0, False
    digits = int(np.rint(value * ten_to(places)))
    exact = digits / ten_to(places) == value
    shorter, fewer = _stripped(digits, places)
    return shorter, fewer, exact


@helper
def _scale_of(terms: Terms) -> tuple[int, int, int, bool]:
    """Return numerator, denominator and its power of ten, of the scale of a figure; and whether exact."""
    if terms.figure == PPM:
        return 10**6, 1, 0, True
    stop, stop_places = 1, 0
    if terms.figure != MONEY:
        stop_places = 16 if terms.stop_loss < COARSE_PERCENT else 10
        stop, stop_places = _stripped(terms.stop_units, stop_places)
    if terms.figure == MILLI_R:
        return signed(_power(5 + stop_places)), stop, 0, True
    size, size_places, size_exact = _digits_of(terms.size)
    fx, fx_places, fx_exact = _digits_of(terms.fx)
    power = np.uint64(10**8 if terms.figure == MONEY else 10**6)
    up = np.uint64(size) * np.uint64(fx) * np.uint64(stop) * power
    return signed(up), 1, size_places + fx_places + stop_places, size_exact and fx_exact


@outlined
def _break_tie(value: float, error: float, ratio: Ratio, terms: Terms) -> tuple[int, bool]:
    """Return the integer nearest to a quotient that lies near a tie, and whether it could be told."""
    up, down, down_places, exact = _scale_of(terms)
    rate, rate_places = _stripped(ratio.rate, 18)
    gain, turnover, entry = ratio.gain, ratio.turnover, ratio.entry
    while gain % 10 == 0 and turnover % 10 == 0 and entry % 10 == 0:
        gain, turnover, entry = gain // 10, turnover // 10, entry // 10
    places = rate_places + down_places
    bound = np.float64(entry) * np.float64(down) * ten_to(places) * 4.0 * error
    if not exact or not error < 0.2 or bound > _WRAPS:
        return 0, False
    below = int(np.floor(value))
    numerator = np.uint64(gain) * _power(rate_places) - np.uint64(rate) * np.uint64(turnover)
    denominator = np.uint64(entry) * np.uint64(down) * _power(places)
    beyond = signed(np.uint64(2) * numerator * np.uint64(up) - np.uint64(2 * below + 1) * denominator)
    if beyond > 0 or (beyond == 0 and below & 1):
        below += 1
    return below, True


@outlined
def _rounded(ratio: Ratio, scale: float, terms: Terms) -> tuple[int, bool]:
    """Return the quotient times its scale as an integer, and whether it could be told."""
    entry, fees = np.float64(ratio.entry), ratio.rate * 1e-18 * np.float64(ratio.turnover)
    value = (ratio.gain - fees) / entry * scale
    error = 1e-9 + (abs(np.float64(ratio.gain)) + abs(fees)) / entry * scale * 2.0**-48
    whole = np.rint(value)
    if 0.5 - abs(value - whole) > error:  # never where the double is too large to tell integers apart
        return int(whole), True
    return _break_tie(value, error, ratio, terms)


@outlined
def _aligned(entry: float, price: float) -> tuple[int, int, bool]:
    """Return both mantissas with one number of places, and whether they fit."""
    first, first_places = decimal_of(entry)
    second, second_places = decimal_of(price)
    apart = second_places - first_places
    if abs(apart) > 5:
        return first, second, False
    if apart > 0:
        return first * signed(TENS[apart]), second, True
    return first, second * signed(TENS[-apart]), True


@helper
def _settle_price(trades: Trades, figures: Figures, row: int) -> bool:
    """Write the figures that need no money."""
    side, size = trades.side[row], trades.size[row]
    none = Terms(PPM, size, 1.0, 0.0, 0)
    entry, gained, fits = _aligned(trades.entry[row], trades.best[row])
    figures.favourable_ppm[row], told = _rounded(Ratio(side * (gained - entry), 0, 0, entry), 1e6, none)
    entry, lost, fits_too = _aligned(trades.entry[row], trades.worst[row])
    figures.adverse_ppm[row], told_too = _rounded(Ratio(side * (lost - entry), 0, 0, entry), 1e6, none)
    return fits and told and fits_too and told_too


@kernel
def settle(trades: Trades, figures: Figures) -> None:
    """Write the figures of every trade that ended; unknown ones stay as they are."""
    for row in range(trades.side.size):
        fine = True
        size, fx, stop, units = (
            trades.size[row],
            trades.fx[row],
            trades.stop_loss[row],
            trades.stop_units[row],
        )
        if stop > 0.0 and fx > 0.0:
            risk = Ratio(1, 0, 0, 1)
            figures.risk_e8[row], fine = _rounded(
                risk, size * fx * stop * 1e6, Terms(RISK, size, fx, stop, units)
            )
        if trades.reason[row] < NO_DATA:
            fine = _settle_price(trades, figures, row) and fine
            entry, left, fits = _aligned(trades.entry[row], trades.exit[row])
            net = Ratio(trades.side[row] * (left - entry), entry + left, trades.fee_units[row], entry)
            figures.return_ppm[row], told = _rounded(net, 1e6, Terms(PPM, size, fx, stop, units))
            fine = fine and fits and told
            if fx > 0.0:
                figures.pnl_e8[row], told = _rounded(
                    net, size * fx * 1e8, Terms(MONEY, size, fx, stop, units)
                )
                fine = fine and told
            if stop > 0.0:
                terms = Terms(MILLI_R, size, fx, stop, units)
                figures.milli_r[row], told = _rounded(net, 1e5 / stop, terms)
                slips = trades.reason[row] != TAKE_PROFIT and trades.reason[row] != ROI
                slipped = Ratio(0, -(entry + (left if slips else 0)), trades.slippage_units[row], entry)
                figures.slippage_milli_r[row], told_too = _rounded(slipped, 1e5 / stop, terms)
                fine = fine and told and told_too
        figures.hard[row] = not fine
